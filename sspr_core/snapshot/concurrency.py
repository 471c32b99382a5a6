"""Holding a tenant while it is read: the claim, renewed on the way."""

from dataclasses import replace
from datetime import datetime, timedelta

from sspr_core.model.clock import Clock
from sspr_core.ports.storage import Claim, Claims

LEASE = timedelta(minutes=5)
RENEW_WHEN_OLDER = timedelta(minutes=1)  # a page takes milliseconds to a few seconds: not every one needs a write


class Hold:
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
