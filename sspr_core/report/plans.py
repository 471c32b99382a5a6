"""Reads the plans of scheduled reports within a scope, and sets them."""

from datetime import UTC, datetime, timedelta

from sspr_core.model.delivery import Delivery, DeliveryState
from sspr_core.model.errors import Invalid, NotFound
from sspr_core.model.ids import Scope, TenantId
from sspr_core.model.report_plan import ReportPlan, ReportState, SentReport, StoredPlan, check
from sspr_core.model.run import RunId
from sspr_core.ports.mail import Mailing
from sspr_core.ports.reports import Reports
from sspr_core.ports.services import Services
from sspr_core.ports.storage import OperatorSettings, Tenants
from sspr_core.report.languages import known
from sspr_core.report.responses import Json, plan_details, plan_view

_BAD = frozenset({DeliveryState.BOUNCED, DeliveryState.SUPPRESSED, DeliveryState.FAILED, DeliveryState.UNSURE})


async def kept_plan(tenant: TenantId | None, scope: Scope, tenants: Tenants, own: OperatorSettings) -> StoredPlan:
    """The stored plan. Raises NotFound outside the scope, and for an unknown tenant."""
    if tenant is not None:
        await tenants.get(scope, tenant)
    return await own.report_plan(scope, tenant)


async def set_plan(
    tenant: TenantId | None,
    plan: ReportPlan,
    scope: Scope,
    tenants: Tenants,
    own: OperatorSettings,
    *,
    by: str,
    now: datetime,
) -> None:
    """Store the plan. Raises NotFound as kept_plan(), Invalid with the field at fault; then writes nothing."""
    before = await kept_plan(tenant, scope, tenants, own)
    check_plan(tenant, plan)
    await own.save_report_plan(tenant, plan, begins_at=begins_at(before, plan, now=now), by=by, at=now)


def check_plan(tenant: TenantId | None, plan: ReportPlan) -> None:
    """Raises Invalid with the field at fault. A tenant's files list users by name, so they need `names`."""
    check(plan, tuple(known()))
    if tenant is not None and plan.attachments and not plan.names:
        raise Invalid("attachments", "name the users to register, and the report is to name nobody")


def begins_at(before: StoredPlan, plan: ReportPlan, *, now: datetime) -> datetime:
    """A new timing is not due for the past; an unchanged one keeps its begin, so that no other change of the plan
    drops a report that is due now.
    """
    same = before.begins_at is not None and timing(before.plan) == timing(plan)
    return before.begins_at if same and before.begins_at else now


def timing(plan: ReportPlan) -> tuple[object, ...]:
    return (plan.scheduled, plan.weekday, plan.day_of_month, plan.hour, plan.zone)


async def plan_of(tenant: TenantId | None, scope: Scope, services: Services, *, now: datetime) -> Json:
    """The plan, its state, and the addresses that the last report did not reach. Raises NotFound."""
    kept = await kept_plan(tenant, scope, services.tenants, services.own)
    state = (await services.reports.state(scope, tenant)).beside(kept)
    last = await services.reports.last(scope, tenant, before=now + timedelta(seconds=1))
    bad = await not_delivered(last, services.post) if last else []
    return plan_details(kept, state, last, bad, now=now)


async def plans(scope: Scope, services: Services, *, now: datetime) -> list[Json]:
    """All plans, the one over all tenants first, then by the tenants' names."""
    names = {known.tenant_id: known.display_name for known in await services.tenants.known(scope)}
    states = {state.tenant_id: state for state in await services.reports.states(scope)}
    found = []
    for kept in await services.own.report_plans(scope):
        state = states.get(kept.tenant_id, ReportState(tenant_id=kept.tenant_id)).beside(kept)
        name = "" if kept.tenant_id is None else names.get(kept.tenant_id, kept.tenant_id)
        found.append(plan_view(kept, state, now=now) | {"display_name": name})
    return sorted(found, key=lambda one: (str(one["display_name"]).casefold(), str(one["tenant_id"])))


async def not_delivered(sent: SentReport, post: Mailing) -> list[Delivery]:
    """Those of its emails that bounced, failed, or whose outcome is unknown."""
    return [row async for rows in post.deliveries.pages(sent.run_id, states=_BAD) for row in rows]


async def sent_report(tenant: TenantId | None, run: RunId, scope: Scope, reports: Reports) -> SentReport:
    """The report that this run sent. Raises NotFound."""
    try:
        made_at = datetime.fromtimestamp((int(run, 16) >> 8) / 1000, UTC)  # a run's id begins with its time
    except ValueError as error:  # beyond the calendar
        raise NotFound(run) from error
    found = await reports.last(scope, tenant, before=made_at + timedelta(milliseconds=1))
    if found is None or found.run_id != run:
        raise NotFound(run)
    return found
