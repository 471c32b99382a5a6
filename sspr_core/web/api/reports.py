"""Scheduled reports: plans, previews, sending now, and what was sent; of each tenant and over all."""

from datetime import datetime
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Query, Response

from sspr_core.model.ids import TenantId
from sspr_core.model.paging import SENT_REPORT, continuation_after, continued_from
from sspr_core.ports.services import Services
from sspr_core.report.archive import ReportRefused
from sspr_core.report.compose import compose
from sspr_core.report.plans import kept_plan, plan_of, plans, sent_report, set_plan
from sspr_core.report.prepare import asked_for, prepare
from sspr_core.report.responses import sent_details, sent_view
from sspr_core.web.caller import Caller, scope_of
from sspr_core.web.dependencies import Now, Operator, Reader, TheTenant, TheWorld, as_json
from sspr_core.web.openapi import report_shapes as shapes
from sspr_core.web.openapi.answers import answers
from sspr_core.web.pages.mail_preview import framed
from sspr_core.web.problems import RequestRefused
from sspr_core.web.requests.queries import NoQuery, Paged
from sspr_core.web.requests.reports import IdempotencyKey, ReportPlanBody
from sspr_core.web.requests.runs import TheRun

router = APIRouter(prefix="/api/v1", tags=["Reports"])

Nothing = Annotated[NoQuery, Query()]
Page = Annotated[Paged, Query()]

ALL, ONE = "/reports/all-tenants", "/tenants/{tenant_id}/report"


def _refused() -> RequestRefused:
    return RequestRefused(409, "no_recipients", "The report has no recipients. Name at least one address.")


@router.get("/reports", response_model=None, responses=answers(shapes.ReportPlansShape, 422))
async def list_report_plans(services: TheWorld, caller: Reader, now: Now, _query: Nothing) -> Response:
    """Every report that somebody has set: when it is due next, and what speaks against it."""
    return as_json({"items": await plans(scope_of(caller), services, now=now)})


@router.get(ALL, response_model=None, responses=answers(shapes.ReportPlanDetailsShape, 422))
async def get_report_over_all(services: TheWorld, caller: Reader, now: Now, _query: Nothing) -> Response:
    """When the report over all tenants is sent, to whom, and what became of the last one."""
    return as_json(await plan_of(None, scope_of(caller), services, now=now))


@router.get(ONE, response_model=None, responses=answers(shapes.ReportPlanDetailsShape, 404, 422))
async def get_report(services: TheWorld, caller: Reader, tenant: TheTenant, now: Now, _query: Nothing) -> Response:
    """When the tenant's report is sent, to whom, and what became of the last one."""
    return as_json(await plan_of(tenant, scope_of(caller), services, now=now))


@router.put(ALL, response_model=None, responses=answers(shapes.ReportPlanDetailsShape, 422))
async def put_report_over_all(
    services: TheWorld, caller: Operator, now: Now, body: ReportPlanBody, _query: Nothing
) -> Response:
    """Set it. Another day, hour or zone counts from now on; every other change leaves what is due as it is."""
    return await _put(None, body, services, caller, now)


@router.put(ONE, response_model=None, responses=answers(shapes.ReportPlanDetailsShape, 404, 422))
async def put_report(
    services: TheWorld, caller: Operator, tenant: TheTenant, now: Now, *, body: ReportPlanBody, _query: Nothing
) -> Response:
    """Set it. Another day, hour or zone counts from now on; every other change leaves what is due as it is."""
    return await _put(tenant, body, services, caller, now)


@router.get(
    f"{ALL}/preview",
    response_class=Response,
    response_model=None,
    responses=answers(None, 422, files=["text/html"]),
)
async def preview_report_over_all(services: TheWorld, caller: Reader, now: Now, _query: Nothing) -> Response:
    """The report as it would be sent now, as a page that runs nothing."""
    return await _preview(None, services, caller, now)


@router.get(
    f"{ONE}/preview",
    response_class=Response,
    response_model=None,
    responses=answers(None, 404, 422, files=["text/html"]),
)
async def preview_report(services: TheWorld, caller: Reader, tenant: TheTenant, now: Now, _query: Nothing) -> Response:
    """The report as it would be sent now, as a page that runs nothing."""
    return await _preview(tenant, services, caller, now)


@router.post(
    f"{ALL}/send-now",
    status_code=202,
    response_model=None,
    responses=answers(shapes.ReportSentNowShape, 422, ok=202, description="Accepted", refused=_refused()),
)
async def send_report_over_all_now(
    services: TheWorld, caller: Operator, now: Now, _query: Nothing, idempotency_key: IdempotencyKey = None
) -> Response:
    """Send it to the plan's recipients, beside what is scheduled. The next report tells what changed since this one."""
    return await _send(None, services, caller, now, idempotency_key)


@router.post(
    f"{ONE}/send-now",
    status_code=202,
    response_model=None,
    responses=answers(shapes.ReportSentNowShape, 404, 422, ok=202, description="Accepted", refused=_refused()),
)
async def send_report_now(
    services: TheWorld,
    caller: Operator,
    tenant: TheTenant,
    now: Now,
    *,
    _query: Nothing,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Send it to the plan's recipients, beside what is scheduled. The next report tells what changed since this one."""
    return await _send(tenant, services, caller, now, idempotency_key)


@router.get(f"{ALL}/sent", response_model=None, responses=answers(shapes.SentReportsShape, 422))
async def list_sent_reports_over_all(services: TheWorld, caller: Reader, query: Page) -> Response:
    """The reports that were sent, with their figures."""
    return await _sent(None, services, caller, query)


@router.get(f"{ONE}/sent", response_model=None, responses=answers(shapes.SentReportsShape, 404, 422))
async def list_sent_reports(services: TheWorld, caller: Reader, tenant: TheTenant, query: Page) -> Response:
    """The reports that were sent, with their figures."""
    return await _sent(tenant, services, caller, query)


@router.get(f"{ALL}/sent/{{run_id}}", response_model=None, responses=answers(shapes.SentReportDetailsShape, 404, 422))
async def get_sent_report_over_all(services: TheWorld, caller: Reader, run: TheRun, _query: Nothing) -> Response:
    """One of them whole: with its course, the runs it told of, and a row per tenant."""
    return as_json(sent_details(await sent_report(None, run, scope_of(caller), services.reports)))


@router.get(f"{ONE}/sent/{{run_id}}", response_model=None, responses=answers(shapes.SentReportDetailsShape, 404, 422))
async def get_sent_report(
    services: TheWorld, caller: Reader, tenant: TheTenant, run: TheRun, _query: Nothing
) -> Response:
    """One of them whole: with its course, and the runs it told of."""
    return as_json(sent_details(await sent_report(tenant, run, scope_of(caller), services.reports)))


async def _put(
    tenant: TenantId | None, body: ReportPlanBody, services: Services, caller: Caller, now: datetime
) -> Response:
    scope = scope_of(caller)
    await set_plan(tenant, body.plan(), scope, services.tenants, services.own, by=caller.name, now=now)
    return as_json(await plan_of(tenant, scope, services, now=now))


async def _preview(tenant: TenantId | None, services: Services, caller: Caller, now: datetime) -> Response:
    scope = scope_of(caller)
    kept = await kept_plan(tenant, scope, services.tenants, services.own)
    made = await compose(kept.plan, tenant, scope, services, now=now)
    return framed(made.letter.html, made.letter.pictures)


async def _send(
    tenant: TenantId | None, services: Services, caller: Caller, now: datetime, key: str | None
) -> Response:
    occasion = asked_for(tenant, key or str(uuid4()), by=caller.object_id, by_name=caller.name)
    try:
        run = await prepare(occasion, scope_of(caller), services, now=now)
    except ReportRefused as error:
        raise RequestRefused(409, error.code, str(error)) from error
    content = {"run_id": run.run_id, "recipient_count": run.recipient_count}
    return as_json(content, 202, {"Location": f"/api/v1/runs/{run.run_id}"})


async def _sent(tenant: TenantId | None, services: Services, caller: Caller, query: Paged) -> Response:
    scope, order = scope_of(caller), f"sent {tenant}"
    await kept_plan(tenant, scope, services.tenants, services.own)
    after = continued_from(order, query.continuation, ids=SENT_REPORT)
    some, last = await services.reports.sent(scope, tenant, after=after, limit=query.limit)
    return as_json(
        {
            "items": [sent_view(one) for one in some],
            "continuation": continuation_after(order, last),
        }
    )
