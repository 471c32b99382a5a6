"""A tenant's figures day by day, packed: the overview reads those of every tenant at once."""

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from sspr_core.model.day import Point

REACH = 10  # days a figure may be older than the day it stands for
KEPT = 92 + REACH  # days, so that the oldest day shown can look back too

_POINT = struct.Struct("<5I")  # day (proleptic ordinal), population, registered, registered and enabled, to register


type Row = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Course:
    """Days that have figures, ascending, 20 bytes each."""

    packed: bytes = b""

    def __len__(self) -> int:
        return len(self.packed) // _POINT.size

    def __iter__(self) -> Iterator[Row]:
        """Day's ordinal, population, registered, registered and enabled, to register."""
        return _POINT.iter_unpack(self.packed)

    def latest(self, last: int) -> Row | None:
        """The row of the day with this ordinal, or the last one before it."""
        after = bisect_right(range(len(self)), last, key=lambda i: self._row(i)[0])
        return self._row(after - 1) if after else None

    def _row(self, number: int) -> Row:
        return _POINT.unpack_from(self.packed, number * _POINT.size)

    def columns(self) -> list[tuple[int, ...]]:
        """The same as the rows, turned: days, populations, and so on; quicker than row by row to add up."""
        values = struct.unpack(f"<{len(self.packed) // 4}I", self.packed)
        return [values[i::5] for i in range(5)]

    def with_point(self, point: Point) -> "Course":
        """The day's figures replaced or added; days older than `KEPT` before the newest fall off."""
        new = (
            point.on.toordinal(),
            point.population_count,
            point.registered_count,
            point.registered_enabled_count,
            point.to_register_count,
        )
        days = {row[0]: row for row in self} | {new[0]: new}
        newest = max(days)
        return Course(b"".join(_POINT.pack(*days[day]) for day in sorted(days) if day > newest - KEPT))
