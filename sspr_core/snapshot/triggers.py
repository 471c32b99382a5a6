"""Handles the snapshot timer and its queue: a message leads to a snapshot, to a later copy of itself, or to a recorded
problem.
"""

import asyncio
import logging
from datetime import datetime
from functools import partial

from sspr_core.model.clock import Clock
from sspr_core.model.errors import ClaimLost, NotFound, TryAgain
from sspr_core.model.ids import EVERY_TENANT
from sspr_core.model.problem import Access, AccessError
from sspr_core.model.queue_messages import SnapshotJob
from sspr_core.ports.services import Services
from sspr_core.ports.storage import Jobs, Tenants
from sspr_core.snapshot import tenant_status
from sspr_core.snapshot.schedule import COPIES, due_tenants
from sspr_core.snapshot.store import commit_status
from sspr_core.snapshot.take import is_wanted, take

log = logging.getLogger(__name__)

POISON = AccessError(
    word=Access.OTHER,
    code="poison_message",
    message="The app failed on this tenant ten times in a row; its log has the errors.",
)


async def handle_snapshot_message(
    job: SnapshotJob, services: Services, *, clock: Clock, large: asyncio.Semaphore
) -> None:
    """Take the snapshot; on a temporary problem send a delayed copy, as a raised error uses up ten tries in minutes.

    A try that did not start (another worker's claim, storage unavailable) does not count as an attempt.
    """
    try:
        again = await take(job, services, clock=clock, large=large)
        if again:
            await services.jobs.send([again.job], after=again.after)
    except TryAgain as error:  # storage was unavailable before the reading began, or before its end was recorded
        await services.jobs.send([job], after=error.after or COPIES.after(job.attempt))
    except NotFound:
        # An old message of a tenant deleted by hand, or a foreign one: no row can record it, and no retry helps.
        log.error("a snapshot of tenant %s was asked for, which is not known; the message is dropped", job.tenant_id)


async def record_poison(body: bytes, services: Services, *, clock: Clock) -> None:
    """Record a message that failed ten times on its tenant, which is retried in an hour.

    While storage is unavailable nothing is recorded, and nothing is lost: the tenant is still due, and the sweep
    sends a new message.
    """
    try:
        job = SnapshotJob.from_json(body)
    except ValueError:
        log.error("a message of %d bytes in the queue of snapshots is no job; it is dropped", len(body))
        return
    log.error("tenant %s: its snapshot failed ten times", job.tenant_id)
    try:
        known = await services.tenants.get(EVERY_TENANT, job.tenant_id)
        if is_wanted(known, job):
            becomes = partial(tenant_status.after_permanent, trouble=POISON, now=clock())
            await commit_status(services.tenants, known.status, becomes, started_at=job.queued_at)
    except NotFound:
        log.error("a poisoned snapshot of tenant %s, which is not known, is dropped", job.tenant_id)
    except ClaimLost:
        log.info("tenant %s: a snapshot succeeded meanwhile", job.tenant_id)
    except TryAgain:
        log.error("tenant %s: that could not be recorded, storage is away; the next sweep asks anew", job.tenant_id)


async def queue_due(tenants: Tenants, jobs: Jobs, *, now: datetime) -> int:
    """Queue a snapshot of every due tenant, longest overdue first; returns how many.

    A tenant stays due until it is read, so a lost message delays it until the next sweep. A surplus message, sent
    while the tenant was being read, finds a later due time and does nothing.
    """
    due = due_tenants(await tenants.known(EVERY_TENANT), now=now)
    await jobs.send(
        [SnapshotJob.first(known.tenant_id, now=now, due_at=known.status.next_due_at or now) for known in due]
    )
    return len(due)
