"""Tests of the simulation never wait for real time."""

import logging
from collections.abc import Iterator

import pytest

from sspr_core.runs import pacing


@pytest.fixture(scope="package", autouse=True)
def no_jitter() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pacing, "_JITTER", 0)
        yield


@pytest.fixture(scope="module")
def quiet() -> Iterator[None]:
    """Hides error logs: the examples produce thousands."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
