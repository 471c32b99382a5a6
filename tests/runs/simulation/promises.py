"""Checks the protocol's guarantees S1, S3, S4 and S5 at every step (section 1); S2 is checked at the end."""

from bisect import bisect_left, insort
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sspr_core.model.delivery import Delivery, DeliveryState, of_operation, operation_id
from sspr_core.model.run import RunId
from sspr_core.model.sending import SendingLimits

_CERTAIN = (DeliveryState.FAILED, DeliveryState.SKIPPED, DeliveryState.CANCELLED)


@dataclass
class Promises:
    numbers: SendingLimits
    clock: Callable[[], datetime]
    broken: list[str]
    frozen: bool = False  # workers may stall between their last check and the POST: S4 and S5 are off
    accepted: dict[str, int] = field(default_factory=dict)  # by operation
    certain: dict[str, str] = field(default_factory=dict)  # operations reported as not accepted, and how
    posts: list[datetime] = field(default_factory=list)
    stopped: dict[RunId, datetime] = field(default_factory=dict)  # since when a pause or cancel was confirmed

    def posted(self, operation: str) -> None:
        run, _, _ = of_operation(operation)
        since = self.stopped.get(run)
        if self.frozen:
            return
        if since is not None and self.clock() - since > self.numbers.budget:
            self.broken.append(f"S5: a POST began {self.clock() - since} after the run was stopped")
        insort(self.posts, self.clock())
        for window, most in (
            (timedelta(minutes=1), self.numbers.per_minute),
            (timedelta(hours=1), self.numbers.per_hour),
        ):
            began = self.posts[bisect_left(self.posts, self.clock() - window + timedelta(microseconds=1)) :]
            if most is not None and len(began) > most:
                self.broken.append(f"S4: {len(began)} POSTs within {window}")

    def received(self, operation: str) -> None:
        """Called when the mail service accepts an email."""
        self.accepted[operation] = self.accepted.get(operation, 0) + 1
        if self.accepted[operation] > 1:
            self.broken.append(f"S1: {operation} was accepted {self.accepted[operation]} times")
        if operation in self.certain:
            self.broken.append(f"S3: {self.certain[operation]}, and accepted later")

    def written(self, row: Delivery) -> None:
        operation, accepted_once = row.operation_id, row.accepted_at is not None
        if row.state in _CERTAIN and not accepted_once:
            self.certain[operation] = f"{row.key} was {row.state}"
            if self.accepted.get(operation):
                self.broken.append(f"S3: {row.key} is {row.state}, though it was accepted")
        tries = (operation_id(row.run_id, row.key, epoch) for epoch in range(row.epoch + 1))
        if accepted_once and not any(self.accepted.get(one) for one in tries):
            self.broken.append(f"S3: {row.key} is {row.state}, though nothing was accepted")
