"""The numbers of sending, and the row of a quota (delivery protocol, sections 2 and 5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)  # windows of the quotas


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingLimits:
    """Delivery protocol, section 2. Tests scale them; the inequalities stay."""

    budget: timedelta = timedelta(seconds=20)  # B: claim written → POST begins, by a monotonic clock
    post_timeout: timedelta = timedelta(seconds=30)  # T: of the whole POST
    ask_timeout: timedelta = timedelta(seconds=10)
    lingering: timedelta = timedelta(seconds=60)  # Z: a request that was given up lives on no longer
    clock_error: timedelta = timedelta(seconds=5)  # σ
    lookup_lag: timedelta = timedelta(minutes=5)  # how late the lookup may know
    lease: timedelta = timedelta(minutes=2)
    settle: timedelta = timedelta(minutes=10)  # after the last intent a 404 may be believed
    memory_safe: timedelta = timedelta(hours=20)  # older doubt is never followed by a POST
    remembered: timedelta = timedelta(hours=24)  # A2: how long the service knows an operation id
    attempts: int = 6  # POSTs per operation id that end in doubt
    grace: timedelta = timedelta(seconds=60)  # D: a slot is good for so long
    horizon: timedelta = timedelta(hours=1)  # how far ahead slots are given out
    overdue: timedelta = timedelta(minutes=5)  # before the sweep acts; lets the ordinary message win
    soon: timedelta = timedelta(minutes=3)  # an early message comes back by itself; later the sweep looks
    per_minute: int | None = 30  # None: no limit
    per_hour: int | None = 100
    poisonings: int = 3
    longest_run: timedelta = timedelta(hours=24)  # what would take longer is refused

    @property
    def spacing(self) -> timedelta:
        """Between two slots: so that no window, however it slides, ever has more POSTs than its limit."""
        late = self.grace + self.budget + self.post_timeout + 2 * self.clock_error
        limits = ((MINUTE, self.per_minute), (HOUR, self.per_hour))
        return max(((window + late) / most for window, most in limits if most), default=timedelta(0))

    @property
    def moment(self) -> timedelta:
        """How old what a first look sees may be: 5 s, little beside what passes from claim to POST."""
        return self.budget / 4

    def problems(self) -> list[str]:
        """The inequalities that do not hold."""
        flight = self.budget + self.post_timeout + self.lingering + self.lookup_lag + 2 * self.clock_error
        rules = [
            (self.lease >= self.budget + self.post_timeout + 2 * self.clock_error, "lease ≥ B + T + 2σ"),
            (self.settle > flight, "settle > B + T + Z + lookup lag + 2σ"),
            (self.memory_safe < self.remembered - self.settle, "memory_safe < 24 h − settle"),
            (self.attempts >= 1, "attempts ≥ 1"),
            (self.grace > timedelta(0), "grace > 0"),
        ]
        return [f"{rule} does not hold" for holds, rule in rules if not holds]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """The row of a quota."""

    next_free: datetime | None = None  # the next slot; None: at once
    hold_until: datetime | None = None  # the service asked to wait
    hold_step: int = 0  # how often in a row without saying how long
    last_by: str | None = None  # who wrote last: finds a write whose answer was lost
    wasted_count: int = 0  # slots given out and not used
    etag: str | None = None
