"""Packs values into the columns of a row, in chunks of the size that a column allows."""

import zlib
from collections.abc import Iterator, Sequence
from itertools import batched
from typing import Any

import msgspec

from sspr_core.adapters.tables.table import Row
from sspr_core.model.errors import NotFound

_COLUMN = 60 * 1024  # bytes; the service allows 64 KiB
_COLUMNS = 11  # keeps a row below 1 MiB even when it is sent as base64
_MOST_ROWS = 20
_MOST_COLUMNS = 15  # leaves space for keys below the row's 1 MiB


def chunk_rows(partition: str, data: bytes) -> Iterator[dict[str, Any]]:
    """Keys are numbers; each row says how many rows there are. Raises ValueError for too much data."""
    packed = zlib.compress(data, level=3)
    columns = [packed[start : start + _COLUMN] for start in range(0, len(packed), _COLUMN)]
    rows = list(batched(columns, _COLUMNS, strict=False))
    if len(rows) > _MOST_ROWS:
        raise ValueError(f"{len(packed)} bytes are too many")
    for number, some in enumerate(rows):
        named = {f"Chunk{column:02d}": part for column, part in enumerate(some)}
        yield {"PartitionKey": partition, "RowKey": f"{number:06d}", "RowCount": len(rows), **named}


def of_chunk_rows(rows: Sequence[Row]) -> bytes:
    """The inverse, from the rows in the order of their keys. Raises NotFound when one of them is missing."""
    if len(rows) != rows[0]["RowCount"]:
        raise NotFound(f"{len(rows)} of {rows[0]['RowCount']} rows")
    return zlib.decompress(b"".join(row[name] for row in rows for name in sorted(row) if name.startswith("Chunk")))


def packed_columns(value: object) -> dict[str, Any]:
    """Columns `Packed00`, `Packed01`, … Raises ValueError for a value that does not fit a row."""
    data = zlib.compress(msgspec.json.encode(value), level=3)
    parts = [data[start : start + _COLUMN] for start in range(0, len(data), _COLUMN)]
    if len(parts) > _MOST_COLUMNS:
        raise ValueError(f"{len(data)} bytes do not fit a row")
    return {f"Packed{number:02d}": part for number, part in enumerate(parts)}


def packed_of[T](row: Row, kind: type[T]) -> T:
    """The inverse of packed_columns."""
    names = sorted(name for name in row if name.startswith("Packed"))
    return msgspec.json.decode(zlib.decompress(b"".join(row[name] for name in names)), type=kind)
