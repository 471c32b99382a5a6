"""Workers that advance step by step: every port call waits until the test decides its outcome."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sspr_core.model.errors import Conflict, TryAgain
from tests.runs.simulation.queue import Message

_WORK: "ContextVar[Work]" = ContextVar("work")


class Fate(StrEnum):
    """The outcome of a call."""

    DONE = "done"
    SLOW = "done, and its answer takes its time"
    AWAY = "not done, storage is away"
    UNKNOWN = "done, and storage is away before it has answered"
    LOST = "done, its answer lost: the client's own second try meets what the first one did"


WRITES = ("replace", "save", "insert", "deliver", "expand", "emailed", "bounced")


@dataclass(eq=False)
class Call:
    """A worker's call, waiting."""

    name: str
    answer: "asyncio.Future[Any]"
    work: "Work"

    @property
    def writes(self) -> bool:
        return self.name.partition(".")[2] in WRITES


@dataclass(eq=False)
class Work:
    """One run of one function in one worker. Dropped when the worker crashes: not even a `finally` runs then."""

    what: str
    rested: "Callable[[Work], None]"  # called whenever it waits or has ended
    clock_error: float = 0.0
    message: Message | None = None  # the message it was started for
    stalled_until: datetime | None = None
    dropped: bool = False
    waiting: list[Call] = field(default_factory=list)
    task: "asyncio.Task[Any] | None" = None

    async def begin(self, journey: Coroutine[Any, Any, Any]) -> None:
        context = copy_context()
        context.run(_WORK.set, self)
        self.task = asyncio.create_task(journey, context=context)
        await self.rest()

    async def rest(self) -> None:
        """Until it waits for an answer or has ended."""
        assert self.task is not None
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        while not (self.task.done() or self.waiting):  # noqa: ASYNC110 - whichever comes first
            await asyncio.sleep(0)
        self.rested(self)

    async def answer(self, call: Call, answer: object) -> None:
        self.waiting.remove(call)
        call.answer.set_result(answer)
        await self.rest()

    @property
    def done(self) -> bool:
        return self.task is not None and self.task.done()


def working() -> Work:
    """The work whose code is running."""
    return _WORK.get()


def called(name: str) -> Call:
    """A call of the running work; the caller awaits its `answer`."""
    work = working()
    if work.dropped:
        raise asyncio.CancelledError
    call = Call(name, asyncio.get_running_loop().create_future(), work)
    work.waiting.append(call)
    return call


async def stepped[T](name: str, do: Callable[[], Awaitable[T]], again: Callable[[], Awaitable[T]] | None = None) -> T:
    """Runs the call when the test allows it. `again`: the result of the storage client's own retry, where that is
    no conflict.
    """
    match await called(name).answer:
        case Fate.AWAY:
            raise TryAgain
        case Fate.UNKNOWN:
            await do()
            raise TryAgain
        case Fate.LOST:
            await do()
            if again is None:
                raise Conflict(name)
            return await again()
        case Fate.SLOW:
            result = await do()
            await called(f"{name}, answer").answer
            return result
        case _:
            return await do()


class Stepped:
    """A port whose every call is a step. A scan is one step per page, and sees each page's content at that time."""

    def __init__(self, port: Any, name: str, written: Callable[[Any], None] = lambda row: None) -> None:
        self._port, self._name, self._written = port, name, written

    def __getattr__(self, method: str) -> Any:
        real = getattr(self._port, method)
        name = f"{self._name}.{method}"

        async def call(*args: Any, **options: Any) -> Any:
            async def do() -> Any:
                result = await real(*args, **options)
                if method in ("replace", "insert"):
                    for row in result if isinstance(result, list) else [result]:
                        self._written(row)
                return result

            return await stepped(name, do, None if method in ("replace", "save") else do)

        return call

    async def pages(self, run: Any, *, after: Any = None, **options: Any) -> AsyncIterator[list[Any]]:
        async def page() -> list[Any]:
            return await anext(self._port.pages(run, after=after, **options), [])

        while found := await stepped(f"{self._name}.pages", page):
            yield found
            after = found[-1].key
