"""One reader per tenant (a lease that is renewed), and one large tenant per process."""

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
RENEW_WHEN_OLDER = timedelta(minutes=1)  # a page takes milliseconds to a few seconds: not every one needs a write

LARGE = 20_000  # users
LONGEST_WAIT = 600.0  # seconds, in the middle of a reading: the directory forgets where its pages go on
_LOOK = 30.0  # seconds between two renewals of the claim


class Lease:
    """A claim of ours. Every method raises ClaimLost when somebody else has taken the tenant over."""

    def __init__(self, claims: Claims, claim: Claim, clock: Clock) -> None:
        self._claims = claims
        self._clock = clock
        self.claim = claim

    @property
    def started_at(self) -> datetime:
        return self.claim.started_at

    async def keep(self) -> None:
        """Call at every page and every write: renews the claim when that is due."""
        if self.claim.until - self._clock() < LEASE - RENEW_WHEN_OLDER:
            await self.renew()

    async def renew(self) -> None:
        self.claim = await self._claims.renew(self.claim, now=self._clock(), lease=LEASE)

    async def begin_writing(self) -> None:
        """From here on a crash leaves rows half-written, and whoever comes next must know."""
        self.claim = replace(self.claim, unfinished=True)
        await self.renew()

    def committed(self) -> None:
        """All rows are written and the status says so."""
        self.claim = replace(self.claim, unfinished=False)

    async def release(self) -> None:
        await self._claims.release(self.claim)


class LargeTenantSlot:
    """A large tenant's place; small ones need none. Whoever made it leaves it."""

    def __init__(self, large: asyncio.Semaphore) -> None:
        self._large = large
        self._held = False

    async def entered_by(self, user_count: int) -> bool:
        """Whether a tenant of as many users may begin; a large one may not while another is being read."""
        if user_count > LARGE and not self._held:
            if self._large.locked():
                return False
            await self._enter()
        return True

    async def grow(self, row_count: int, keep: Callable[[], Awaitable[None]]) -> float:
        """For a tenant that turns out large in the middle: waits for the place, and says for how many seconds.

        `keep` is called meanwhile. Raises TryAgain when it takes too long.
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
