"""Tables of runs and deliveries: lost answers of storage, and the size of a row."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from sspr_core.adapters.storage import Storage
from sspr_core.adapters.storage_errors import RowConflict
from sspr_core.adapters.tables.run_rows import letter_of, letter_row, run_id_of, run_key, run_row
from sspr_core.adapters.tables.table import Table
from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.delivery import DeliveryState
from sspr_core.model.errors import Conflict
from sspr_core.model.ids import TenantId
from sspr_core.model.run import Pinned, Run, new_run_id
from sspr_core.ports.mail import Accepting
from tests.builders import DAY, MONDAY
from tests.contract.test_mailing import RUN, a_row, a_run


def lose_answers(monkeypatch: pytest.MonkeyPatch, count: int = 1) -> None:
    """The next so many transactions are written but their answers are lost; the client retries and meets its own
    rows.
    """
    really, left = Table.transaction, [count]

    async def lost(self: Table, operations: list[tuple[Any, ...]]) -> list[str | None]:
        etags = await really(self, operations)
        if operations[0][0] == "create" and left[0]:
            left[0] -= 1
            raise RowConflict(0)
        return etags

    monkeypatch.setattr(Table, "transaction", lost)


def accepting(run: Run, key: str | None = None) -> Accepting:
    return Accepting(run=run, key_hash=key, body_hash="b", admission_etag=None)


@pytest.mark.parametrize("key", [None, "k"])
async def test_a_run_accepted_without_hearing_of_it_is_accepted(
    storage: Storage, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    lose_answers(monkeypatch)

    saved = await storage.runs.accept(accepting(a_run(), key))

    assert saved == await storage.runs.get(saved.run_id)


async def test_another_run_of_the_same_id_is_not_taken_for_ones_own(storage: Storage) -> None:
    run = a_run()
    await storage.runs.accept(accepting(replace(run, created_by="eva")))

    with pytest.raises(Conflict):
        await storage.runs.accept(accepting(run))


async def test_rows_inserted_without_hearing_of_it_are_inserted(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_answers(monkeypatch)
    rows = [a_row(RUN), a_row(RUN, "bo")]

    found = await storage.deliveries.insert(rows)

    assert [replace(one, etag=None) for one in found] == rows
    assert await storage.deliveries.replace(replace(found[0], state=DeliveryState.SKIPPED))


async def test_an_insert_that_no_row_stands_in_the_way_of_is_not_tried_for_ever(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(self: Table, operations: list[tuple[Any, ...]]) -> list[str | None]:
        raise RowConflict(0)

    monkeypatch.setattr(Table, "transaction", refused)

    with pytest.raises(Conflict):
        await storage.deliveries.insert([a_row(RUN)])


def test_later_runs_have_lesser_keys_which_lead_back() -> None:
    runs = [new_run_id(MONDAY + days * DAY) for days in (0, 1, 10_000, 100_000)]

    assert sorted(map(run_key, runs), reverse=True) == [run_key(run) for run in runs]
    assert [run_id_of({"RowKey": run_key(run)}) for run in runs] == runs


def many_tenants(count: int) -> Run:
    """Each with the longest possible texts and branding of the default."""
    tenants = {TenantId(str(uuid4())): f"Tenant number {number}" for number in range(count)}
    pinned = Pinned(
        branding=Branding(company="C" * 80, footer="".join(chr(0x4E00 + n) for n in range(500))),
        words=Words(opening="".join(chr(0x4E00 + n) for n in range(2_000)), version=1),
    )
    return a_run(
        tenants=tenants,
        pinned={f"{tenant}:{one}": pinned for tenant in tenants for one in ("de", "en")},
        digests={tenant: f"1..300.{uuid4().hex[:16]}" for tenant in tenants},
    )


def test_what_is_pinned_of_five_thousand_tenants_fits_a_row_and_stays_out_of_the_runs_own() -> None:
    run = many_tenants(5_000)

    row = letter_row(run)

    letter = letter_of(row)
    assert (letter.tenants, letter.pinned, letter.digests) == (run.tenants, run.pinned, run.digests)
    assert sum(len(part) for name, part in row.items() if name.startswith("Packed")) < 1_000_000
    assert all(len(part) <= 64 * 1024 for name, part in row.items() if name.startswith("Packed"))
    assert len(run_row(run)["Run"]) < 2_000


async def test_what_is_pinned_is_read_once_however_often_the_run_is(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await storage.runs.accept(accepting(a_run()))
    asked: list[str] = []
    really = Table.get

    async def counted(self: Table, partition: str, row: str) -> Any:
        asked.append(row)
        return await really(self, partition, row)

    monkeypatch.setattr(Table, "get", counted)
    for _ in range(3):
        assert await storage.runs.get(run.run_id) == run

    assert asked.count("letter") == 1
    assert asked.count(run_key(run.run_id)) == 3
