"""How long to wait for one page, and how fast to request pages."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from sspr_core.model.backoff import Backoff
from sspr_core.model.errors import TryAgain
from sspr_core.model.problem import Access

type Sleep = Callable[[float], Awaitable[None]]

# If the service names no time. The window of the report's rate limit is 10 s.
AWAY = Backoff(first=timedelta(seconds=1), longest=timedelta(minutes=1))
THROTTLED = Backoff(first=timedelta(seconds=5), longest=timedelta(minutes=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Retries the same page after short waits; longer waits go back to the queue with their time."""

    most_waits: int = 3
    longest: timedelta = timedelta(seconds=60)
    sleep: Sleep = asyncio.sleep

    async def asking[T](self, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer of `ask`. Raises its TryAgain when the wait would be too long, or after too many retries."""
        waits = 0
        while True:
            try:
                return await ask()
            except TryAgain as error:
                named = error.after is not None and error.after > timedelta(0)  # "0" still means wait: requests count
                wait = error.after if error.after and named else _own(error, waits)
                if waits == self.most_waits or wait > self.longest:
                    raise
                waits += 1
                await self.sleep(wait.total_seconds())


def _own(error: TryAgain, waits: int) -> timedelta:
    throttled = error.trouble is not None and error.trouble.word is Access.THROTTLED
    return (THROTTLED if throttled else AWAY).after(waits)


class RateLimiter:
    """At most `most` requests in any `window`, so that 429 is the exception.

    Graph's identity and access reports allow 5 requests in 10 seconds per app and tenant.
    """

    def __init__(
        self,
        *,
        most: int = 5,
        window: timedelta = timedelta(seconds=10),
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._window = window.total_seconds()
        self._clock = clock
        self._sleep = sleep
        self._asked: deque[float] = deque(maxlen=most)

    async def turn(self) -> None:
        """Wait until the next request may be sent."""
        if len(self._asked) == self._asked.maxlen:
            wait = self._asked[0] + self._window - self._clock()
            if wait > 0:
                await self._sleep(wait)
        self._asked.append(self._clock())


class NoBrake(RateLimiter):
    """No limit, for benchmarks: they must not measure the wait."""

    async def turn(self) -> None:
        return
