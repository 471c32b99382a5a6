"""What never changes once it is written, cached as far as there is room."""

from collections.abc import Callable

from cachetools import LRUCache


def weighed_cache[K, V](most: int, weigh: Callable[[V], int]) -> LRUCache[K, V]:
    """Values by key, `most` in all as they are weighed; the least recently used goes first.

    A value heavier than all there is room for is kept alone: it counts as the whole room, where the library refuses it.
    """
    return LRUCache(most, lambda value: min(weigh(value), most))
