"""Room in memory: one large tenant at a time per process, from its pages to the commit."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from sspr_core.model.errors import TryAgain
from sspr_core.model.problem import Access, Trouble

LARGE = 20_000  # users
LONGEST_WAIT = 600.0  # seconds, in the middle of a reading: the directory forgets where its pages go on
_LOOK = 30.0  # seconds between two renewals of the claim


class Room:
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


_BUSY = Trouble(word=Access.UNAVAILABLE, code="busy", message="Other large tenants are being read; this one waits.")
