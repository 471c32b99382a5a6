"""Ensures one reader per tenant (a renewed lease) and one large tenant at a time per process."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sspr_core.model.clock import Clock
from sspr_core.model.errors import TryAgain
from sspr_core.model.problem import Access, AccessError
from sspr_core.ports.storage import Claim, Claims

LEASE = timedelta(minutes=5)
RENEW_WHEN_OLDER = timedelta(minutes=1)  # a page takes milliseconds to seconds: do not write to storage at each one

LARGE = 20_000  # users
LONGEST_WAIT = 600.0  # seconds, during a reading: links to next pages expire in the directory
_LOOK = 30.0  # seconds between two renewals of the claim


class Lease:
    """A claim that this worker holds. Every method raises ClaimLost when another worker has taken the tenant over."""

    def __init__(self, claims: Claims, claim: Claim, clock: Clock) -> None:
        self._claims = claims
        self._clock = clock
        self.claim = claim

    @property
    def started_at(self) -> datetime:
        return self.claim.started_at

    async def keep(self) -> None:
        """Renew the claim if that is due; call it at every page and every write."""
        if self.claim.until - self._clock() < LEASE - RENEW_WHEN_OLDER:
            await self.renew()

    async def renew(self) -> None:
        self.claim = await self._claims.renew(self.claim, now=self._clock(), lease=LEASE)

    async def begin_writing(self) -> None:
        """Mark the claim as unfinished: after a crash the next reader must know that rows may be half-written."""
        self.claim = replace(self.claim, unfinished=True)
        await self.renew()

    def committed(self) -> None:
        """Clear the mark: all rows are written and the status row says so."""
        self.claim = replace(self.claim, unfinished=False)

    async def release(self) -> None:
        await self._claims.release(self.claim)


class LargeTenantSlot:
    """The slot for one large tenant; small tenants need none. The code that creates it must call `leave`."""

    def __init__(self, large: asyncio.Semaphore) -> None:
        self._large = large
        self._held = False

    async def entered_by(self, user_count: int) -> bool:
        """Whether a tenant with this many users may begin; a large one may not while another is being read."""
        if user_count > LARGE and not self._held:
            if self._large.locked():
                return False
            await self._enter()
        return True

    async def grow(self, row_count: int, keep: Callable[[], Awaitable[None]]) -> float:
        """Wait for the slot if a tenant turns out to be large during the reading; returns the seconds waited.

        Calls `keep` while it waits. Raises TryAgain when the wait takes too long.
        """
        if row_count <= LARGE or self._held:
            return 0.0
        begun = time.monotonic()
        while not self._held:
            try:
                async with asyncio.timeout(_LOOK):
                    await self._enter()
            except TimeoutError:
                await keep()
                if time.monotonic() - begun > LONGEST_WAIT:
                    raise TryAgain(trouble=_BUSY) from None
        return time.monotonic() - begun

    async def _enter(self) -> None:
        self._held = await self._large.acquire()

    def leave(self) -> None:
        if self._held:
            self._held = False
            self._large.release()


_BUSY = AccessError(word=Access.UNAVAILABLE, code="busy", message="Other large tenants are being read; this one waits.")
