"""Records the outcome of a report: accepted as a run, or refused."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sspr_core.model.errors import Conflict
from sspr_core.model.ids import EVERY_TENANT, Scope, TenantId
from sspr_core.model.mail_service import SENDING_IS_OFF, SENDING_OFF, TO_SEND
from sspr_core.model.report_plan import ReportState, ReportTrouble, SentReport, StoredPlan
from sspr_core.model.run import Run
from sspr_core.model.tenant import Lifecycle
from sspr_core.ports.reports import Reports
from sspr_core.ports.services import Services

log = logging.getLogger(__name__)

NO_RECIPIENTS, TENANT_CLOSED = "no_recipients", "tenant_closed"


class ReportRefused(Exception):
    """The report was refused; nothing was written.

    `code` is for programs; `message` is a sentence on the problem, `remedy` one on what to do.
    """

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}")
        self.code = code
        self.message = message
        self.remedy = remedy


async def refuse(kept: StoredPlan, scope: Scope, services: Services, *, scheduled: bool) -> None:
    """Raises ReportRefused unless a report of the plan can be made, NotFound outside the scope.

    While sending is off a scheduled report is still made, for the archive; a requested one is refused, as it is meant
    to be mailed. A tenant without a snapshot or without licences is not refused: its report says so.
    """
    known = await services.tenants.get(scope, kept.tenant_id) if kept.tenant_id else None
    if services.post.sending_off and not scheduled:
        raise ReportRefused(SENDING_OFF, SENDING_IS_OFF, TO_SEND)
    if not kept.plan.recipients:
        raise ReportRefused(NO_RECIPIENTS, "The report has no recipients.", "Name at least one address.")
    if known and known.lifecycle in (Lifecycle.REMOVED, Lifecycle.INACTIVE):
        raise ReportRefused(
            TENANT_CLOSED,
            f"The tenant is {known.lifecycle}: nothing is read of it any more.",
            "Set it active again, or switch its report off.",
        )


async def archive_run(run: Run, tenant: TenantId | None, due_at: datetime | None, services: Services) -> None:
    """Archive the run's report, mailed or not, then mark the occurrence as done. Safe to repeat."""
    pinned = await services.post.runs.letter(run.run_id)
    await services.reports.archive(SentReport(run_id=run.run_id, report=pinned.report, mailed=run.mailed))
    await _change(services.reports, tenant, lambda state: sent(state, due_at))


async def record(tenant: TenantId | None, trouble: ReportTrouble, reports: Reports) -> None:
    """Show the problem on the plan; the occurrence stays due."""
    log.error("the report of %s was not sent: %s", tenant or "all tenants", trouble.code)
    await _change(reports, tenant, lambda state: replace(state, trouble=trouble))


async def record_refused(tenant: TenantId | None, refused: ReportRefused, reports: Reports, *, now: datetime) -> None:
    """As record(); a refusal that repeats every quarter of an hour keeps the time of the first."""
    before = (await reports.state(EVERY_TENANT, tenant)).trouble
    at = before.at if before and before.code == refused.code else now
    trouble = ReportTrouble(code=refused.code, message=refused.message, remedy=refused.remedy, at=at)
    log.warning("the report of %s is not sent: %s", tenant or "all tenants", refused.code)
    await _change(reports, tenant, lambda state: replace(state, trouble=trouble))


def sent(state: ReportState, due_at: datetime | None) -> ReportState:
    """The state after a sent report: keeps the latest occurrence, in whatever order they are recorded."""
    done = [at for at in (state.due_at, due_at) if at is not None]
    return replace(state, due_at=max(done, default=None), trouble=None)


async def _change(reports: Reports, tenant: TenantId | None, becomes: Callable[[ReportState], ReportState]) -> None:
    """Read and write again until it is stored."""
    while True:
        state = await reports.state(EVERY_TENANT, tenant)
        wanted = becomes(state)
        if wanted == state:
            return
        try:
            await reports.save_state(wanted)
        except Conflict:
            continue
        return
