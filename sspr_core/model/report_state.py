"""What became of a plan: the row the app writes beside it, and the reports that were sent."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from sspr_core.model.ids import TenantId
from sspr_core.model.report import Report
from sspr_core.model.report_plan import ReportPlan
from sspr_core.model.run import RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPlan:
    """A plan as it is kept, of a tenant or (None) over all; `at` None: nobody has set one.

    `begins_at`: since when its timing is this one. Other changes leave it: they do not lose what is due just then.
    """

    tenant_id: TenantId | None
    plan: ReportPlan = field(default_factory=ReportPlan)
    by: str | None = None
    at: datetime | None = None
    begins_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTrouble:
    """Why a report was not sent, and what to do; shown on its plan until one is."""

    code: str  # for programs
    message: str
    remedy: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportState:
    """One writer: preparing. `due_at`: the last occurrence that needs nothing more."""

    tenant_id: TenantId | None
    due_at: datetime | None = None
    trouble: ReportTrouble | None = None
    etag: str | None = None

    def beside(self, kept: KeptPlan) -> "ReportState":
        """As it is shown with the plan: what does not go out by itself any more misses nothing."""
        return self if kept.plan.scheduled else replace(self, trouble=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentReport:
    """An archived report, without names; its emails are the run's deliveries.

    Not `mailed`: it was made while sending was off, and its run has none.
    """

    run_id: RunId
    report: Report
    mailed: bool = True
