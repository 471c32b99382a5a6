"""A simulated queue: at least once, and in any order the test chooses."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sspr_core.model.delivery import DeliveryKey
from sspr_core.model.mail import Receipt
from sspr_core.model.run import RunId


@dataclass(frozen=True)
class Message:
    """With a receipt: a delivery report; with a key: a delivery to process; otherwise a run to expand."""

    due_at: datetime
    run_id: RunId
    key: DeliveryKey | None = None
    receipt: Receipt | None = None
    dequeued: int = 0

    @property
    def kind(self) -> str:
        return "report" if self.receipt else "deliver" if self.key else "expand"

    @property
    def body(self) -> bytes:
        return json.dumps({"run": self.run_id, "key": self.key} if self.key else {"run": self.run_id}).encode()


@dataclass
class Queue:
    clock: Callable[[], datetime]
    messages: list[Message] = field(default_factory=list)

    async def deliver(self, rows: Iterable[tuple[RunId, DeliveryKey]], *, after: timedelta) -> None:
        self.messages += [Message(self.clock() + after, run, key) for run, key in rows]

    async def expand(self, run: RunId, *, after: timedelta = timedelta(0)) -> None:
        self.messages.append(Message(self.clock() + after, run))

    def visible(self) -> list[Message]:
        return sorted((one for one in self.messages if one.due_at <= self.clock()), key=lambda one: one.due_at)
