"""The form of a report's plan: read from what a browser posts, and filled from what is kept."""

import re
from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

from sspr_core.model.errors import Invalid
from sspr_core.model.report_plan import ReportPlan
from sspr_core.web.pages.forms import Form, every, one

NEVER, WEEKLY, MONTHLY = "never", "weekly", "monthly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What stands in the form's fields, as text."""

    rhythm: str
    weekday: str
    day_of_month: str
    hour: str
    zone: str
    recipients: str
    language: str
    names: bool
    attachments: tuple[str, ...]


def shown(plan: ReportPlan) -> Typed:
    """A plan that nobody has set yet proposes Monday, and the first of the month."""
    monthly = plan.day_of_month is not None
    return Typed(
        rhythm=(MONTHLY if monthly else WEEKLY) if plan.scheduled else NEVER,
        weekday=plan.weekday or "monday",
        day_of_month=str(plan.day_of_month or 1),
        hour=str(plan.hour),
        zone=plan.zone,
        recipients="\n".join(plan.recipients),
        language=plan.language or "",
        names=plan.names,
        attachments=plan.attachments,
    )


def typed(form: Form) -> Typed:
    """As it was posted, right or wrong: it stays there to be corrected."""
    return Typed(
        rhythm=one(form, "rhythm") or NEVER,
        weekday=one(form, "weekday") or "",
        day_of_month=one(form, "day_of_month") or "",
        hour=one(form, "hour") or "",
        zone=one(form, "zone") or "",
        recipients=one(form, "recipients") or "",
        language=one(form, "language") or "",
        names=one(form, "names") is not None,
        attachments=tuple(every(form, "attachments")),
    )


def plan_of(given: Typed) -> ReportPlan:
    """The plan, as far as a form can be wrong by itself. Raises Invalid with the field."""
    if given.rhythm not in (NEVER, WEEKLY, MONTHLY):
        raise Invalid("rhythm", "is none of these")
    return ReportPlan(
        scheduled=given.rhythm != NEVER,
        weekday=given.weekday if given.rhythm == WEEKLY else None,
        day_of_month=_number("day_of_month", given.day_of_month) if given.rhythm == MONTHLY else None,
        hour=_number("hour", given.hour),
        zone=given.zone.strip(),
        recipients=tuple(re.split(r"[\s,;]+", given.recipients.strip())) if given.recipients.strip() else (),
        language=given.language or None,
        names=given.names,
        attachments=given.attachments,
    )


def look_of(given: Typed) -> ReportPlan:
    """What of the plan can be seen in the report. The rest may be half typed."""
    return ReportPlan(zone=given.zone.strip(), language=given.language or None, names=given.names)


def _number(field: str, text: str) -> int:
    if not re.fullmatch(r"\d{1,4}", text.strip(), re.ASCII):
        raise Invalid(field, "is not a whole number")
    return int(text)


@cache
def zones() -> tuple[str, ...]:
    """What the field of the zone proposes; it takes every zone that there is."""
    areas = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
    return ("Etc/UTC", *sorted(zone for zone in available_timezones() if zone.startswith(areas)))
