"""Values larger than a row: deflated bytes, in as many rows of a partition as it takes."""

import zlib
from collections.abc import Iterator, Sequence
from itertools import batched
from typing import Any

from sspr_core.adapters.tables.table import Row
from sspr_core.model.errors import NotFound

_COLUMN = 60 * 1024  # bytes; the service takes 64 KiB
_COLUMNS = 11  # below 1 MiB a row also when it travels in base64
_MOST_ROWS = 20


def chunk_rows(partition: str, data: bytes) -> Iterator[dict[str, Any]]:
    """Keys are numbers; each row says how many there are. Raises ValueError for what would be too many."""
    packed = zlib.compress(data, level=3)
    columns = [packed[start : start + _COLUMN] for start in range(0, len(packed), _COLUMN)]
    rows = list(batched(columns, _COLUMNS, strict=False))
    if len(rows) > _MOST_ROWS:
        raise ValueError(f"{len(packed)} bytes are too many")
    for number, some in enumerate(rows):
        named = {f"Chunk{column:02d}": part for column, part in enumerate(some)}
        yield {"PartitionKey": partition, "RowKey": f"{number:06d}", "RowCount": len(rows), **named}


def of_chunk_rows(rows: Sequence[Row]) -> bytes:
    """The inverse, of the rows in the order of their keys. Raises NotFound when one of them is missing."""
    if len(rows) != rows[0]["RowCount"]:
        raise NotFound(f"{len(rows)} of {rows[0]['RowCount']} rows")
    return zlib.decompress(b"".join(row[name] for row in rows for name in sorted(row) if name.startswith("Chunk")))
