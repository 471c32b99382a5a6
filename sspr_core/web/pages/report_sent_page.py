"""A report that was sent: its figures as they were then, and the course up to then."""

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import AwareDatetime

from sspr_core.model.counts import coverage
from sspr_core.model.errors import NotFound
from sspr_core.model.ids import TenantId
from sspr_core.model.report import Report
from sspr_core.model.report_state import SentReport
from sspr_core.model.scope import Scope
from sspr_core.report.chart import chart
from sspr_core.report.coverage_sections import days_of
from sspr_core.report_ports import Reports
from sspr_core.status.view import Json
from sspr_core.web.caller import scope_of
from sspr_core.web.deps import Reader, TheWorld
from sspr_core.web.pages import report_words
from sspr_core.web.pages.render import show
from sspr_core.web.pages.report_whose import OF_TENANT, OVER_ALL, TheReport
from sspr_core.web.pages.route import PageRoute, read_query
from sspr_core.web.queries import NoQuery

router = APIRouter(route_class=PageRoute, include_in_schema=False)

_MS = timedelta(milliseconds=1)


class SentQuery(NoQuery):
    at: AwareDatetime


@router.get(f"{OVER_ALL}/sent")
@router.get(f"{OF_TENANT}/sent")
async def sent_page(request: Request, world: TheWorld, caller: Reader, whose: TheReport) -> Response:
    scope = scope_of(caller)
    name = await whose.name(scope, world)
    found = await made_at(world.reports, scope, whose.tenant_id, read_query(SentQuery, request).at)
    report = found.report
    return show(
        request,
        caller,
        "report_sent.html",
        whose=whose,
        name=name,
        report=report,
        run_id=found.run_id,
        chart=chart(days_of(report.course), what=f"Coverage of {name}"),
        days=table_of(report),
        report_words=report_words,
    )


async def made_at(reports: Reports, scope: Scope, tenant: TenantId | None, at: datetime) -> SentReport:
    """The report made in that millisecond. Raises NotFound."""
    found = await reports.last(scope, tenant, before=_to_ms(at) + _MS)
    if found is None or _to_ms(found.report.as_of) != _to_ms(at):
        raise NotFound(at)
    return found


def _to_ms(at: datetime) -> datetime:
    utc = at.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def table_of(report: Report) -> list[Json]:
    """The course as the API's, for the table below the chart."""
    return [
        {
            "on": one.on.isoformat(),
            "population_count": one.population_count,
            "registered_count": one.registered_count,
            "registered_enabled_count": one.registered_enabled_count,
            "to_register_count": one.to_register_count,
            "coverage": coverage(one.registered_enabled_count, one.to_register_count),
        }
        for one in report.course
    ]
