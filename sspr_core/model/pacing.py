"""Slots for emails: one clock for whatever is sent on one quota (delivery protocol, section 5)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """The row of a quota."""

    next_free: datetime | None = None  # the next slot; None: at once
    hold_until: datetime | None = None  # the service asked to wait
    hold_step: int = 0  # how often in a row without saying how long
    last_by: str | None = None  # who wrote last: finds a write whose answer was lost
    wasted_count: int = 0  # slots given out and not used
    etag: str | None = None
