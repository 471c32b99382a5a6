"""A report that was sent: its figures as they were then, and the course up to then."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from sspr_core.formats.chart import chart
from sspr_core.report.coverage_sections import days_of
from sspr_core.report.plans import sent_report
from sspr_core.report.responses import sent_details
from sspr_core.web.caller import scope_of
from sspr_core.web.dependencies import Now, Reader, TheWorld
from sspr_core.web.pages import report_words
from sspr_core.web.pages.render import show
from sspr_core.web.pages.report_labels import OF_TENANT, OVER_ALL, TheReport
from sspr_core.web.pages.route import PageRoute
from sspr_core.web.requests.runs import TheRun

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get(f"{OVER_ALL}/sent/{{run_id}}")
@router.get(f"{OF_TENANT}/sent/{{run_id}}")
async def sent_page(
    request: Request, world: TheWorld, caller: Reader, whose: TheReport, run: TheRun, *, now: Now
) -> Response:
    scope = scope_of(caller)
    name = await whose.name(scope, world)
    found = await sent_report(whose.tenant_id, run, scope, world.reports)
    return show(
        request,
        caller,
        "report_sent.html",
        whose=whose,
        name=name,
        report=found.report,
        mailed=found.mailed,
        run_id=run,
        mailed_since=now - world.terms.keep.deliveries,
        chart=chart(days_of(found.report.course), what=f"Coverage of {name}"),
        days=sent_details(found)["course"],
        report_words=report_words,
    )
