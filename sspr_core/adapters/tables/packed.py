"""Values larger than a column: JSON, deflated, in as many binary columns as it takes."""

import zlib
from typing import Any

import msgspec

from sspr_core.adapters.tables.table import Row

_COLUMN = 60 * 1024  # bytes; the service takes 64 KiB
_MOST_COLUMNS = 15  # with room for keys below the row's 1 MiB


def packed_columns(value: object) -> dict[str, Any]:
    """Columns `Packed00`, `Packed01`, … Raises ValueError for what does not fit a row."""
    data = zlib.compress(msgspec.json.encode(value), level=3)
    parts = [data[start : start + _COLUMN] for start in range(0, len(data), _COLUMN)]
    if len(parts) > _MOST_COLUMNS:
        raise ValueError(f"{len(data)} bytes do not fit a row")
    return {f"Packed{number:02d}": part for number, part in enumerate(parts)}


def packed_of[T](row: Row, kind: type[T]) -> T:
    """The inverse."""
    names = sorted(name for name in row if name.startswith("Packed"))
    return msgspec.json.decode(zlib.decompress(b"".join(row[name] for name in names)), type=kind)
