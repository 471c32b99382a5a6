"""The sample app on Azurite, with one host for a file of tests."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from dev import backup
from dev.azurite import Azurite
from sspr_core.adapters.storage import Storage, open_storage
from tests.conftest import an_azurite
from tests.dev.mailed import mail
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


@pytest.fixture(scope="module")
def emulator() -> Iterator[Azurite]:
    """An account of its own: commands know no prefix."""
    with an_azurite() as one:
        yield one


@pytest.fixture
async def mailed(emulator: Azurite) -> AsyncIterator[Storage]:
    """With what `mail` has left behind, and nothing else."""
    storage = open_storage(connection=emulator.connection)
    await mail(storage)
    yield storage
    with backup.TableServiceClient.from_connection_string(emulator.connection) as tables:
        for one in list(tables.list_tables()):
            tables.delete_table(one.name)
    await storage.close()
