"""Erases the stored emails of reports that named users of a tenant; the figures stay.

Erases all of them, not only those with one user's name: names stand in them as text, in attachments too, and may have
been different then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableServiceClient, UpdateMode

from sspr_core.adapters.tables.packing import chunk_rows, of_chunk_rows
from sspr_core.adapters.tables.run_rows import (
    AFTER_RUNS,
    BEFORE_RUNS,
    PARTITION,
    StoredLetter,
    letter_partition,
    run_of,
)
from sspr_core.adapters.tables.table import RANGE
from sspr_core.model.ids import TenantId
from sspr_core.model.report import PinnedLetter
from sspr_core.model.run import Run

_UNREAD = StoredLetter(tenants={}, pinned={}, digests={})

_decode = msgspec.msgpack.Decoder(PinnedLetter).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A report's run, its email, and the rows that store it."""

    run: Run
    letter: PinnedLetter
    rows: Sequence[dict[str, Any]]


def letters_with_names(tables: TableServiceClient, tenant: TenantId) -> Iterator[Named]:
    """The tenant's reports whose emails are still stored and were to name users."""
    runs = {"partition": PARTITION, "first": BEFORE_RUNS, "last": AFTER_RUNS}
    for row in _query(tables, RANGE, runs):
        run = run_of(row, _UNREAD)
        if run.report != tenant:
            continue
        rows = _query(tables, "PartitionKey eq @p", {"p": letter_partition(run.run_id)})
        letter = _decode(of_chunk_rows(rows)) if rows else None
        if letter and letter.report.named and not letter.is_gone:
            yield Named(run=run, letter=letter, rows=rows)


def blank(tables: TableServiceClient, named: Named) -> None:
    """Blanks all its rows in one transaction: half an email is unreadable, and the figures would be lost with it."""
    (first,) = chunk_rows(letter_partition(named.run.run_id), msgspec.msgpack.encode(named.letter.without_letter()))
    others = [{name: row[name] for name in ("PartitionKey", "RowKey")} for row in named.rows[1:]]
    operations = [("upsert", first, {"mode": UpdateMode.REPLACE}), *(("delete", row) for row in others)]
    tables.get_table_client("Runs").submit_transaction(operations)  # type: ignore[arg-type]


def _query(tables: TableServiceClient, query: str, given: dict[str, Any]) -> list[Any]:
    try:
        return list(tables.get_table_client("Runs").query_entities(query, parameters=given))
    except ResourceNotFoundError:  # the table was never created
        return []
