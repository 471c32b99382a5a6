"""The workers: which are running, which have crashed, and what the queue does then."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sspr_core.model.errors import Conflict, TryAgain
from tests.runs.delivery_builders import NOON
from tests.runs.simulation.queue import Message, Queue
from tests.runs.simulation.stepping import Call, Fate, Work

AGAIN = timedelta(minutes=1)  # host.json's visibilityTimeout: when the message of a failed function returns
BACK = timedelta(minutes=10)  # when a crashed worker's message returns
STOPPING = ("pause", "cancel")
OPERATORS = (*STOPPING, "resume", "retry", "retry, unsure too")

type Journey = Callable[[], Coroutine[Any, Any, Any]]


class Crew:
    def __init__(self) -> None:
        self.now = NOON
        self.queue = Queue(self.clock)
        self.works: list[Work] = []
        self.past: list[Work] = []  # ended and dropped
        self.log: list[str] = []
        self.broken: list[str] = []  # guarantees
        self.idle_sweeps = 0  # since anything was written

    def clock(self) -> datetime:
        return self.now

    def note(self, what: str) -> None:
        self.log.append(f"{self.now:%d. %H:%M:%S} {what}")

    async def begin(
        self, what: str, journey: Journey, *, clock_error: float = 0, message: Message | None = None
    ) -> Work:
        work = Work(what, self._look_at, clock_error, message)
        self.works.append(work)
        self.note(f"{what} begins")
        await work.begin(journey())
        return work

    async def let(self, call: Call, fate: Fate = Fate.DONE) -> None:
        self.note(f"{call.work.what}: {call.name}: {fate}")
        if call.writes:
            self.idle_sweeps = 0
        await call.work.answer(call, fate)

    def crash(self, work: Work, *, back: timedelta = BACK) -> None:
        self.note(f"{work.what} crashes")
        work.dropped = True
        work.waiting.clear()
        self.works.remove(work)
        self.past.append(work)
        self._hand_back(work, back=back)

    def _look_at(self, work: Work) -> None:
        """When it ends: an expected error returns the message to the queue; any other error is a finding."""
        if not work.done or work.waiting:
            return
        self.works.remove(work)
        self.past.append(work)
        assert work.task is not None
        error = work.task.exception()
        if isinstance(error, ExceptionGroup):
            error = error.split(TryAgain)[1] or TryAgain()  # the timer runs again by itself
        if isinstance(error, TryAgain):
            self._hand_back(work, back=AGAIN)
        elif isinstance(error, Conflict) and work.what in OPERATORS:
            self.note(f"{work.what} is refused: {error}")
        elif error is not None:
            self.broken.append(f"{work.what} raised {error!r}")

    def _hand_back(self, work: Work, *, back: timedelta) -> None:
        if (message := work.message) is not None:
            self.queue.messages.append(replace(message, due_at=self.now + back, dequeued=message.dequeued + 1))

    async def close(self) -> None:
        """Ends all work; work still running is cut off from the ports first."""
        for work in (*self.works, *self.past):
            work.dropped = True
        tasks = [work.task for work in (*self.works, *self.past) if work.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
