"""How long to wait before trying again: twice as long each time."""

from dataclasses import dataclass
from datetime import timedelta

_DOUBLINGS = 20  # a million times the first wait; more would overflow a timedelta one day


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """`first`, then twice that, four times that …, at most `longest`."""

    first: timedelta
    longest: timedelta

    def after(self, tries: int) -> timedelta:
        """The wait when so many waits were in vain already: 0 for the first."""
        return min(self.first * (1 << min(tries, _DOUBLINGS)), self.longest)
