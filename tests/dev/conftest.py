"""The sample app on Azurite, with one host for a file of tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.azurite import Azurite
from tests.dev.sample import Sample
from tests.local_stack import Child


@pytest.fixture
def sample(tmp_path: Path, azurite: Azurite) -> Sample:
    return Sample.in_folder(tmp_path, azurite.connection)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, azurite: Azurite) -> Iterator[tuple[Sample, Child]]:
    """The app and a host that runs it, a month ahead."""
    sample = Sample.in_folder(tmp_path_factory.mktemp("sample"), azurite.connection)
    with sample.host("--no-timers", "--ahead", "30d") as host:
        yield sample, host
