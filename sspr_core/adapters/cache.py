"""Values kept for a moment: one at a time, and the latest up to a weight."""

import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from cachetools import LRUCache

_MOST = 256  # remembered; the first is the one that was read the longest ago


class Lately[K, V]:
    """Reads by key, remembered for as long as whoever asks allows."""

    def __init__(self, read: Callable[[K], Awaitable[V]], *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._monotonic = monotonic
        self._known: dict[K, tuple[float, V]] = {}
        self._forgotten = 0  # how often

    async def get(self, key: K, *, within: timedelta) -> V:
        """As it was no longer than `within` ago. Raises what reading raises, which is not remembered."""
        now = self._monotonic()
        known = self._known.get(key)
        if known is not None and now - known[0] < within.total_seconds():
            return known[1]
        self._known.pop(key, None)
        forgotten = self._forgotten
        value = await self._read(key)
        if forgotten != self._forgotten:
            return value  # perhaps read before what was written meanwhile
        self._known[key] = (now, value)
        if len(self._known) > _MOST:
            del self._known[next(iter(self._known))]
        return value

    def forget(self, key: K) -> None:
        """It is another by now, by our own hand."""
        self._forgotten += 1
        self._known.pop(key, None)


def weighed_cache[K, V](most: int, weigh: Callable[[V], int]) -> LRUCache[K, V]:
    """Values by key, `most` in all as they are weighed; the least recently used goes first.

    A value heavier than all there is room for is kept alone: it counts as the whole room, where the library refuses it.
    """
    return LRUCache(most, lambda value: min(weigh(value), most))
