"""Saves the app's tables to a file and restores them."""

import base64
import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import EdmType, EntityProperty, TableServiceClient

SAVED = ("Tenants", "Settings", "Registrations", "Coverage", "Contacts", "Reports", "Runs", "Deliveries", "Pacing")
# Runs are not restored: a run that was sending would send again what was sent since. The file still shows what they
# were.
RESTORED = tuple(name for name in SAVED if name not in ("Runs", "Deliveries", "Pacing"))
_MOST_ROWS, _MOST = 100, 2_000_000  # of a transaction: the service's row limit, and half of its byte limit
_NOT_OURS = ("claim",)  # partition of Tenants: leases from before the backup are void


def save(tables: TableServiceClient, file: Path) -> dict[str, int]:
    """Writes all rows to the file, compressed, one line of JSON each; returns the number of rows per table.

    Only the user who saved the file may read it. An earlier file stays until the new one is complete.
    """
    begun = file.with_name(f"{file.name}.begun")
    begun.unlink(missing_ok=True)
    try:
        begun.touch(mode=0o600, exist_ok=False)
        with gzip.open(begun, "wt", encoding="utf-8") as lines:
            counts = _write(tables, lines)
        begun.replace(file)
    finally:
        begun.unlink(missing_ok=True)
    return counts


def _write(tables: TableServiceClient, lines: TextIO) -> dict[str, int]:
    counts = dict.fromkeys(SAVED, 0)
    for name in SAVED:
        for row in _rows(tables, name):
            lines.write(json.dumps([name, {key: _told(value) for key, value in row.items()}]) + "\n")
            counts[name] += 1
    return counts


def restore(tables: TableServiceClient, file: Path) -> dict[str, int]:
    """Writes the file's rows over those in storage; returns their number per table. Other rows in storage stay."""
    counts = dict.fromkeys(RESTORED, 0)
    clients = {name: tables.create_table_if_not_exists(name) for name in RESTORED}
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for name, rows in _together(lines):
            clients[name].submit_transaction([("upsert", row, {"mode": "replace"}) for row in rows])
            counts[name] += len(rows)
    return counts


def _together(lines: Iterable[str]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Batches of rows of one partition, as large as the service takes in a transaction; the file keeps them
    together.
    """
    whose, rows, size = ("", ""), list[dict[str, Any]](), 0
    for line in lines:
        name, row = json.loads(line)
        if name not in RESTORED or row["PartitionKey"] in _NOT_OURS:
            continue
        if rows and (whose != (name, row["PartitionKey"]) or len(rows) == _MOST_ROWS or size + len(line) > _MOST):
            yield whose[0], rows
            rows, size = [], 0
        whose, size = (name, row["PartitionKey"]), size + len(line)
        rows.append({key: _meant(value) for key, value in row.items()})
    if rows:
        yield whose[0], rows


def _rows(tables: TableServiceClient, name: str) -> Iterator[Mapping[str, Any]]:
    try:
        yield from tables.get_table_client(name).list_entities()
    except ResourceNotFoundError:  # the table was never created
        return


def _told(value: Any) -> Any:
    """Encodes the types that a table has and JSON has not."""
    match value:
        case bytes():
            return {"bytes": base64.b64encode(value).decode()}
        case datetime():
            return {"datetime": value.isoformat()}
        case EntityProperty():
            return {"kind": EdmType(value.edm_type).value, "value": value.value}
        case _:
            return value


def _meant(value: Any) -> Any:
    match value:
        case {"bytes": text}:
            return base64.b64decode(text)
        case {"datetime": text}:
            return datetime.fromisoformat(text)
        case {"kind": kind, "value": inner}:
            return EntityProperty(inner, kind)
        case _:
            return value
