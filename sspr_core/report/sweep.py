"""Every quarter of an hour: which reports are due, and which were accepted and are not in the archive."""

import logging
from datetime import datetime, timedelta

from sspr_core.model.errors import NotFound
from sspr_core.model.ids import TenantId
from sspr_core.model.report_job import ReportJob
from sspr_core.model.report_state import KeptPlan, ReportState
from sspr_core.model.run import ALL_TENANTS, Run
from sspr_core.model.scope import EVERY_TENANT
from sspr_core.ports.reports import ReportJobs, Reports
from sspr_core.ports.services import World
from sspr_core.ports.storage import OwnSettings
from sspr_core.report.archive import settle
from sspr_core.report.plans import sent_report
from sspr_core.report.schedule import due
from sspr_core.report.triggers import POISON

log = logging.getLogger(__name__)

RESTS = timedelta(hours=6)  # what failed ten times in a row
_AT_IT = timedelta(minutes=5)  # so long whoever has it accepted may just be archiving it
_LOOKED_FOR = timedelta(days=1)


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


async def settle_accepted(world: World, *, now: datetime) -> None:
    """Archive the reports whose runs were accepted just before the app stopped, or storage was away.

    A scheduled one is asked for anew until it is archived; of one that somebody asked for nobody else would know.
    """
    for run in await world.post.runs.unfinished(now=now):
        if run.report is not None and _AT_IT < now - run.created_at < _LOOKED_FOR:
            await _settle_missing(run, None if run.report == ALL_TENANTS else TenantId(run.report), world)


async def _settle_missing(run: Run, tenant: TenantId | None, world: World) -> None:
    try:
        await sent_report(tenant, run.run_id, EVERY_TENANT, world.reports)
    except NotFound:
        log.warning("run %s: its report was not archived, and is now", run.run_id)
        await settle(run, tenant, None, world)
