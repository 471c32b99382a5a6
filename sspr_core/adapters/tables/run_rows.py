"""Rows of table Runs and their inverse."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from sspr_core.adapters.tables.packing import packed_columns, packed_of
from sspr_core.adapters.tables.table import Row, etag_of, text_of
from sspr_core.model.ids import TenantId
from sspr_core.model.run import Pinned, Run, RunId

PARTITION, ADMISSION, LETTER = "run", "admission", "letter"
KEY_HASH = "KeyHash"  # a column of the row `letter`
BEFORE_RUNS, AFTER_RUNS = "b", "g"  # inverted ids begin with f for thousands of years; `admission` comes before them

_decode = msgspec.json.Decoder(Run).decode


def run_key(run: RunId) -> str:
    """The inverted id, so that the newest come first."""
    return f"{(1 << 56) - 1 - int(run, 16):014x}"


def recipients_of(run: RunId) -> str:
    return f"{run}:to"


def letter_partition(run: RunId) -> str:
    return f"{run}:letter"


def key_key(key_hash: str) -> str:
    return f"key:{key_hash}"


def run_row(run: Run) -> dict[str, Any]:
    """What changes, in one column of JSON; two more columns for queries. Pinned values have a row of their own."""
    return {
        "PartitionKey": PARTITION,
        "RowKey": run_key(run.run_id),
        "Run": msgspec.json.encode(replace(run, tenants={}, pinned={}, digests={}, etag=None)).decode(),
        "Unfinished": run.state.unfinished,
        "LastAt": text_of(run.finished_at or run.touched_at),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLetter:
    """The pinned part of a run, which never changes."""

    tenants: Mapping[TenantId, str]
    pinned: Mapping[str, Pinned]
    digests: Mapping[TenantId, str]


class _Stored(msgspec.Struct):
    """Tenants with equal branding and words share one part."""

    tenants: Mapping[TenantId, str]
    parts: list[Pinned]
    part_of: dict[str, int]
    digests: Mapping[TenantId, str] = msgspec.field(default_factory=dict)


def letter_row(run: Run, *, key_hash: str | None = None) -> dict[str, Any]:
    numbers: dict[Pinned, int] = {}
    part_of = {key: numbers.setdefault(pinned, len(numbers)) for key, pinned in run.pinned.items()}
    stored = _Stored(run.tenants, list(numbers), part_of, run.digests)
    key = {"PartitionKey": recipients_of(run.run_id), "RowKey": LETTER}
    return key | packed_columns(stored) | {KEY_HASH: key_hash or ""}


def letter_of(row: Row) -> StoredLetter:
    stored = packed_of(row, _Stored)
    pinned = {key: stored.parts[number] for key, number in stored.part_of.items()}
    return StoredLetter(tenants=stored.tenants, pinned=pinned, digests=stored.digests)


def run_id_of(row: Row) -> RunId:
    return RunId(f"{(1 << 56) - 1 - int(row['RowKey'], 16):014x}")


def run_of(row: Row, letter: StoredLetter) -> Run:
    return replace(
        _decode(row["Run"]),
        tenants=letter.tenants,
        pinned=letter.pinned,
        digests=letter.digests,
        etag=etag_of(row),
    )
