"""Storage with the data that emails leave, in an account of its own: the commands know no table prefix."""

from collections.abc import AsyncIterator, Iterator

import pytest

from admin import backup
from dev.azurite import Azurite
from sspr_core.adapters.storage import Storage, open_storage
from tests.admin.mailed import mail
from tests.conftest import an_azurite


@pytest.fixture(scope="module")
def emulator() -> Iterator[Azurite]:
    """An account of its own: the commands know no table prefix."""
    with an_azurite() as one:
        yield one


@pytest.fixture
async def mailed(emulator: Azurite) -> AsyncIterator[Storage]:
    """With what `mail` has written, and nothing else."""
    storage = open_storage(connection=emulator.connection)
    await mail(storage)
    yield storage
    with backup.TableServiceClient.from_connection_string(emulator.connection) as tables:
        for one in list(tables.list_tables()):
            tables.delete_table(one.name)
    await storage.close()
