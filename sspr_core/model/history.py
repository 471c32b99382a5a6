"""The days of a tenant: figures of 92 days, packed; looking back in them; and a day's snapshot header."""

import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import add

from sspr_core.model.counts import Counts, coverage
from sspr_core.model.problem import Problem
from sspr_core.model.registration import Excluded

REACH = 10  # days: a day without figures uses earlier ones, up to this old
KEPT = 92 + REACH  # days, so that the oldest day shown can use earlier figures too

_POINT = struct.Struct("<5I")  # day (proleptic ordinal), population, registered, registered and enabled, to register


type Row = tuple[int, int, int, int, int]

SHOWN = 92  # days of the course

type Figures = tuple[int, int, int, int]  # population, registered, registered and enabled, to register


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A day of the course: `on` is the UTC date of the snapshot's start."""

    on: date
    population_count: int
    registered_count: int
    registered_enabled_count: int
    to_register_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotHeader:
    """A complete reading: its time, its counts, and the digest of its users, which does not depend on their order."""

    snapshot_id: str
    started_at: datetime
    finished_at: datetime
    user_count: int
    counts: Counts
    excluded_by_reason: Mapping[Excluded, int]
    licence_shortfall_count: int
    digest: str

    @property
    def point(self) -> Point:
        return Point(
            on=self.started_at.date(),
            population_count=self.counts.population_count,
            registered_count=self.counts.registered_count,
            registered_enabled_count=self.counts.registered_enabled_count,
            to_register_count=self.counts.to_register_count,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A row of the history. `snapshot` None: only failures that day; `problem`: of the last failed attempt."""

    on: date
    snapshot: SnapshotHeader | None = None
    problem: Problem | None = None
    problem_at: datetime | None = None


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
        """The rows as columns: days, populations, and so on; faster to add up than row by row."""
        values = struct.unpack(f"<{len(self.packed) // 4}I", self.packed)
        return [values[i::5] for i in range(5)]

    def with_point(self, point: Point) -> "Course":
        """Replaces or adds the day's figures; drops days older than `KEPT` before the newest."""
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


def figures_of(counts: Counts) -> Figures:
    return (
        counts.population_count,
        counts.registered_count,
        counts.registered_enabled_count,
        counts.to_register_count,
    )


def figures_ago(course: Course, days: int, *, today: date) -> Figures | None:
    """The tenant's latest figures dated from today − days − 10 to today − days; None when there are none."""
    last = today.toordinal() - days
    row = course.latest(last)
    return row[1:] if row and row[0] >= last - REACH else None


def change_over(courses: Iterable[tuple[Figures, Course]], days: int, *, today: date) -> float | None:
    """Coverage now minus coverage then, as a fraction, over the tenants that have both; None when either is null.

    Both are sums over the same tenants, so that a new tenant does not look like progress. A tenant whose coverage is
    null now or then is left out.
    """
    now, then = [0, 0], [0, 0]
    for current, course in courses:
        before = figures_ago(course, days, today=today)
        if before is None or not current[2] + current[3] or not before[2] + before[3]:
            continue
        for sums, figures in ((now, current), (then, before)):
            sums[0] += figures[2]
            sums[1] += figures[3]
    after, earlier = coverage(*now), coverage(*then)
    return None if after is None or earlier is None else after - earlier


def points_of(courses: Sequence[Course], *, today: date) -> list[Point]:
    """The last 92 days, oldest first; each tenant counts with that day's figures, or its latest up to 10 days before.

    Each row is valid for its own day and the next ten, or until the tenant's next row. Adds up the steps between rows,
    so that the work is one visit per row, not one per tenant and day.
    """
    first = today.toordinal() - SHOWN + 1
    steps = [[0, 0, 0, 0] for _ in range(SHOWN + 1)]
    for rows in _summed(courses):
        _add_steps(steps, rows, first)
    points, sums = [], [0, 0, 0, 0]
    for offset in range(SHOWN):
        sums = [total + step for total, step in zip(sums, steps[offset], strict=True)]
        points.append(_point(date.fromordinal(first + offset), sums))
    return points


def _summed(courses: Iterable[Course]) -> Iterator[list[Row]]:
    """The courses' rows; courses with the same days are added up.

    Tenants are read every day, so most have the same days, and adding up whole columns is ten times faster.
    """
    by_days: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for course in courses:
        days, *figures = course.columns()
        sums = by_days.get(days)
        by_days[days] = [tuple(map(add, *both)) for both in zip(sums, figures, strict=True)] if sums else figures
    for days, figures in by_days.items():
        yield list(zip(days, *figures, strict=True))


def _add_steps(steps: list[list[int]], rows: list[Row], first: int) -> None:
    for index, (day, a, b, c, d) in enumerate(rows):
        until = day + REACH + 1
        if index + 1 < len(rows):
            until = min(until, rows[index + 1][0])
        begin, end = max(day - first, 0), min(until - first, SHOWN)
        if begin >= end:
            continue
        up, down = steps[begin], steps[end]
        up[0] += a
        up[1] += b
        up[2] += c
        up[3] += d
        down[0] -= a
        down[1] -= b
        down[2] -= c
        down[3] -= d


def _point(on: date, sums: list[int]) -> Point:
    population, registered, registered_enabled, to_register = sums
    return Point(
        on=on,
        population_count=population,
        registered_count=registered,
        registered_enabled_count=registered_enabled,
        to_register_count=to_register,
    )
