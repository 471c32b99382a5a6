"""Table Contacts: a row just read is overwritten, unless another writer was faster."""

from datetime import datetime

import pytest

from sspr_core.adapters.storage import Storage
from sspr_core.adapters.tables.contacts import TablesContacts
from sspr_core.adapters.tables.table import Row, Table
from tests.builders import DAY, MONDAY
from tests.contract.test_mailing import ANA, CONTOSO


def counted_reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    really, reads = Table.find, []

    async def find(self: Table, partition: str, row: str) -> Row | None:
        reads.append(row)
        return await really(self, partition, row)

    monkeypatch.setattr(Table, "find", find)
    return reads


async def emailed(contacts: TablesContacts, at: datetime = MONDAY) -> None:
    await contacts.emailed(CONTOSO, ANA, at=at)


@pytest.mark.parametrize("known", [False, True])
async def test_who_was_looked_at_is_written_without_a_second_look(
    storage: Storage, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    if known:
        await emailed(storage.contacts, MONDAY - DAY)
    await storage.contacts.of(CONTOSO, [ANA])
    reads = counted_reads(monkeypatch)

    await emailed(storage.contacts)

    assert reads == []
    assert (await storage.contacts.of(CONTOSO, [ANA]))[ANA].emailed_count == 1 + known


@pytest.mark.parametrize("known", [False, True])
async def test_what_another_app_wrote_since_the_look_stays(storage: Storage, known: bool) -> None:
    if known:
        await emailed(storage.contacts, MONDAY - DAY)
    await storage.contacts.of(CONTOSO, [ANA])
    other = TablesContacts(Table(storage.tables, f"{storage.prefix}Contacts"))
    await other.bounced(CONTOSO, ANA, address="ana@x.example", word="bounced", at=MONDAY)

    await emailed(storage.contacts)

    [ana] = (await storage.contacts.of(CONTOSO, [ANA])).values()
    assert (ana.bounced_at, ana.last_emailed_at, ana.emailed_count) == (MONDAY, MONDAY, 1 + known)
