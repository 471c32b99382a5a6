"""Takes one snapshot of one tenant, from the queue message to the commit."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from sspr_core.model.clock import Clock
from sspr_core.model.errors import ClaimLost, GiveUp, TryAgain
from sspr_core.model.graph_rows import Organization
from sspr_core.model.history import SnapshotHeader
from sspr_core.model.ids import EVERY_TENANT, TenantId
from sspr_core.model.problem import CREDENTIAL_SETTLES_IN, Access, AccessError, credential_failed, with_since
from sspr_core.model.queue_messages import SnapshotJob
from sspr_core.model.tenant import Eligibility, TenantRecord, TenantStatus
from sspr_core.ports.services import Services
from sspr_core.ports.storage import TenantDirectory
from sspr_core.ports.telemetry import GRAPH, Metric, Span
from sspr_core.snapshot import tenant_status
from sspr_core.snapshot.classification import read_licensing
from sspr_core.snapshot.concurrency import LEASE, LargeTenantSlot, Lease
from sspr_core.snapshot.reading import Reading, read
from sspr_core.snapshot.schedule import COPIES, COPIES_END, LOST_COPY
from sspr_core.snapshot.store import commit_status, save_users

log = logging.getLogger(__name__)

AFTER_A_CLAIM = timedelta(seconds=10)  # more than two workers' clocks differ
NO_ROOM = timedelta(minutes=5)  # retry delay of a large tenant while another one is being read


@dataclass(frozen=True, slots=True)
class Retry:
    """The copy of the message to send, and its delay."""

    job: SnapshotJob
    after: timedelta


async def take(job: SnapshotJob, services: Services, *, clock: Clock, large: asyncio.Semaphore) -> Retry | None:
    """Read the tenant and store what changed; a problem is recorded on the tenant.

    Returns the copy of the message if it must be retried. Raises TryAgain when storage is unavailable, and NotFound
    for an unknown tenant. Does nothing if the tenant was removed, switched off, or handled in the meantime.
    """
    owner = str(uuid4())
    claim = await services.claims.take(job.tenant_id, owner, now=clock(), lease=LEASE)
    if isinstance(claim, datetime):
        return Retry(job, claim - clock() + AFTER_A_CLAIM)  # another worker has it: keep the message and check later
    hold, room = Lease(services.claims, claim, clock), LargeTenantSlot(large)
    try:
        known = await services.tenants.get(EVERY_TENANT, job.tenant_id)
        if not is_wanted(known, job):
            return None
        if not await room.entered_by(known.status.user_count or 0):
            return Retry(job, NO_ROOM)
        with services.telemetry.span("snapshot", {"tenant_id": job.tenant_id, "attempt": job.attempt}) as span:
            return await _attempt(job, known.status, services, hold, room, span=span, clock=clock)
    except ClaimLost:
        log.warning("tenant %s: taken over by another worker; this attempt is dropped", job.tenant_id)
        return None
    finally:
        room.leave()
        await hold.release()


def is_wanted(known: TenantRecord, job: SnapshotJob) -> bool:
    """Whether to read: in relationship, not switched off, and not handled since the message was sent."""
    if not known.tenant.in_relationship or known.tenant.switched_off:
        return False
    started, due_at = known.status.last_started_at, known.status.next_due_at
    if job.due_at and due_at and due_at > job.due_at:
        return False
    return started is None or started < job.queued_at


async def _attempt(
    job: SnapshotJob,
    seen: TenantStatus,
    services: Services,
    hold: Lease,
    room: LargeTenantSlot,
    *,
    span: Span,
    clock: Clock,
) -> Retry | None:
    """Read and store; record an error as the tenant's problem."""
    try:
        await _read_and_store(seen, services, hold, room, span=span, clock=clock)
    except GiveUp as error:
        span.note({"trouble": error.trouble.word}, failed=True)
        await _record(error.trouble, seen, services, hold, partial(tenant_status.after_permanent, now=clock()))
    except TryAgain as error:
        trouble = error.trouble or AccessError(
            word=Access.UNAVAILABLE, code="storage", message="Storage did not answer."
        )
        span.note({"trouble": trouble.word}, failed=True)
        problem = with_since(trouble, seen.problem, now=clock())
        if credential_failed(problem, now=clock()):
            services.telemetry.count(Metric.CREDENTIAL_FAILURES, GRAPH)
            await _record(trouble, seen, services, hold, partial(tenant_status.after_permanent, now=clock()))
            return None
        if clock() - job.first_at >= COPIES_END:
            every = services.terms.snapshot_every
            becomes = partial(tenant_status.after_a_day_of_tries, now=clock(), every=every)
            await _record(trouble, seen, services, hold, becomes)
            return None
        after = max(error.after or timedelta(0), COPIES.after(job.attempt))
        if problem.word is Access.APP_CREDENTIAL:
            after = min(after, problem.began_at + CREDENTIAL_SETTLES_IN - clock())
        due_at = clock() + after + LOST_COPY
        await _record(trouble, seen, services, hold, partial(tenant_status.after_temporary, now=clock(), due_at=due_at))
        return Retry(job.next_try(due_at=due_at), after)
    return None


async def _read_and_store(
    seen: TenantStatus, services: Services, hold: Lease, room: LargeTenantSlot, *, span: Span, clock: Clock
) -> None:
    tenant, every = seen.tenant_id, services.terms.snapshot_every
    async with services.directories.open(tenant) as directory:
        await hold.keep()  # getting a token may take minutes
        organization = await _organization_of(tenant, directory)
        await hold.keep()
        licensing = read_licensing(await directory.licences())
        await hold.keep()
        licensed = partial(tenant_status.with_licensing, organization=organization, licensing=licensing, now=clock())
        if licensing.eligibility is Eligibility.INELIGIBLE:
            await commit_status(
                services.tenants,
                seen,
                lambda status: tenant_status.after_licences_only(
                    licensed(status), started_at=hold.started_at, every=every
                ),
                started_at=hold.started_at,
            )
            return
        reading = await read(directory, licensing.premium_plans, started_at=hold.started_at, room=room, keep=hold.keep)
    span.note({"page_count": reading.page_count})
    if reading.dropped_count:
        log.info("tenant %s: %d rows of the report have no user", tenant, reading.dropped_count)
    if reading.digest != seen.digest or hold.claim.unfinished:
        await save_users(tenant, reading, services.registrations, hold, previous_at=seen.last_started_at)
    header = _header(reading, hold, clock)
    await hold.keep()
    await services.coverage.save_snapshot(tenant, header)
    await commit_status(
        services.tenants,
        seen,
        lambda status: tenant_status.after_snapshot(licensed(status), header, reading, every=every),
        started_at=hold.started_at,
    )
    hold.committed()


async def _organization_of(tenant: TenantId, directory: TenantDirectory) -> Organization:
    organization = await directory.organization()
    if organization.id.lower() != tenant:
        raise GiveUp(
            AccessError(word=Access.WRONG_TENANT, code="organization", message="The answers are another tenant's.")
        )
    return organization


def _header(reading: Reading, hold: Lease, clock: Clock) -> SnapshotHeader:
    return SnapshotHeader(
        snapshot_id=hold.claim.owner,
        started_at=hold.started_at,
        finished_at=clock(),
        user_count=len(reading.packed),
        counts=reading.counts,
        excluded_by_reason=reading.excluded_by_reason,
        licence_shortfall_count=reading.licence_shortfall_count,
        digest=reading.digest,
    )


async def _record(
    trouble: AccessError,
    seen: TenantStatus,
    services: Services,
    hold: Lease,
    becomes: Callable[[TenantStatus, AccessError], TenantStatus],
) -> None:
    """Record the problem on the tenant's status and in the day's row; the last good snapshot stays."""
    log.warning("tenant %s: %s (%s)", seen.tenant_id, trouble.word, trouble.code)
    at = hold.started_at
    await services.coverage.save_failure(seen.tenant_id, with_since(trouble, seen.problem, now=at), at=at)
    await commit_status(services.tenants, seen, lambda status: becomes(status, trouble), started_at=at)
