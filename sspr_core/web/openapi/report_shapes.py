"""Shapes of the answers about reports and health."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from sspr_core.health.checks import Health
from sspr_core.model.counts import SsprScope
from sspr_core.model.delivery import DeliveryState
from sspr_core.model.problem import Access
from sspr_core.model.registration import Excluded
from sspr_core.model.tenant import Lifecycle
from sspr_core.web.openapi.shapes import Change, Continuation, Count, CountsShape, PointShape, Shape, Share


class ReportProblemShape(Shape):
    """Why the report that is due was not made."""

    code: str = Field(examples=["no_recipients"])
    message: str
    remedy: str
    at: datetime


class ReportPlanShape(Shape):
    tenant_id: UUID | None = Field(description="null: over all tenants")
    scheduled: bool = Field(description="it goes out by itself")
    weekday: str | None = Field(examples=["monday"])
    day_of_month: int | None = Field(description="past the month's end: its last day")
    hour: int = Field(examples=[8])
    zone: str = Field(examples=["Europe/Berlin"])
    recipients: list[str]
    language: str | None = Field(description="null: the tenant's; over all tenants, the default")
    names: bool = Field(description="users' names, not only how many")
    attachments: list[Literal["csv", "xlsx"]]
    set_by: str | None = Field(description="null: nobody has set it")
    set_at: datetime | None
    next_due_at: datetime | None
    last_due_at: datetime | None = Field(
        description="the last time it was due and was sent, or made while sending was off"
    )
    problem: ReportProblemShape | None = Field(description="why it was not made when it was due; null: it was")


class NotDeliveredShape(Shape):
    address: str
    state: DeliveryState
    reason: str | None


class ReportPlanDetailsShape(ReportPlanShape):
    last_sent_at: datetime | None = Field(description="when the last report was made, also one that was asked for")
    last_run_id: str | None
    last_mailed: bool | None = Field(
        description="false: sending was off, and it is only in the archive; null: none yet"
    )
    not_delivered: list[NotDeliveredShape] = Field(description="of the last report's emails, as far as is known")


class NamedPlanShape(ReportPlanShape):
    display_name: str = Field(description="the tenant's; empty: all tenants")


class ReportPlansShape(Shape):
    items: list[NamedPlanShape] = Field(description="the one over all tenants first")


class ReportSentNowShape(Shape):
    run_id: str = Field(description="sends it; see runs", examples=["19cad3f2a0b47e"])
    recipient_count: int


class ReportTroubleShape(Shape):
    word: Access
    since: datetime
    remedy: str


class SentReportShape(CountsShape):
    run_id: str
    mailed: bool = Field(description="false: it was due while sending was off, and is only here")
    tenant_id: UUID | None
    tenant_name: str
    as_of: datetime
    since: datetime | None = Field(description="when the report before was made; null: the first one")
    due_at: datetime | None = Field(description="null: somebody asked for it")
    late: bool
    language: str
    zone: str
    coverage_change: Change
    sspr_scope: SsprScope | None
    admin_to_register_count: int
    newly_registered_count: int
    single_method_count: int
    phone_only_count: int
    licence_shortfall_count: Count
    excluded_by_reason: dict[Excluded, int]
    last_success_at: datetime | None
    fresh: bool
    problem: ReportTroubleShape | None


class SentReportsShape(Shape):
    items: list[SentReportShape] = Field(description="newest first")
    continuation: Continuation


class RunSinceShape(Shape):
    run_id: str
    template: str
    created_at: datetime
    mailed_count: int
    registered_count: int = Field(description="seen registered after the email")


class ReportRowShape(Shape):
    tenant_id: UUID
    display_name: str
    coverage: Share
    coverage_change: Change
    population_count: Count
    to_register_count: Count
    last_success_at: datetime | None
    fresh: bool
    problem: Access | None


class NotReadShape(ReportTroubleShape):
    tenant_id: UUID
    display_name: str


class AllTenantsShape(Shape):
    tenant_count: int
    expected: int
    fresh: int
    stale: int
    failed_count: int
    failed: list[NotReadShape] = Field(description="the first of them")
    tenants_by_lifecycle: dict[Lifecycle, int]
    tenants_by_sspr_scope: dict[SsprScope, int]
    row_count: int
    rows: list[ReportRowShape] = Field(description="the first of them, the lowest coverage first")


class SentReportDetailsShape(SentReportShape):
    course: list[PointShape] = Field(description="oldest first")
    runs: list[RunSinceShape] = Field(description="since the report before, newest first")
    all_tenants: AllTenantsShape | None = Field(description="null: a tenant's report")


class CheckShape(Shape):
    name: str = Field(examples=["queue snapshots"])
    status: Health = Field(description="warn: works, or will again by itself; fail: somebody has to do something")
    said: str = Field(description="what was found", examples=["Entra gives the app a token for your own tenant."])
    to_do: str | None = Field(description="null: nothing")


class HealthShape(Shape):
    as_of: datetime
    status: Health = Field(description="the worst of the checks")
    checks: list[CheckShape]
