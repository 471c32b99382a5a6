"""All reports: when each is due, when it was sent last, and what is the matter with it."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import Field

from sspr_core.model.ids import TenantId
from sspr_core.model.paging import page
from sspr_core.model.report_state import KeptPlan, ReportState, SentReport
from sspr_core.model.scope import Scope
from sspr_core.ports.reports import Reports
from sspr_core.report.schedule import next_occurrence
from sspr_core.web.caller import scope_of
from sspr_core.web.dependencies import Now, Reader, TheWorld
from sspr_core.web.pages import report_words
from sspr_core.web.pages.render import show
from sspr_core.web.pages.report_labels import Whose
from sspr_core.web.pages.route import PageRoute, read_query
from sspr_core.web.pages.templates import choices
from sspr_core.web.requests.mail import OfOneTenant

router = APIRouter(route_class=PageRoute, include_in_schema=False)


class ReportsQuery(OfOneTenant):
    """With a tenant: to that tenant's report."""

    limit: int = Field(25, ge=1, le=100)
    continuation: str | None = Field(None, max_length=2000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A report in the list."""

    whose: Whose
    name: str
    kept: KeptPlan
    state: ReportState
    next_due_at: datetime | None
    last: SentReport | None


@router.get("/p/reports")
async def reports_page(request: Request, world: TheWorld, caller: Reader, now: Now) -> Response:
    query = read_query(ReportsQuery, request)
    if query.tenant_id:
        return RedirectResponse(Whose(tenant_id=query.tenant_id).base, 303)
    scope = scope_of(caller)
    kept, states, known = await asyncio.gather(
        world.own.report_plans(scope), world.reports.states(scope), world.tenants.known(scope)
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
        wanted.insert(0, next((one for one in kept if one.tenant_id is None), KeptPlan(tenant_id=None)))
    of_state = {state.tenant_id: state for state in states}
    lines = (_line(one, names, of_state.get(one.tenant_id), world.reports, scope, now=now) for one in wanted)
    return show(
        request,
        caller,
        "reports.html",
        lines=await asyncio.gather(*lines),
        tenants=await choices(world, caller),
        continuation=following,
        report_words=report_words,
    )


def _of_tenants(kept: Iterable[KeptPlan], names: dict[TenantId, str]) -> list[tuple[TenantId, KeptPlan]]:
    return [(one.tenant_id, one) for one in kept if one.tenant_id is not None and one.tenant_id in names]


async def _line(
    kept: KeptPlan,
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
