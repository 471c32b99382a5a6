"""Writes a reading: first the changed users, then the day's row, then the status row, which commits it."""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime

from sspr_core.model.errors import ClaimLost, Conflict, TryAgain
from sspr_core.model.ids import EVERY_TENANT, TenantId
from sspr_core.model.problem import Access, AccessError
from sspr_core.model.tenant import TenantStatus
from sspr_core.ports.storage import MOST_PER_WRITE, Difference, Registrations, Tenants
from sspr_core.snapshot.concurrency import Lease
from sspr_core.snapshot.diff import differences
from sspr_core.snapshot.reading import Reading

_LOOKS = 3  # attempts; a stored row that differs from its mark means that an earlier try of this write succeeded


async def save_users(
    tenant: TenantId, reading: Reading, registrations: Registrations, hold: Lease, *, previous_at: datetime | None
) -> int:
    """Write the users that differ from the reading; returns how many rows were written.

    Safe to repeat: what is written already no longer differs. Raises ClaimLost and TryAgain.
    """
    await hold.begin_writing()
    for _ in range(_LOOKS):
        try:
            return await _save_once(tenant, reading, registrations, hold, previous_at=previous_at)
        except Conflict:
            await hold.renew()
    raise TryAgain(
        trouble=AccessError(word=Access.UNAVAILABLE, code="storage_conflict", message="Stored rows kept changing.")
    )


async def _save_once(
    tenant: TenantId, reading: Reading, registrations: Registrations, hold: Lease, *, previous_at: datetime | None
) -> int:
    count = 0
    fence = await registrations.fence(hold.claim)
    found = differences(reading.packed, registrations.marks(tenant), at=hold.started_at, previous_at=previous_at)
    async with aclosing(found):
        async for some in _batched(found, MOST_PER_WRITE):
            await hold.keep()
            fence = await registrations.write(hold.claim, fence, some, at=hold.started_at)
            count += len(some)
    return count


async def _batched(found: AsyncIterator[Difference], size: int) -> AsyncIterator[list[Difference]]:
    some: list[Difference] = []
    async for difference in found:
        some.append(difference)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some


async def commit_status(
    tenants: Tenants,
    seen: TenantStatus,
    becomes: Callable[[TenantStatus], TenantStatus],
    *,
    started_at: datetime,
) -> None:
    """Write the outcome of an attempt that began at `started_at` to the status row: the commit point.

    Keeps the due time of a refresh that was requested after `seen` was read. Raises ClaimLost when a snapshot that
    began later was committed in between; overwrites one that began earlier, by a worker that had lost its claim.
    """
    current = seen
    while True:
        after = becomes(current)
        if current.next_due_at != seen.next_due_at and current.last_started_at == seen.last_started_at:
            after = replace(after, next_due_at=current.next_due_at)
        try:
            await tenants.save_status(after)
        except Conflict:
            current = (await tenants.get(EVERY_TENANT, seen.tenant_id)).status
            if replace(current, etag=None) == replace(after, etag=None):
                return  # our own write, whose answer was lost
            if current.last_started_at and current.last_started_at > started_at:
                raise ClaimLost from None
        else:
            return
