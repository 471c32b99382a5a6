"""Looking back: which of a tenant's days stands for a day, and what changed since."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from operator import add

from sspr_core.model.counts import Counts, coverage
from sspr_core.model.course import REACH, Course, Row
from sspr_core.model.day import Point

SHOWN = 92  # days of the course

type Figures = tuple[int, int, int, int]  # population, registered, registered and enabled, to register


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
    """Coverage now less coverage then, as a fraction, over the tenants that have both; None when either is null.

    Pooled now and then over the same tenants, so that a new tenant does not look like progress. A tenant whose
    coverage is null at either end has not both.
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
    """The last 92 days, oldest first; of each tenant the day itself, or its latest up to 10 days before.

    Each row stands for its own day and the next ten, or until the tenant's next row: a sum of steps, so that the
    work is one look at each row and not one at each tenant and day.
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
    """The courses' rows, those of courses with the same days added up.

    Tenants are read every day, so most of them have the same days, and whole columns add up ten times quicker.
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
