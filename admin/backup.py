"""The app's tables in a file, and back."""

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
# Brought back, a run that was sending would send once more what it has sent since: what it was is in the file to read.
RESTORED = tuple(name for name in SAVED if name not in ("Runs", "Deliveries", "Pacing"))
_MOST_ROWS, _MOST = 100, 2_000_000  # of a transaction: the service's limit, and half of it in bytes
_NOT_OURS = ("claim",)  # partition of Tenants: who was at a tenant then is at it no more


def save(tables: TableServiceClient, file: Path) -> dict[str, int]:
    """How many rows of each table are in the file: a line of JSON for each, compressed.

    Only whoever saved it may read it, and the file of before stays until this one is whole.
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
    """Rows of the file over what is there, and how many of each table; what is there besides stays."""
    counts = dict.fromkeys(RESTORED, 0)
    clients = {name: tables.create_table_if_not_exists(name) for name in RESTORED}
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for name, rows in _together(lines):
            clients[name].submit_transaction([("upsert", row, {"mode": "replace"}) for row in rows])
            counts[name] += len(rows)
    return counts


def _together(lines: Iterable[str]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """As many rows of one partition as the service takes at once; they stand together in the file."""
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
    except ResourceNotFoundError:  # nothing was ever written
        return


def _told(value: Any) -> Any:
    """JSON has fewer types than a table."""
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
