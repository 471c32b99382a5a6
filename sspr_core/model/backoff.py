"""How long to wait before trying again: twice as long each time."""

from dataclasses import dataclass
from datetime import timedelta

_DOUBLINGS = 20  # a million times the first wait; many more would overflow a timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """`first`, then twice that, four times that …, at most `longest`."""

    first: timedelta
    longest: timedelta

    def after(self, tries: int) -> timedelta:
        """The wait after this many waits that did not help; 0 gives the first wait."""
        return min(self.first * (1 << min(tries, _DOUBLINGS)), self.longest)
