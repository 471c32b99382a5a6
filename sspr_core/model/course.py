"""A tenant's figures day by day, packed: the overview reads those of every tenant at once."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from sspr_core.model.day import Point

REACH = 10  # days a figure may be older than the day it stands for
KEPT = 92 + REACH  # days, so that the oldest day shown can look back too

_POINT = struct.Struct("<5I")  # day (proleptic ordinal), population, registered, registered and enabled, to register


@dataclass(frozen=True, slots=True)
class Course:
    """Days that have figures, ascending, 20 bytes each."""

    packed: bytes = b""

    def __len__(self) -> int:
        return len(self.packed) // _POINT.size

    def __iter__(self) -> Iterator[tuple[int, int, int, int, int]]:
        """Day's ordinal, population, registered, registered and enabled, to register."""
        return _POINT.iter_unpack(self.packed)

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
