"""The ports of monitoring. Every method may raise TryAgain. Times are aware UTC."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """The approximate state of a queue: the service updates its counts in its own time.

    `waiting_count` includes messages that are not visible yet; `poison_count`: messages in this queue's poison queue.
    `visible_since`: when the oldest message that can be taken became visible, as far as can be seen; None: no message.
    """

    name: str
    waiting_count: int
    poison_count: int
    visible_since: datetime | None


class Queues(Protocol):
    """The queues that have triggers."""

    async def states(self) -> Sequence[QueueState]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """The last run of a timer trigger; `failure` is the type of the error it raised."""

    job: str
    finished_at: datetime
    took: timedelta
    failure: str | None = None


class JobRuns(Protocol):
    """Table Tenants, partition `job`: one row per timer trigger."""

    async def save(self, run: JobRun) -> None: ...
    async def all(self) -> Sequence[JobRun]: ...
