"""Pages of reports: the list of plans, sent reports, and sending one now."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import Field

from sspr_core.formats.chart import chart
from sspr_core.model.errors import Invalid
from sspr_core.model.ids import Scope, TenantId
from sspr_core.model.paging import page
from sspr_core.model.report_plan import ReportState, SentReport, StoredPlan
from sspr_core.ports.reports import Reports
from sspr_core.report.archive import ReportRefused
from sspr_core.report.coverage_sections import days_of
from sspr_core.report.plans import kept_plan, sent_report
from sspr_core.report.prepare import asked_for, prepare
from sspr_core.report.responses import sent_details
from sspr_core.report.schedule import next_occurrence
from sspr_core.web.caller import scope_of
from sspr_core.web.dependencies import Now, Operator, Reader, TheWorld
from sspr_core.web.pages import report_labels
from sspr_core.web.pages.forms import read_form, value_of
from sspr_core.web.pages.render import show
from sspr_core.web.pages.report_labels import OF_TENANT, OVER_ALL, TheReport, Whose
from sspr_core.web.pages.route import PageRoute, read_query
from sspr_core.web.pages.templates import choices
from sspr_core.web.problems import RequestRefused
from sspr_core.web.requests.mail import OfOneTenant
from sspr_core.web.requests.runs import TheRun

router = APIRouter(route_class=PageRoute, include_in_schema=False)

MOST_KEY = 200  # characters, as of the API's Idempotency-Key


class ReportsQuery(OfOneTenant):
    """With a tenant: to that tenant's report."""

    limit: int = Field(25, ge=1, le=100)
    continuation: str | None = Field(None, max_length=2000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A report in the list."""

    whose: Whose
    name: str
    kept: StoredPlan
    state: ReportState
    next_due_at: datetime | None
    last: SentReport | None


@router.get("/p/reports")
async def reports_page(request: Request, services: TheWorld, caller: Reader, now: Now) -> Response:
    query = read_query(ReportsQuery, request)
    if query.tenant_id:
        return RedirectResponse(Whose(tenant_id=query.tenant_id).base, 303)
    scope = scope_of(caller)
    kept, states, known = await asyncio.gather(
        services.own.report_plans(scope), services.reports.states(scope), services.tenants.known(scope)
    )
    names = {one.tenant_id: one.display_name for one in known}
    some, following = page(
        _of_tenants(kept, names),
        lambda one: (False, names[one[0]].casefold(), one[0]),
        order="reports",
        descending=False,
        limit=query.limit,
        continuation=query.continuation,
    )
    wanted = [plan for _, plan in some]
    if not query.continuation and scope.allows_report(None):
        wanted.insert(0, next((one for one in kept if one.tenant_id is None), StoredPlan(tenant_id=None)))
    of_state = {state.tenant_id: state for state in states}
    lines = (_line(one, names, of_state.get(one.tenant_id), services.reports, scope, now=now) for one in wanted)
    return show(
        request,
        caller,
        "reports.html",
        lines=await asyncio.gather(*lines),
        tenants=await choices(services, caller),
        continuation=following,
        report_words=report_labels,
    )


def _of_tenants(kept: Iterable[StoredPlan], names: dict[TenantId, str]) -> list[tuple[TenantId, StoredPlan]]:
    return [(one.tenant_id, one) for one in kept if one.tenant_id is not None and one.tenant_id in names]


async def _line(
    kept: StoredPlan,
    names: dict[TenantId, str],
    state: ReportState | None,
    reports: Reports,
    scope: Scope,
    *,
    now: datetime,
) -> Line:
    return Line(
        whose=Whose(tenant_id=kept.tenant_id),
        name=names[kept.tenant_id] if kept.tenant_id else "All tenants",
        kept=kept,
        state=(state or ReportState(tenant_id=kept.tenant_id)).beside(kept),
        next_due_at=next_occurrence(kept.plan, now),
        last=await reports.last(scope, kept.tenant_id, before=now),
    )


@router.get(f"{OVER_ALL}/send-now")
@router.get(f"{OF_TENANT}/send-now")
async def ask_to_send(request: Request, services: TheWorld, caller: Operator, whose: TheReport) -> Response:
    """Asks for confirmation, in the dialog; without htmx on a full page. Its key makes two clicks one report."""
    scope = scope_of(caller)
    return show(
        request,
        caller,
        "report_ask.html",
        part=request.headers.get("hx-request") == "true",
        name=await whose.name(scope, services),
        recipients=(await kept_plan(whose.tenant_id, scope, services.tenants, services.own)).plan.recipients,
        base=whose.base,
        key=str(uuid4()),
    )


@router.post(f"{OVER_ALL}/send-now")
@router.post(f"{OF_TENANT}/send-now")
async def send_now(request: Request, services: TheWorld, caller: Operator, whose: TheReport, now: Now) -> Response:
    key = value_of(await read_form(request), "key")
    if key is None or len(key) > MOST_KEY:
        raise Invalid("key", "is missing, or too long")
    occasion = asked_for(whose.tenant_id, key, by=caller.object_id, by_name=caller.name)
    try:
        run = await prepare(occasion, scope_of(caller), services, now=now)
    except ReportRefused as error:
        raise RequestRefused(409, error.code, str(error)) from error
    return RedirectResponse(f"{whose.base}?sent={run.run_id}", 303)


@router.get(f"{OVER_ALL}/sent/{{run_id}}")
@router.get(f"{OF_TENANT}/sent/{{run_id}}")
async def sent_page(
    request: Request, services: TheWorld, caller: Reader, whose: TheReport, run: TheRun, *, now: Now
) -> Response:
    scope = scope_of(caller)
    name = await whose.name(scope, services)
    found = await sent_report(whose.tenant_id, run, scope, services.reports)
    return show(
        request,
        caller,
        "report_sent.html",
        whose=whose,
        name=name,
        report=found.report,
        mailed=found.mailed,
        run_id=run,
        mailed_since=now - services.terms.keep.deliveries,
        chart=chart(days_of(found.report.course), what=f"Coverage of {name}"),
        days=sent_details(found)["course"],
        report_words=report_labels,
    )
