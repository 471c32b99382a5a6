"""Formats reports for the pages, and finds the tenant that one is about."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Request

from sspr_core.model.errors import NotFound
from sspr_core.model.ids import Scope, TenantId, tenant_id
from sspr_core.model.report_plan import ReportPlan, SentReport
from sspr_core.ports.services import Services
from sspr_core.report.languages import known

OVER_ALL, OF_TENANT = "/p/reports/all-tenants", "/p/tenants/{tenant_id}/report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Identifies a report. `tenant_id` None: the one over all tenants. `base`: the path of its page."""

    tenant_id: TenantId | None

    @property
    def base(self) -> str:
        return OF_TENANT.format(tenant_id=self.tenant_id) if self.tenant_id else OVER_ALL

    async def name(self, scope: Scope, services: Services) -> str:
        """The tenant's name. Raises NotFound outside the scope, and for an unknown tenant."""
        if self.tenant_id is None:
            return "All tenants"
        return (await services.tenants.get(scope, self.tenant_id)).display_name


def _whose(request: Request) -> Whose:
    given = request.path_params.get("tenant_id")
    try:
        return Whose(tenant_id=tenant_id(given) if given else None)
    except ValueError as error:
        raise NotFound(given) from error


TheReport = Annotated[Whose, Depends(_whose)]


def rhythm(plan: ReportPlan) -> str:
    """When the report is sent, as a sentence without its full stop."""
    if not plan.scheduled:
        return "Not by itself"
    at = f"at {plan.hour:02}:00, {plan.zone}"
    if plan.weekday:
        return f"Every {plan.weekday.title()} {at}"
    if plan.day_of_month and plan.day_of_month > 28:
        return f"On day {plan.day_of_month} of every month, or its last, {at}"
    return f"On day {plan.day_of_month} of every month {at}"


def there(at: datetime | None, zone: str) -> str:
    """A date and time of day in a zone."""
    return f"{at.astimezone(ZoneInfo(zone)):%-d %b %Y, %H:%M}" if at else "–"


def languages() -> dict[str, str]:
    return {tag: texts.name for tag, texts in known().items()}


def sent_link(base: str, sent: SentReport) -> str:
    """The path of a sent report's page; the report is identified by the run that sent it."""
    return f"{base}/sent/{sent.run_id}"
