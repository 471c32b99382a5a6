"""How the mail service behaves: correctly, or with chosen failures."""

from bisect import bisect_right
from typing import Annotated, Any, Literal

import msgspec

SENDER = "donotreply@simulated.example"

type Seconds = Annotated[float, msgspec.Meta(ge=0)]
type Rate = Annotated[float, msgspec.Meta(ge=0, le=1)]
type Count = Annotated[int, msgspec.Meta(ge=0)]


class Throttle(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Refuses the next `count` sends, whatever the quota is. `retry_after` None: the answer gives no delay."""

    count: Count
    retry_after: Count | None = None


class Refusal(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Refuses every send with this error, as when the subscription is blocked."""

    status: Annotated[int, msgspec.Meta(ge=400, le=599)]
    code: str


class Modes(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """All modes, set at start or later. `same_id` is the answer to a repeated operation id.

    dedup: 202 again; reject: 400; twice: a second email. Rates are shares of the sends that would be accepted.
    """

    same_id: Literal["dedup", "reject", "twice"] = "dedup"
    lookup_lag: Seconds = 0.2  # how long an accepted email's operation is 404
    running_for: Seconds = 0  # and then Running, until its final status
    forget_after: Seconds | None = None  # after that, neither lookup nor send knows the operation
    fail_before: Rate = 0  # 500, nothing accepted
    fail_after_accepting: Rate = 0  # 500, although accepted
    drop_before: Rate = 0  # the connection is closed, nothing accepted
    drop_after_accepting: Rate = 0
    accept_after: Seconds = 0  # an email is accepted so late, even if the caller is gone
    answer_after: Seconds = 0  # and the answer comes so much later
    per_minute: Count = 0  # 0: no quota
    per_hour: Count = 0
    minute: Seconds = 60  # length of the quota's minute; shorter in tests
    hour: Seconds = 3600
    throttle: Throttle | None = None
    senders: tuple[str, ...] = (SENDER,)  # the MailFrom addresses; their domains are the linked ones
    refusal: Refusal | None = None
    receipts_as: Literal["event_grid", "cloud_events", "either"] = "event_grid"
    receipts_doubled: bool = False
    receipts_shuffled: bool = False
    receipts_foreign: Rate = 0  # share of other events: no delivery reports, or not of our emails

    @property
    def windows(self) -> list[tuple[float, int]]:
        """Window lengths in seconds, and how many sends each allows."""
        return [(self.minute, self.per_minute), (self.hour, self.per_hour)]

    def changed(self, body: bytes) -> "Modes":
        """Applies the fields of a JSON object. Raises ValueError or MsgspecError."""
        given = msgspec.json.decode(body, type=dict[str, Any])
        return msgspec.convert(msgspec.to_builtins(self) | given, Modes)


class Quota:
    """Counts attempts, refused ones too, as the real service does."""

    def __init__(self) -> None:
        self._tried: list[float] = []

    def wait(self, windows: list[tuple[float, int]], now: float) -> int:
        """Seconds to wait; 0: the quota allows a send."""
        del self._tried[: self._first_after(now - max(length for length, _ in windows))]
        self._tried.append(now)
        for length, most in windows:
            first = self._first_after(now - length)
            if most and len(self._tried) - first > most:
                return int(length - (now - self._tried[first])) + 1
        return 0

    def _first_after(self, at: float) -> int:
        """Binary search: the times ascend, and there may be very many."""
        return bisect_right(self._tried, at)
