"""The course of one or more tenants, as it is answered."""

from collections.abc import Sequence
from datetime import date

from sspr_core.model.counts import coverage
from sspr_core.model.course import Course
from sspr_core.model.day import Point
from sspr_core.model.history import points_of


def course_of(courses: Sequence[Course], *, today: date) -> list[dict[str, object]]:
    """A day each, oldest first."""
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
