"""What watching over the app asks of the world. Every method may raise TryAgain. Times are aware UTC."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """How a queue stands, about: the service counts when it likes.

    `waiting_count` includes messages that are not visible yet; `poison_count` those set aside, of this queue.
    `visible_since`: of the message that could have been taken the longest ago, as far as can be seen; None: of none.
    """

    name: str
    waiting_count: int
    poison_count: int
    visible_since: datetime | None


class Queues(Protocol):
    """The queues that have doors."""

    async def states(self) -> Sequence[QueueState]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """How a timer's door fared the last time; `failure` is the type of what it raised."""

    job: str
    finished_at: datetime
    took: timedelta
    failure: str | None = None


class JobRuns(Protocol):
    """Table Tenants, partition `job`: a row for each timer's door."""

    async def save(self, run: JobRun) -> None: ...
    async def all(self) -> Sequence[JobRun]: ...
