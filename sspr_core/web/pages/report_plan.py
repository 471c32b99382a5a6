"""A report's plan, how the report would look now, and those that were sent."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import Field

from sspr_core.model.errors import Invalid
from sspr_core.model.paging import SENT_REPORT, continuation_after, continued_from
from sspr_core.model.report_plan import FILES, MOST_RECIPIENTS, WEEKDAYS
from sspr_core.ports.services import World
from sspr_core.report.compose import compose
from sspr_core.report.operate import check_plan, kept_plan, set_plan
from sspr_core.report.plans import not_delivered
from sspr_core.report.schedule import next_occurrence
from sspr_core.web.caller import Caller, scope_of
from sspr_core.web.dependencies import Now, Operator, Reader, TheWorld
from sspr_core.web.pages import report_words
from sspr_core.web.pages.forms import read_form
from sspr_core.web.pages.mail_preview import framed
from sspr_core.web.pages.render import show
from sspr_core.web.pages.report_labels import OF_TENANT, OVER_ALL, TheReport, Whose
from sspr_core.web.pages.report_plan_form import Typed, look_of, plan_of, shown, typed, zones
from sspr_core.web.pages.route import PageRoute, read_query
from sspr_core.web.pages.templates import wrong_in_frame
from sspr_core.web.requests.queries import NoQuery

router = APIRouter(route_class=PageRoute, include_in_schema=False)

A_PAGE = 12  # sent reports

RunOfReport = Annotated[str | None, Field(pattern="^[0-9a-f]{14}$")]


class ReportPageQuery(NoQuery):
    saved: str | None = None
    sent: RunOfReport = None  # that sends the one just asked for
    continuation: str | None = None


@router.get(OVER_ALL)
@router.get(OF_TENANT)
async def report_page(request: Request, world: TheWorld, caller: Reader, whose: TheReport, now: Now) -> Response:
    return await _page(request, world, caller, whose, read_query(ReportPageQuery, request), now=now)


@router.post(OVER_ALL)
@router.post(OF_TENANT)
async def save_plan(request: Request, world: TheWorld, caller: Operator, whose: TheReport, now: Now) -> Response:
    """Saves the plan; what is wrong is told beside its field, with what was typed still there."""
    given = typed(await read_form(request))
    try:
        plan = plan_of(given)
        await set_plan(whose.tenant_id, plan, scope_of(caller), world.tenants, world.own, by=caller.name, now=now)
    except Invalid as error:
        wrong = {error.field: str(error)}
        return await _page(request, world, caller, whose, ReportPageQuery(), given=given, wrong=wrong, now=now)
    return RedirectResponse(f"{whose.base}?saved=yes", 303)


@router.get(f"{OVER_ALL}/preview")
@router.get(f"{OF_TENANT}/preview")
async def preview(world: TheWorld, caller: Reader, whose: TheReport, now: Now) -> Response:
    """The report as it would be sent now."""
    scope = scope_of(caller)
    kept = await kept_plan(whose.tenant_id, scope, world.tenants, world.own)
    made = await compose(kept.plan, whose.tenant_id, scope, world, now=now)
    return framed(made.letter.html, made.letter.pictures)


@router.post(f"{OVER_ALL}/preview")
@router.post(f"{OF_TENANT}/preview")
async def preview_of_typed(request: Request, world: TheWorld, caller: Reader, whose: TheReport, now: Now) -> Response:
    """The report in the look that the form holds now, or what is wrong with that."""
    scope = scope_of(caller)
    try:
        plan = look_of(typed(await read_form(request)))
        check_plan(whose.tenant_id, plan)
    except Invalid as error:
        return wrong_in_frame(f"{error.field}: {error}")
    await whose.name(scope, world)
    made = await compose(plan, whose.tenant_id, scope, world, now=now)
    return framed(made.letter.html, made.letter.pictures)


async def _page(
    request: Request,
    world: World,
    caller: Caller,
    whose: Whose,
    query: ReportPageQuery,
    *,
    given: Typed | None = None,
    wrong: dict[str, str] | None = None,
    now: datetime,
) -> Response:
    scope = scope_of(caller)
    name = await whose.name(scope, world)
    kept = await kept_plan(whose.tenant_id, scope, world.tenants, world.own)
    after = continued_from("sent", query.continuation, ids=SENT_REPORT)
    sent, last = await world.reports.sent(scope, whose.tenant_id, after=after, limit=A_PAGE)
    return show(
        request,
        caller,
        "report.html",
        status=422 if wrong else 200,
        whose=whose,
        name=name,
        kept=kept,
        next_due_at=next_occurrence(kept.plan, now),
        state=(await world.reports.state(scope, whose.tenant_id)).beside(kept),
        own=given or shown(kept.plan),
        wrong=wrong or {},
        saved=query.saved == "yes",
        sent_run=query.sent,
        sent=sent,
        mailed_since=now - world.terms.keep.deliveries,
        not_delivered=await not_delivered(sent[0], world.post) if sent and not after else [],
        continuation=continuation_after("sent", last),
        weekdays=WEEKDAYS,
        files=FILES,
        most_recipients=MOST_RECIPIENTS,
        zones=zones(),
        report_words=report_words,
    )
