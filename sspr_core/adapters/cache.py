"""Caches: values by key for a short time, and recently used values up to a weight."""

import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from cachetools import LRUCache

_MOST = 256  # entries; the first is the one read longest ago


class Lately[K, V]:
    """Reads by key and caches the value; each caller says how old it may be."""

    def __init__(self, read: Callable[[K], Awaitable[V]], *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._monotonic = monotonic
        self._known: dict[K, tuple[float, V]] = {}
        self._forgotten = 0  # how many invalidations

    async def get(self, key: K, *, within: timedelta) -> V:
        """The value, read no longer than `within` ago. Raises what reading raises; errors are not cached."""
        now = self._monotonic()
        known = self._known.get(key)
        if known is not None and now - known[0] < within.total_seconds():
            return known[1]
        self._known.pop(key, None)
        forgotten = self._forgotten
        value = await self._read(key)
        if forgotten != self._forgotten:
            return value  # perhaps read before a write that happened in between: do not cache it
        self._known[key] = (now, value)
        if len(self._known) > _MOST:
            del self._known[next(iter(self._known))]
        return value

    def forget(self, key: K) -> None:
        """Invalidate the entry after our own write."""
        self._forgotten += 1
        self._known.pop(key, None)


def weighed_cache[K, V](most: int, weigh: Callable[[V], int]) -> LRUCache[K, V]:
    """A cache of values by key with a total weight of at most `most`; the least recently used goes first.

    A value heavier than `most` is kept alone: it counts as `most`, because the library refuses larger ones.
    """
    return LRUCache(most, lambda value: min(weigh(value), most))
