"""What becomes of the queue's message: work done, a delayed copy, or a record that it could not be worked."""

import asyncio
import logging
from functools import partial

from sspr_core.model.errors import ClaimLost, NotFound, TryAgain
from sspr_core.model.ids import TenantId
from sspr_core.model.job import SnapshotJob
from sspr_core.model.problem import Access, Trouble
from sspr_core.model.scope import EVERY_TENANT
from sspr_core.model.tenant import TenantStatus
from sspr_core.snapshot import outcome
from sspr_core.snapshot.due import backoff
from sspr_core.snapshot.hold import Clock
from sspr_core.snapshot.store import settle
from sspr_core.snapshot.take import take
from sspr_core.world import World

log = logging.getLogger(__name__)

POISON = Trouble(
    word=Access.OTHER,
    code="poison_message",
    message="The app failed on this tenant five times in a row; its log has the errors.",
)


async def take_or_again(job: SnapshotJob, world: World, *, clock: Clock, large: asyncio.Semaphore) -> None:
    """Take the snapshot; temporary trouble sends a copy with its delay, for a raised error burns five tries in seconds.

    A try that got nowhere (somebody's claim, storage away before it began) does not count as an attempt.
    """
    try:
        await take(job, world, clock=clock, large=large)
    except TryAgain as error:
        after = error.after if error.after is not None else backoff(job.attempt)
        await world.jobs.send([job.next_try() if error.trouble else job], after=after)
    except NotFound:
        # An old message of a tenant deleted by hand, or a foreign one: no row to record it on, and no try mends it.
        log.error("a snapshot of tenant %s was asked for, which is not known; the message is dropped", job.tenant_id)


async def record_poison(body: bytes, world: World, *, clock: Clock) -> None:
    """A message that failed five times: shown on its tenant, which is looked at again in an hour."""
    try:
        job = SnapshotJob.from_json(body)
    except ValueError:
        log.error("a message of %d bytes in the queue of snapshots is no job; it is dropped", len(body))
        return
    try:
        known = await world.tenants.get(EVERY_TENANT, job.tenant_id)
    except NotFound:
        log.error("a poisoned snapshot of tenant %s, which is not known, is dropped", job.tenant_id)
        return
    if known.status.last_started_at and known.status.last_started_at >= job.queued_at:
        return
    log.error("tenant %s: its snapshot failed five times", job.tenant_id)
    await _record(job.tenant_id, known.status, world, clock)


async def _record(tenant: TenantId, seen: TenantStatus, world: World, clock: Clock) -> None:
    try:
        await settle(world.tenants, seen, partial(outcome.after_permanent, trouble=POISON, now=clock()))
    except ClaimLost:
        log.info("tenant %s: a snapshot succeeded meanwhile", tenant)
