"""Azurite for every test process, started when the first test asks for it."""

import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

from dev.azurite import ROOT, Azurite, on_free_ports
from dev.loop import loop_factory
from dev.surroundings import reach_this_machine
from sspr_core.adapters.storage import Storage, open_storage
from tests.process_groups import pytest_xdist_make_scheduler  # noqa: F401 - a hook

reach_this_machine()

# Deterministic: a random failure on another machine could not be assigned to a change.
settings.register_profile(
    "suite", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
settings.load_profile("suite")


if factory := loop_factory():

    def pytest_asyncio_loop_factories(config: object, item: object) -> dict[str, object]:  # a hook
        return {"of the environment": factory}


def start_azurite(azurite: Azurite) -> "subprocess.Popen[bytes]":
    """Through the guard, so that a killed test run leaves no process behind."""
    command = [sys.executable, "-m", "dev.commands.guard", "--", *azurite.command]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while not azurite.answers():
        assert process.poll() is None, "Azurite ended; run the set-up: python3 dev/bootstrap.py setup"
        assert time.monotonic() < until, "Azurite did not answer within 120 s"
        time.sleep(0.05)
    return process


@contextmanager
def an_azurite() -> Iterator[Azurite]:
    """An Azurite for this test only, ended with it."""
    emulator = on_free_ports()
    process = start_azurite(emulator)
    try:
        yield emulator
    finally:
        process.terminate()
        process.wait(timeout=60)


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    with an_azurite() as emulator:
        yield emulator


@pytest.fixture
async def storage(azurite: Azurite) -> AsyncIterator[Storage]:
    """Adapters whose tables and queues are this test's own."""
    opened = open_storage(connection=azurite.connection, prefix=f"t{uuid4().hex[:10]}")
    yield opened
    await opened.close()
