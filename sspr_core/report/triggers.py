"""Handles the report timer and its queue: queues due reports, prepares one, and records failures."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from sspr_core.model.backoff import Backoff
from sspr_core.model.errors import NotFound, TryAgain
from sspr_core.model.ids import EVERY_TENANT, TenantId
from sspr_core.model.queue_messages import ReportJob
from sspr_core.model.report_plan import ReportState, ReportTrouble, StoredPlan
from sspr_core.model.run import ALL_TENANTS, Run
from sspr_core.ports.reports import ReportJobs, Reports
from sspr_core.ports.services import Services
from sspr_core.ports.storage import OperatorSettings
from sspr_core.report.archive import ReportRefused, archive_run, record, record_refused
from sspr_core.report.plans import sent_report
from sspr_core.report.prepare import prepare, scheduled
from sspr_core.report.schedule import due

log = logging.getLogger(__name__)

POISON = "poison_message"
COPIES = Backoff(first=timedelta(minutes=1), longest=timedelta(minutes=10))  # when the error names no time
_COPIED_FOR = timedelta(hours=24)  # then the next sweep queues a new message, if the report is still due

RESTS = timedelta(hours=6)  # before a report that failed ten times in a row is tried again
_AT_IT = timedelta(minutes=5)  # in this time the process that accepted the run may still be archiving it
_LOOKED_FOR = timedelta(days=1)


async def handle_report_message(job: ReportJob, services: Services, *, now: datetime) -> None:
    """Prepare the report if this occurrence is still due; after a temporary error, queue a delayed copy."""
    try:
        if await is_wanted(job, services, now=now):
            await prepare(scheduled(job.tenant_id, job.due_at), EVERY_TENANT, services, now=now)
    except ReportRefused as refused:
        await record_refused(job.tenant_id, refused, services.reports, now=now)
    except NotFound:
        log.error("the report of tenant %s was asked for, which is not known; the message is dropped", job.tenant_id)
    except TryAgain as error:
        await _again(job, error, services, now=now)


async def is_wanted(job: ReportJob, services: Services, *, now: datetime) -> bool:
    """False if it was prepared meanwhile, a later occurrence is due, or the plan has changed."""
    kept = await services.own.report_plan(EVERY_TENANT, job.tenant_id)
    state = await services.reports.state(EVERY_TENANT, job.tenant_id)
    if kept.begins_at is None:
        return False
    return due(kept.plan, begins_at=kept.begins_at, last=state.due_at, now=now) == job.due_at


async def _again(job: ReportJob, error: TryAgain, services: Services, *, now: datetime) -> None:
    if now - job.first_at >= _COPIED_FOR:
        log.error("the report of %s: storage was away for a day; the sweep asks anew", job.tenant_id or "all tenants")
        return
    wait = error.after or COPIES.after(job.attempt)
    await services.report_jobs.send([replace(job, attempt=job.attempt + 1)], after=wait)


async def record_poison(body: bytes, services: Services, *, now: datetime) -> None:
    """Show on the plan that its message failed ten times; the report then rests for 6 hours.

    While storage is unavailable nothing is shown, but nothing is lost: the report is still due, and the sweep queues
    it again.
    """
    try:
        job = ReportJob.from_json(body)
    except ValueError:
        log.error("a message of %d bytes in the queue of reports is no job; it is dropped", len(body))
        return
    trouble = ReportTrouble(
        code=POISON,
        message="The app failed on this report ten times in a row.",
        remedy="Look into its log for the errors; the report is tried again within hours, or send it now.",
        at=now,
    )
    try:
        if await is_wanted(job, services, now=now):
            await record(job.tenant_id, trouble, services.reports)
    except TryAgain:
        log.error("that could not be recorded, storage is away; the next sweep asks anew")


async def queue_due(own: OperatorSettings, reports: Reports, jobs: ReportJobs, *, now: datetime) -> int:
    """Queue each report that is due; returns how many. A lost message is queued again by the next timer."""
    states = {state.tenant_id: state for state in await reports.states(EVERY_TENANT)}
    found = [
        ReportJob(tenant_id=kept.tenant_id, due_at=at, first_at=now)
        for kept in await own.report_plans(EVERY_TENANT)
        if (at := wanted(kept, states.get(kept.tenant_id), now=now))
    ]
    await jobs.send(found)
    return len(found)


def wanted(kept: StoredPlan, state: ReportState | None, *, now: datetime) -> datetime | None:
    """The occurrence to prepare now; None: there is none."""
    if kept.begins_at is None:
        return None
    trouble = state.trouble if state else None
    if trouble and trouble.code == POISON and now - trouble.at < RESTS:
        return None
    return due(kept.plan, begins_at=kept.begins_at, last=state.due_at if state else None, now=now)


async def settle_accepted(services: Services, *, now: datetime) -> None:
    """Archive the reports whose runs were accepted just before the app stopped or storage became unavailable.

    A scheduled report is queued again until it is archived; a requested one is found only here.
    """
    for run in await services.post.runs.unfinished(now=now):
        if run.report is not None and _AT_IT < now - run.created_at < _LOOKED_FOR:
            await _settle_missing(run, None if run.report == ALL_TENANTS else TenantId(run.report), services)


async def _settle_missing(run: Run, tenant: TenantId | None, services: Services) -> None:
    try:
        await sent_report(tenant, run.run_id, EVERY_TENANT, services.reports)
    except NotFound:
        log.warning("run %s: its report was not archived, and is now", run.run_id)
        await archive_run(run, tenant, None, services)
