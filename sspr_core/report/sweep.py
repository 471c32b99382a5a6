"""Every quarter of an hour: which reports are due."""

from datetime import datetime, timedelta

from sspr_core.model.report_job import ReportJob
from sspr_core.model.report_state import KeptPlan, ReportState
from sspr_core.model.scope import EVERY_TENANT
from sspr_core.ports import OwnSettings
from sspr_core.report.again import POISON
from sspr_core.report.due import due
from sspr_core.report_ports import ReportJobs, Reports

RESTS = timedelta(hours=6)  # what failed five times in a row


async def queue_due(own: OwnSettings, reports: Reports, jobs: ReportJobs, *, now: datetime) -> int:
    """Queue each report that is due, and say how many. One clock, self-healing: a lost message is asked for anew."""
    states = {state.tenant_id: state for state in await reports.states(EVERY_TENANT)}
    found = [
        ReportJob(tenant_id=kept.tenant_id, due_at=at, first_at=now)
        for kept in await own.report_plans(EVERY_TENANT)
        if (at := wanted(kept, states.get(kept.tenant_id), now=now))
    ]
    await jobs.send(found)
    return len(found)


def wanted(kept: KeptPlan, state: ReportState | None, *, now: datetime) -> datetime | None:
    """The occurrence to prepare now."""
    if kept.begins_at is None:
        return None
    trouble = state.trouble if state else None
    if trouble and trouble.code == POISON and now - trouble.at < RESTS:
        return None
    return due(kept.plan, begins_at=kept.begins_at, last=state.due_at if state else None, now=now)
