"""Computes when a report is due: at its hour on each of its days, in its time zone.

If the clock change skips that hour, it is due right after the change; if the hour occurs twice, the first time.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sspr_core.model.report_plan import WEEKDAYS, ReportPlan

_ONE = timedelta(days=1)
_FAR = 33  # days: more than the longest month, with a margin for time zones
LATE = timedelta(hours=1)  # the timer and the queue take minutes


def due(plan: ReportPlan, *, begins_at: datetime, last: datetime | None, now: datetime) -> datetime | None:
    """The occurrence to prepare now; None: there is none.

    Only the latest: earlier missed occurrences are not made up for. None from before `begins_at`, when this timing
    was set, and none up to `last`, the occurrence prepared last.
    """
    latest = latest_occurrence(plan, now)
    if latest is None or latest < begins_at or (last is not None and latest <= last):
        return None
    return latest


def is_late(due_at: datetime, *, now: datetime) -> bool:
    """Later than the timer and the queue can explain."""
    return now - due_at > LATE


def latest_occurrence(plan: ReportPlan, at: datetime) -> datetime | None:
    """The last occurrence not after `at`, in UTC; None for a plan without a schedule."""
    return next((found for found in _backward(plan, at) if found <= at), None)


def next_occurrence(plan: ReportPlan, at: datetime) -> datetime | None:
    """The first occurrence after `at`."""
    later = [found for found in _forward(plan, at) if found > at]
    return min(later, default=None)


def _backward(plan: ReportPlan, at: datetime) -> Iterator[datetime]:
    today = at.astimezone(ZoneInfo(plan.zone)).date()
    return _on_days(plan, (today - days * _ONE for days in range(-1, _FAR)))


def _forward(plan: ReportPlan, at: datetime) -> Iterator[datetime]:
    today = at.astimezone(ZoneInfo(plan.zone)).date()
    return _on_days(plan, (today + days * _ONE for days in range(-1, _FAR)))


def _on_days(plan: ReportPlan, days: Iterator[date]) -> Iterator[datetime]:
    zone, hour = ZoneInfo(plan.zone), time(plan.hour)
    return (datetime.combine(day, hour, zone).astimezone(UTC) for day in days if is_on(plan, day))


def is_on(plan: ReportPlan, day: date) -> bool:
    """Whether the plan's report is due that day; in a shorter month, day 31 means the last day."""
    if not plan.scheduled:
        return False
    if plan.weekday is not None:
        return day.weekday() == WEEKDAYS.index(plan.weekday)
    if plan.day_of_month is None:
        return False
    return day.day == min(plan.day_of_month, monthrange(day.year, day.month)[1])
