"""The page of one report's plan, its form and its preview."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import Field

from sspr_core.model.errors import Invalid
from sspr_core.model.paging import SENT_REPORT, continuation_after, continued_from
from sspr_core.model.report_plan import FILES, MOST_RECIPIENTS, WEEKDAYS, ReportPlan
from sspr_core.ports.services import Services
from sspr_core.report.compose import compose
from sspr_core.report.plans import check_plan, kept_plan, not_delivered, set_plan
from sspr_core.report.schedule import next_occurrence
from sspr_core.web.caller import Caller, scope_of
from sspr_core.web.dependencies import Now, Operator, Reader, TheWorld
from sspr_core.web.pages import report_labels
from sspr_core.web.pages.forms import Form, read_form, value_of, values_of
from sspr_core.web.pages.mail_preview import framed
from sspr_core.web.pages.render import show
from sspr_core.web.pages.report_labels import OF_TENANT, OVER_ALL, TheReport, Whose
from sspr_core.web.pages.route import PageRoute, read_query
from sspr_core.web.pages.templates import wrong_in_frame
from sspr_core.web.requests.queries import NoQuery

NEVER, WEEKLY, MONTHLY = "never", "weekly", "monthly"

router = APIRouter(route_class=PageRoute, include_in_schema=False)

A_PAGE = 12  # sent reports

RunOfReport = Annotated[str | None, Field(pattern="^[0-9a-f]{14}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The values of the form's fields, as text."""

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
    """The plan as form values; a plan not set yet proposes Monday, and the first of the month."""
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
    """The form as posted, valid or not, so that the user can correct it."""
    return Typed(
        rhythm=value_of(form, "rhythm") or NEVER,
        weekday=value_of(form, "weekday") or "",
        day_of_month=value_of(form, "day_of_month") or "",
        hour=value_of(form, "hour") or "",
        zone=value_of(form, "zone") or "",
        recipients=value_of(form, "recipients") or "",
        language=value_of(form, "language") or "",
        names=value_of(form, "names") is not None,
        attachments=tuple(values_of(form, "attachments")),
    )


def plan_of(given: Typed) -> ReportPlan:
    """The plan in the form; checks only what can be wrong in the form itself. Raises Invalid with the field."""
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
    """Only the values that change the report's look; the other fields may be incomplete."""
    return ReportPlan(zone=given.zone.strip(), language=given.language or None, names=given.names)


def _number(field: str, text: str) -> int:
    if not re.fullmatch(r"\d{1,4}", text.strip(), re.ASCII):
        raise Invalid(field, "is not a whole number")
    return int(text)


@cache
def zones() -> tuple[str, ...]:
    """The zones that the zone field proposes; it accepts every valid zone."""
    areas = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
    return ("Etc/UTC", *sorted(zone for zone in available_timezones() if zone.startswith(areas)))


class ReportPageQuery(NoQuery):
    saved: str | None = None
    sent: RunOfReport = None  # the run of the report just requested
    continuation: str | None = None


@router.get(OVER_ALL)
@router.get(OF_TENANT)
async def report_page(request: Request, services: TheWorld, caller: Reader, whose: TheReport, now: Now) -> Response:
    return await _page(request, services, caller, whose, read_query(ReportPageQuery, request), now=now)


@router.post(OVER_ALL)
@router.post(OF_TENANT)
async def save_plan(request: Request, services: TheWorld, caller: Operator, whose: TheReport, now: Now) -> Response:
    """Saves the plan; shows an error beside its field and keeps what was typed."""
    given = typed(await read_form(request))
    try:
        plan = plan_of(given)
        await set_plan(whose.tenant_id, plan, scope_of(caller), services.tenants, services.own, by=caller.name, now=now)
    except Invalid as error:
        wrong = {error.field: str(error)}
        return await _page(request, services, caller, whose, ReportPageQuery(), given=given, wrong=wrong, now=now)
    return RedirectResponse(f"{whose.base}?saved=yes", 303)


@router.get(f"{OVER_ALL}/preview")
@router.get(f"{OF_TENANT}/preview")
async def preview(services: TheWorld, caller: Reader, whose: TheReport, now: Now) -> Response:
    """The report as it would be sent now."""
    scope = scope_of(caller)
    kept = await kept_plan(whose.tenant_id, scope, services.tenants, services.own)
    made = await compose(kept.plan, whose.tenant_id, scope, services, now=now)
    return framed(made.letter.html, made.letter.pictures)


@router.post(f"{OVER_ALL}/preview")
@router.post(f"{OF_TENANT}/preview")
async def preview_of_typed(
    request: Request, services: TheWorld, caller: Reader, whose: TheReport, now: Now
) -> Response:
    """The report with the form's current look, or the error in it."""
    scope = scope_of(caller)
    try:
        plan = look_of(typed(await read_form(request)))
        check_plan(whose.tenant_id, plan)
    except Invalid as error:
        return wrong_in_frame(f"{error.field}: {error}")
    await whose.name(scope, services)
    made = await compose(plan, whose.tenant_id, scope, services, now=now)
    return framed(made.letter.html, made.letter.pictures)


async def _page(
    request: Request,
    services: Services,
    caller: Caller,
    whose: Whose,
    query: ReportPageQuery,
    *,
    given: Typed | None = None,
    wrong: dict[str, str] | None = None,
    now: datetime,
) -> Response:
    scope = scope_of(caller)
    name = await whose.name(scope, services)
    kept = await kept_plan(whose.tenant_id, scope, services.tenants, services.own)
    after = continued_from("sent", query.continuation, ids=SENT_REPORT)
    sent, last = await services.reports.sent(scope, whose.tenant_id, after=after, limit=A_PAGE)
    return show(
        request,
        caller,
        "report.html",
        status=422 if wrong else 200,
        whose=whose,
        name=name,
        kept=kept,
        next_due_at=next_occurrence(kept.plan, now),
        state=(await services.reports.state(scope, whose.tenant_id)).beside(kept),
        own=given or shown(kept.plan),
        wrong=wrong or {},
        saved=query.saved == "yes",
        sent_run=query.sent,
        sent=sent,
        mailed_since=now - services.terms.keep.deliveries,
        not_delivered=await not_delivered(sent[0], services.post) if sent and not after else [],
        continuation=continuation_after("sent", last),
        weekdays=WEEKDAYS,
        files=FILES,
        most_recipients=MOST_RECIPIENTS,
        zones=zones(),
        report_words=report_labels,
    )
