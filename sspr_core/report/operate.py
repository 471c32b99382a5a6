"""What operators set of reports."""

from datetime import datetime

from sspr_core.model.errors import Invalid
from sspr_core.model.ids import TenantId
from sspr_core.model.report_plan import ReportPlan, check
from sspr_core.model.report_state import KeptPlan
from sspr_core.model.scope import Scope
from sspr_core.ports.storage import OwnSettings, Tenants
from sspr_core.report.languages import known


async def kept_plan(tenant: TenantId | None, scope: Scope, tenants: Tenants, own: OwnSettings) -> KeptPlan:
    """Raises NotFound outside the scope, and for a tenant that is not known."""
    if tenant is not None:
        await tenants.get(scope, tenant)
    return await own.report_plan(scope, tenant)


async def set_plan(
    tenant: TenantId | None,
    plan: ReportPlan,
    scope: Scope,
    tenants: Tenants,
    own: OwnSettings,
    *,
    by: str,
    now: datetime,
) -> None:
    """Raises NotFound as kept_plan, Invalid with the field at fault: nothing is written then."""
    before = await kept_plan(tenant, scope, tenants, own)
    check_plan(tenant, plan)
    await own.save_report_plan(tenant, plan, begins_at=begins_at(before, plan, now=now), by=by, at=now)


def check_plan(tenant: TenantId | None, plan: ReportPlan) -> None:
    """Raises Invalid with the field at fault. A tenant's files are of users, by name."""
    check(plan, tuple(known()))
    if tenant is not None and plan.attachments and not plan.names:
        raise Invalid("attachments", "name the users to register, and the report is to name nobody")


def begins_at(before: KeptPlan, plan: ReportPlan, *, now: datetime) -> datetime:
    """A new timing is not due for the past; the same one goes on, so that no other change loses what is due now."""
    same = before.begins_at is not None and timing(before.plan) == timing(plan)
    return before.begins_at if same and before.begins_at else now


def timing(plan: ReportPlan) -> tuple[object, ...]:
    return (plan.scheduled, plan.weekday, plan.day_of_month, plan.hour, plan.zone)
