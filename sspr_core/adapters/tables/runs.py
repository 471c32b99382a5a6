"""Table Runs: partition `run` with the runs, callers' keys and the admission row; a partition of recipients per run.

Partition `foreign`: one row, which counts the messages that are not this app's.

Rows of `{run id}:to`: one per page, by number, and `letter` (names of tenants, branding, words, which caller's key
belongs to the run), which never changes. It is apart so that the run's own row stays small: every delivery reads that
row twice, and every progress writes it.

Rows of `{run id}:letter`: the content of a report's emails, in as many rows as needed.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
from azure.data.tables import UpdateMode
from cachetools import LRUCache

from sspr_core.adapters.cache import Lately, weighed_cache
from sspr_core.adapters.tables.packing import chunk_rows, of_chunk_rows, packed_columns, packed_of
from sspr_core.adapters.tables.run_rows import (
    ADMISSION,
    AFTER_RUNS,
    BEFORE_RUNS,
    KEY_HASH,
    LETTER,
    PARTITION,
    StoredLetter,
    key_key,
    letter_of,
    letter_partition,
    letter_row,
    recipients_of,
    run_id_of,
    run_key,
    run_of,
    run_row,
)
from sspr_core.adapters.tables.table import RANGE, Row, Table, etag_of, only_if, text_of
from sspr_core.model.errors import Conflict, NotFound
from sspr_core.model.queue_messages import Foreign
from sspr_core.model.report import PinnedLetter
from sspr_core.model.run import PinnedRecipient, Run, RunId
from sspr_core.ports.mail import MOST_PER_PAGE, SWEPT_FOR, Accepting

_MOST_LETTERS = 50_000  # names of tenants, and mails per language: a week of a thousand reports, or some large runs
_MOST_BYTES = 20_000_000  # of cached contents of reports' emails
FOREIGN = "foreign"  # a partition of one row

_pinned_letter = msgspec.msgpack.Decoder(PinnedLetter).decode
_foreign = msgspec.json.Decoder(Foreign).decode


class TablesRuns:
    """The port Runs."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._letters: LRUCache[RunId, StoredLetter] = weighed_cache(_MOST_LETTERS, _weight)
        self._lately = Lately(self.get)
        self._reports: LRUCache[RunId, PinnedLetter] = weighed_cache(_MOST_BYTES, _bytes)

    async def get(self, run: RunId) -> Run:
        return await self._whole(await self._table.get(PARTITION, run_key(run)))

    async def lately(self, run: RunId, *, within: timedelta) -> Run:
        return await self._lately.get(run, within=within)

    async def recent(self, *, before: RunId | None, limit: int) -> tuple[list[Run], RunId | None]:
        first = run_key(before) if before else BEFORE_RUNS
        rows: list[Row] = []
        async for page in self._table.pages(RANGE, _runs_after(first), size=min(limit + 1, 1000)):
            rows += page
            if len(rows) > limit:
                return await self._all(rows[:limit]), run_id_of(rows[limit - 1])
        return await self._all(rows), None

    async def unfinished(self, *, now: datetime) -> list[Run]:
        asked = _runs_after(BEFORE_RUNS) | {"since": text_of(now - SWEPT_FOR)}
        pages = self._table.pages(f"{RANGE} and (LastAt ge @since or Unfinished eq true)", asked)
        return await self._all([row async for page in pages for row in page])

    async def save(self, run: Run) -> Run:
        if run.etag is None:
            raise Conflict("a run that was never accepted")
        return replace(run, etag=await self._table.replace(run_row(run), run.etag))

    async def delete(self, run: Run) -> None:
        """One transaction with its caller's key; the row `letter` names the key."""
        if run.etag is None:
            raise Conflict("a run that was never accepted")
        operations: list[tuple[Any, ...]] = [("delete", _key(run_key(run.run_id)), only_if(run.etag))]
        if key_hash := (await self._table.get(recipients_of(run.run_id), LETTER)).get(KEY_HASH):
            operations.append(("delete", _key(key_key(key_hash))))
        await self._table.transaction(operations)

    async def admission(self) -> str | None:
        row = await self._table.find(PARTITION, ADMISSION)
        return etag_of(row) if row else None

    async def known_key(self, key_hash: str) -> tuple[RunId, str] | None:
        row = await self._table.find(PARTITION, key_key(key_hash))
        return (RunId(row["RunId"]), row["BodyHash"]) if row else None

    async def accept(self, accepting: Accepting) -> Run:
        """Rows: first `letter`; then in one transaction the run, `key:{hash}` and `admission`."""
        run = accepting.run
        await self._create_once(letter_row(run, key_hash=accepting.key_hash))
        try:
            etags = await self._table.transaction(_accepted(accepting))
        except Conflict:
            there = await self._table.find(PARTITION, run_key(run.run_id))
            if there is None or not _is_same(written := await self._whole(there), run):
                raise
            return written  # our own write, whose answer was lost
        return replace(run, etag=etags[0])

    async def save_recipients(self, run: RunId, page: int, recipients: Sequence[PinnedRecipient]) -> None:
        if len(recipients) > MOST_PER_PAGE:
            raise ValueError("too many for a page")
        await self._create_once(_page_key(run, page) | packed_columns(recipients))

    async def recipients(self, run: RunId, page: int) -> Sequence[PinnedRecipient]:
        key = _page_key(run, page)
        return packed_of(await self._table.get(key["PartitionKey"], key["RowKey"]), list[PinnedRecipient])

    async def delete_recipients(self, run: RunId) -> None:
        """A crash leaves some; safe to repeat, also by two workers at once."""
        for partition in (recipients_of(run), letter_partition(run)):
            await self._table.delete("PartitionKey eq @p", {"p": partition})

    async def save_letter(self, run: RunId, letter: PinnedLetter) -> None:
        """Writes one row at a time, as all may be too much for a transaction; a crash leaves some rows as orphans.

        Creating the first row reserves the id: two reports prepared concurrently may draw the same one.
        """
        first, *others = chunk_rows(letter_partition(run), msgspec.msgpack.encode(letter))
        await self._create_once(first)
        for row in others:
            await self._table.transaction([("upsert", row, {"mode": UpdateMode.REPLACE})])

    async def _create_once(self, row: dict[str, Any]) -> None:
        """Safe to repeat. Raises Conflict when a different row exists."""
        try:
            await self._table.create(row)
        except Conflict:
            there = await self._table.find(row["PartitionKey"], row["RowKey"])
            if there is None or any(there.get(name) != value for name, value in row.items()):
                raise

    async def letter(self, run: RunId) -> PinnedLetter:
        found = self._reports.get(run) or await self._read_letter(run)
        self._reports[run] = found
        return found

    async def _read_letter(self, run: RunId) -> PinnedLetter:
        pages = self._table.pages("PartitionKey eq @p", {"p": letter_partition(run)})
        rows = [row async for page in pages for row in page]
        if not rows:
            raise NotFound(run)
        return _pinned_letter(of_chunk_rows(rows))

    async def pinned(self, *, first: RunId, last: RunId) -> list[RunId]:
        query = "PartitionKey ge @first and PartitionKey lt @last"
        asked = {"first": recipients_of(first), "last": recipients_of(last)}
        pages = self._table.pages(query, asked, select=["PartitionKey"])
        return sorted({RunId(row["PartitionKey"].partition(":")[0]) async for page in pages for row in page})

    async def foreign(self) -> Foreign:
        row = await self._table.find(FOREIGN, FOREIGN)
        return replace(_foreign(row["Foreign"]), etag=etag_of(row)) if row else Foreign()

    async def save_foreign(self, foreign: Foreign) -> Foreign:
        packed = msgspec.json.encode(replace(foreign, etag=None)).decode()
        row = {"PartitionKey": FOREIGN, "RowKey": FOREIGN, "Foreign": packed}
        etag = await (self._table.replace(row, foreign.etag) if foreign.etag else self._table.create(row))
        return replace(foreign, etag=etag)

    async def _all(self, rows: Sequence[Row]) -> list[Run]:
        return list(await asyncio.gather(*map(self._whole, rows)))

    async def _whole(self, row: Row) -> Run:
        run = run_id_of(row)
        letter = self._letters.get(run) or letter_of(await self._table.get(recipients_of(run), LETTER))
        self._letters[run] = letter
        return run_of(row, letter)


def _weight(letter: StoredLetter) -> int:
    return 1 + len(letter.tenants) + len(letter.pinned)


def _bytes(pinned: PinnedLetter) -> int:
    letter = pinned.letter
    contents = [one.content for one in letter.pictures] + [one.content for one in letter.attachments]
    return len(letter.html) + len(letter.text) + sum(map(len, contents))


def _runs_after(first: str) -> dict[str, Any]:
    return {"partition": PARTITION, "first": first, "last": AFTER_RUNS}


def _key(row: str) -> dict[str, str]:
    return {"PartitionKey": PARTITION, "RowKey": row}


def _page_key(run: RunId, page: int) -> dict[str, str]:
    return {"PartitionKey": recipients_of(run), "RowKey": f"{page:06d}"}


def _accepted(accepting: Accepting) -> list[tuple[Any, ...]]:
    run = accepting.run
    operations: list[tuple[Any, ...]] = [("create", run_row(run))]
    if not accepting.aside:
        operations.append(_admission(run, accepting.admission_etag))
    if accepting.key_hash is not None:
        key = _key(key_key(accepting.key_hash))
        operations.append(("create", key | {"RunId": run.run_id, "BodyHash": accepting.body_hash}))
    return operations


def _admission(run: Run, etag: str | None) -> tuple[Any, ...]:
    row = _key(ADMISSION) | {"RunId": run.run_id}
    if etag is None:
        return ("create", row)
    return ("update", row, {"mode": UpdateMode.REPLACE, **only_if(etag)})


def _is_same(there: Run, run: Run) -> bool:
    """Whether the same call was accepted: a caller does not send two requests within a microsecond."""
    return (there.created_at, there.created_by) == (run.created_at, run.created_by)
