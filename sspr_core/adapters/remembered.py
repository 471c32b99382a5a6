"""What never changes once it is written, remembered as far as there is room."""

from collections.abc import Callable


class Remembered[K, V]:
    """Values by key, `most` in all as they are weighed; what was not asked for the longest goes first."""

    def __init__(self, most: int, weigh: Callable[[V], int]) -> None:
        self._most, self._weigh = most, weigh
        self._known: dict[K, V] = {}
        self._weight = 0

    def get(self, key: K) -> V | None:
        value = self._known.pop(key, None)
        if value is not None:
            self._known[key] = value
        return value

    def keep(self, key: K, value: V) -> None:
        """A value heavier than all there is room for is kept alone."""
        if (before := self._known.pop(key, None)) is not None:
            self._weight -= self._weigh(before)
        self._known[key] = value
        self._weight += self._weigh(value)
        while self._weight > self._most and len(self._known) > 1:
            self._weight -= self._weigh(self._known.pop(next(iter(self._known))))
