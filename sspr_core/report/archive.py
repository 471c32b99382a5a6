"""What is written of a report when its run is accepted, or when it could not be sent."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sspr_core.model.errors import Conflict
from sspr_core.model.ids import TenantId
from sspr_core.model.report_state import ReportState, ReportTrouble, SentReport
from sspr_core.model.run import Run
from sspr_core.model.scope import EVERY_TENANT
from sspr_core.ports.reports import Reports
from sspr_core.ports.services import World
from sspr_core.report.refused import ReportRefused

log = logging.getLogger(__name__)


async def settle(run: Run, tenant: TenantId | None, due_at: datetime | None, world: World) -> None:
    """Archive what its letter says, mailed or not, and then let the occurrence be done with. Safe to repeat."""
    pinned = await world.post.runs.letter(run.run_id)
    await world.reports.archive(SentReport(run_id=run.run_id, report=pinned.report, mailed=run.mailed))
    await _change(world.reports, tenant, lambda state: sent(state, due_at))


async def record(tenant: TenantId | None, trouble: ReportTrouble, reports: Reports) -> None:
    """Show it on the plan; the occurrence stays due."""
    log.error("the report of %s was not sent: %s", tenant or "all tenants", trouble.code)
    await _change(reports, tenant, lambda state: replace(state, trouble=trouble))


async def record_refused(tenant: TenantId | None, refused: ReportRefused, reports: Reports, *, now: datetime) -> None:
    """As record; what is refused every quarter of an hour keeps the time of the first."""
    before = (await reports.state(EVERY_TENANT, tenant)).trouble
    at = before.at if before and before.code == refused.code else now
    trouble = ReportTrouble(code=refused.code, message=refused.message, remedy=refused.remedy, at=at)
    log.warning("the report of %s is not sent: %s", tenant or "all tenants", refused.code)
    await _change(reports, tenant, lambda state: replace(state, trouble=trouble))


def sent(state: ReportState, due_at: datetime | None) -> ReportState:
    """The latest occurrence stands, whichever is settled last."""
    done = [at for at in (state.due_at, due_at) if at is not None]
    return replace(state, due_at=max(done, default=None), trouble=None)


async def _change(reports: Reports, tenant: TenantId | None, becomes: Callable[[ReportState], ReportState]) -> None:
    """Read and written again until it stands."""
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
