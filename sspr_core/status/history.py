"""Lists a tenant's days and changes, page by page."""

from collections.abc import Sequence
from datetime import date, timedelta

from sspr_core.model.counts import coverage
from sspr_core.model.errors import Invalid
from sspr_core.model.history import SHOWN, Course, Point, points_of
from sspr_core.model.ids import Scope, TenantId
from sspr_core.model.paging import DAY, TIME_AND_ID, continuation_after, continued_from
from sspr_core.ports.storage import Coverage, Registrations
from sspr_core.status.responses import Json, change_view, day_view

_ONE = timedelta(days=1)
_LONGEST = timedelta(days=5 * 366)


async def history(
    coverage: Coverage,
    scope: Scope,
    tenant: TenantId,
    *,
    first: date | None,
    last: date,
    limit: int,
    continuation: str | None,
) -> Json:
    """A page of the tenant's days from `first` (None: 92 days in all) to `last`, both included, newest first.

    Raises NotFound outside the scope, Invalid if the span is empty or too long.
    """
    first = _first(last) if first is None else first
    if first > last:
        raise Invalid("from", "is after `to`")
    if last - first > _LONGEST:
        raise Invalid("from", f"is more than {_LONGEST.days} days before `to`")
    order = f"history {tenant}"
    if after := continued_from(order, continuation, ids=DAY):
        last = min(last, _day_before(after))
    days = await coverage.days(scope, tenant, first=first, last=last) if first <= last else []
    some = days[:limit]
    return {
        "items": [day_view(day) for day in some],
        "continuation": continuation_after(order, some[-1].on.isoformat() if len(days) > limit else None),
    }


def _first(last: date) -> date:
    if last.toordinal() < SHOWN:
        raise Invalid("to", "is too early")
    return last - (SHOWN - 1) * _ONE


def _day_before(text: str) -> date:
    try:
        return date.fromisoformat(text) - _ONE
    except (ValueError, OverflowError) as error:
        raise Invalid("continuation", "is not of this list; use the one of the last answer") from error


async def change_list(
    registrations: Registrations, scope: Scope, tenant: TenantId, *, limit: int, continuation: str | None
) -> Json:
    """A page of the changes, newest first. Raises NotFound outside the scope."""
    order = f"changes {tenant}"
    after = continued_from(order, continuation, ids=TIME_AND_ID)
    items, last = await registrations.changes(scope, tenant, after=after, limit=limit)
    return {
        "items": [change_view(change) for change in items],
        "continuation": continuation_after(order, last),
    }


def course_of(courses: Sequence[Course], *, today: date) -> list[dict[str, object]]:
    """One item per day, oldest first."""
    return [_item(point) for point in points_of(courses, today=today)]


def _item(point: Point) -> dict[str, object]:
    return {
        "on": point.on.isoformat(),
        "population_count": point.population_count,
        "registered_count": point.registered_count,
        "registered_enabled_count": point.registered_enabled_count,
        "to_register_count": point.to_register_count,
        "coverage": coverage(point.registered_enabled_count, point.to_register_count),
    }
