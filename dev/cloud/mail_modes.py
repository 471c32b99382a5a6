"""How the mail service behaves: as it should, or as it does on a bad day."""

from bisect import bisect_right
from typing import Annotated, Any, Literal

import msgspec

SENDER = "donotreply@simulated.example"

type Seconds = Annotated[float, msgspec.Meta(ge=0)]
type Rate = Annotated[float, msgspec.Meta(ge=0, le=1)]
type Count = Annotated[int, msgspec.Meta(ge=0)]


class Throttle(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The next `count` sends are refused, whatever the quota says. `retry_after` None: without saying how long."""

    count: Count
    retry_after: Count | None = None


class Refusal(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Every send is refused with this, as where the subscription is blocked."""

    status: Annotated[int, msgspec.Meta(ge=400, le=599)]
    code: str


class Modes(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Every choice, to be made at start and at any time. `same_id`: what becomes of an operation id that is known.

    dedup: 202 again; reject: 400; twice: a second email. Rates are of sends that would have been taken.
    """

    same_id: Literal["dedup", "reject", "twice"] = "dedup"
    lookup_lag: Seconds = 0.2  # for which an accepted email's operation is 404
    running_for: Seconds = 0  # and then Running, until it is known what became of it
    forget_after: Seconds | None = None  # then neither lookup nor send knows the operation any more
    fail_before: Rate = 0  # 500, nothing accepted
    fail_after_accepting: Rate = 0  # 500 all the same
    drop_before: Rate = 0  # the connection is closed, nothing accepted
    drop_after_accepting: Rate = 0
    accept_after: Seconds = 0  # an email is taken so late, whoever still waits for the answer
    answer_after: Seconds = 0  # and the answer comes so much later
    per_minute: Count = 0  # 0: no quota
    per_hour: Count = 0
    minute: Seconds = 60  # how long the windows of the quotas are, for tests in a hurry
    hour: Seconds = 3600
    throttle: Throttle | None = None
    senders: tuple[str, ...] = (SENDER,)  # the MailFrom addresses; their domains are those that are linked
    refusal: Refusal | None = None
    receipts_as: Literal["event_grid", "cloud_events", "either"] = "event_grid"
    receipts_doubled: bool = False
    receipts_shuffled: bool = False
    receipts_foreign: Rate = 0  # so many events beside them that are no delivery reports, or not of our emails

    @property
    def windows(self) -> list[tuple[float, int]]:
        """Seconds, and how many sends they may have."""
        return [(self.minute, self.per_minute), (self.hour, self.per_hour)]

    def changed(self, body: bytes) -> "Modes":
        """With what a JSON object names. Raises ValueError or MsgspecError."""
        given = msgspec.json.decode(body, type=dict[str, Any])
        return msgspec.convert(msgspec.to_builtins(self) | given, Modes)


class Quota:
    """Counts tries; refused ones too, as the real service does."""

    def __init__(self) -> None:
        self._tried: list[float] = []

    def wait(self, windows: list[tuple[float, int]], now: float) -> int:
        """Seconds to wait; 0: there is room."""
        del self._tried[: self._first_after(now - max(length for length, _ in windows))]
        self._tried.append(now)
        for length, most in windows:
            first = self._first_after(now - length)
            if most and len(self._tried) - first > most:
                return int(length - (now - self._tried[first])) + 1
        return 0

    def _first_after(self, at: float) -> int:
        """They ascend, and there may be very many of them."""
        return bisect_right(self._tried, at)
