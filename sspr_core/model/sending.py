"""The limits of sending, and the row of a quota (delivery protocol, sections 2 and 5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)  # windows of the quotas


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingLimits:
    """Delivery protocol, section 2. Tests scale the values; the inequalities always hold."""

    budget: timedelta = timedelta(seconds=20)  # B: claim written → POST begins, by a monotonic clock
    post_timeout: timedelta = timedelta(seconds=30)  # T: of the whole POST
    ask_timeout: timedelta = timedelta(seconds=10)
    lingering: timedelta = timedelta(seconds=60)  # Z: the longest that a request lives on after we abandon it
    clock_error: timedelta = timedelta(seconds=5)  # σ
    lookup_lag: timedelta = timedelta(minutes=5)  # how late the lookup may learn of an operation
    lease: timedelta = timedelta(minutes=2)
    settle: timedelta = timedelta(minutes=10)  # so long after the last intent a 404 may be trusted
    memory_safe: timedelta = timedelta(hours=20)  # after doubt older than this, never another POST
    remembered: timedelta = timedelta(hours=24)  # A2: how long the service knows an operation id
    attempts: int = 6  # POSTs per operation id that end in doubt
    grace: timedelta = timedelta(seconds=60)  # D: how long a slot stays valid
    horizon: timedelta = timedelta(hours=1)  # how far ahead slots are reserved
    overdue: timedelta = timedelta(minutes=5)  # before the sweep acts; lets the ordinary message come first
    soon: timedelta = timedelta(minutes=3)  # a message this early is delayed again; an earlier one is left to the sweep
    per_minute: int | None = 30  # None: no limit
    per_hour: int | None = 100
    poisonings: int = 3
    longest_run: timedelta = timedelta(hours=24)  # a run that would take longer is refused

    @property
    def spacing(self) -> timedelta:
        """The time between two slots: no sliding window ever has more POSTs than its limit."""
        late = self.grace + self.budget + self.post_timeout + 2 * self.clock_error
        limits = ((MINUTE, self.per_minute), (HOUR, self.per_hour))
        return max(((window + late) / most for window, most in limits if most), default=timedelta(0))

    @property
    def moment(self) -> timedelta:
        """How old a cached row of a first check may be: 5 s, little beside the time from claim to POST."""
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
    hold_step: int = 0  # how often in a row it did so without saying how long
    last_by: str | None = None  # the last writer: identifies a write whose answer was lost
    wasted_count: int = 0  # slots reserved and not used
    etag: str | None = None
