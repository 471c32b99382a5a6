"""Telemetry is exported before an invocation ends: by one flush at a time, shared by all that wait."""

import asyncio
import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from sspr_core import tracing
from sspr_core.adapters.flushing import Flushing, Seldom
from sspr_core.adapters.telemetry import OpenTelemetry
from sspr_core.ports.telemetry import Metric
from tests.graph_rows import guid


class Sink:
    """Each flush takes what was recorded when it began, and lasts until the test ends it."""

    def __init__(self) -> None:
        self.counted: list[int] = []
        self.sent: set[int] = set()
        self.flushes = self.running = self.most = 0
        self.begun, self.may_end = threading.Event(), threading.Event()
        self.may_end.set()
        self.trouble: Exception | None = None

    def flush(self) -> None:
        self.flushes += 1
        self.running += 1
        self.most = max(self.most, self.running)
        taken = list(self.counted)
        self.begun.set()
        self.may_end.wait(30)
        self.running -= 1
        if self.trouble:
            raise self.trouble
        self.sent.update(taken)


type Starting = Callable[..., Flushing]


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def flushing(sink: Sink) -> Iterator[Starting]:
    """Makes a flusher for the sink; closed at the end."""
    made: list[Flushing] = []

    def start(*, every: float | None = None, within: float = 30) -> Flushing:
        made.append(Flushing(sink.flush, every=every, within=within))
        return made[0]

    yield start
    sink.may_end.set()
    for one in made:
        one.close()


async def test_those_who_come_while_a_flush_runs_share_the_next(sink: Sink, flushing: Starting) -> None:
    one = flushing()
    sink.may_end.clear()
    first = asyncio.create_task(one.wait())
    await asyncio.to_thread(sink.begun.wait)
    sink.counted += [1, 2]
    late = [asyncio.create_task(one.wait()) for _ in sink.counted]
    await asyncio.sleep(0)

    sink.may_end.set()
    await asyncio.gather(first, *late)

    assert (sink.flushes, sink.most, sink.sent) == (2, 1, {1, 2})


async def test_whoever_has_waited_has_been_sent_however_many_count_at_once(sink: Sink, flushing: Starting) -> None:
    one, dice, missing = flushing(), random.Random(7), []

    async def invocation(number: int) -> None:
        await asyncio.sleep(dice.uniform(0, 0.2))
        sink.counted.append(number)
        await one.wait()
        if number not in sink.sent:
            missing.append(number)

    await asyncio.gather(*map(invocation, range(200)))

    assert missing == []
    assert sink.most == 1


async def test_a_flush_that_takes_too_long_lets_go_leaves_the_loop_alone_and_is_logged_once(
    sink: Sink, flushing: Starting, caplog: pytest.LogCaptureFixture
) -> None:
    one = flushing(within=0.1)
    sink.may_end.clear()
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.01)
            turns += 1

    turning = asyncio.create_task(turn())
    for _ in range(3):
        await one.wait()
    turning.cancel()

    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert turns > 5


async def test_a_flush_that_fails_fails_nobody_and_is_logged_again_only_after_one_went_well(
    sink: Sink, flushing: Starting, caplog: pytest.LogCaptureFixture
) -> None:
    one = flushing()
    for trouble in (RuntimeError("away"), RuntimeError("away"), None, RuntimeError("away")):
        sink.trouble = trouble
        await one.wait()

    assert ["away" in record.message for record in caplog.records] == [True, True]


async def test_a_waiter_who_is_cancelled_takes_nobody_elses_flush_along(sink: Sink, flushing: Starting) -> None:
    one = flushing()
    sink.may_end.clear()
    waiting = [asyncio.create_task(one.wait()) for _ in range(2)]
    await asyncio.to_thread(sink.begun.wait)
    sink.counted.append(1)

    waiting[0].cancel()
    sink.may_end.set()
    await asyncio.gather(one.wait(), waiting[1])

    assert sink.sent == {1}


async def test_those_who_wait_when_it_is_closed_are_sent_and_later_ones_do_not_wait(
    sink: Sink, flushing: Starting
) -> None:
    one, begun = flushing(within=10), time.monotonic()
    sink.may_end.clear()
    first = asyncio.create_task(one.wait())
    await asyncio.to_thread(sink.begun.wait)
    sink.counted.append(1)
    waiting = asyncio.create_task(one.wait())
    await asyncio.sleep(0)

    closing = asyncio.create_task(asyncio.to_thread(one.close))
    await asyncio.sleep(0.05)
    await one.wait()
    sink.may_end.set()
    await asyncio.gather(first, waiting, closing)
    await one.wait()

    assert sink.sent == {1}
    assert time.monotonic() - begun < 5


async def test_where_no_thread_can_be_started_nothing_is_raised_or_waited_for(
    sink: Sink, flushing: Starting, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    begun = time.monotonic()

    one = flushing(every=60)
    await one.wait()
    one.close()

    assert time.monotonic() - begun < 5
    assert "interpreter shutdown" in caplog.text


def test_without_being_asked_it_flushes_every_so_often_and_at_the_end(sink: Sink, flushing: Starting) -> None:
    one = flushing(every=0.01)
    while sink.flushes < 3:
        time.sleep(0.01)
    sink.counted.append(1)

    one.close()

    assert sink.sent == {1}


def test_a_kind_of_message_comes_through_once_in_a_while() -> None:
    seldom = Seldom(every=0.05)
    records = [logging.makeLogRecord({"msg": text, "args": (number,)}) for number, text in enumerate("aab")]

    first = [seldom.filter(one) for one in records]
    time.sleep(0.06)

    assert (first, seldom.filter(records[0])) == ([True, False, True], True)


class Counting(OpenTelemetry):
    """Counts its flushes."""

    def __init__(self) -> None:
        self.flushes = 0
        super().__init__(SimpleSpanProcessor(InMemorySpanExporter()), InMemoryMetricReader())

    def _flush(self) -> None:
        self.flushes += 1
        super()._flush()


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    one = Counting()
    monkeypatch.setattr(tracing, "telemetry", lambda: one)
    yield one
    one.close()


async def _silent(one: Counting) -> None:
    with one.span("work", {}):
        pass


async def _counts(one: Counting) -> None:
    one.count(Metric.MAILS_ACCEPTED, {})


async def _measures_in_a_task(one: Counting) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(2):
            group.create_task(asyncio.to_thread(one.measure, Metric.QUEUE_AGE, 1, {}))


async def _counts_and_fails(one: Counting) -> None:
    one.count(Metric.MAILS_ACCEPTED, {})
    raise LookupError("no luck")


@pytest.mark.parametrize(
    ("work", "flushes"), [(_silent, 0), (_counts, 1), (_measures_in_a_task, 1), (_counts_and_fails, 1)]
)
async def test_an_invocation_that_counted_or_measured_flushes_at_its_end_also_when_it_fails(
    counting: Counting, work: Callable[[Counting], Any], flushes: int
) -> None:
    @tracing.traced()
    async def door(*, timer: object, context: object) -> None:
        await work(counting)

    context = SimpleNamespace(
        function_name="door", invocation_id=guid("i"), trace_context=SimpleNamespace(trace_parent="")
    )

    ended = await asyncio.gather(door(timer=None, context=context), return_exceptions=True)

    assert counting.flushes == flushes
    assert isinstance(ended[0], LookupError) is (work is _counts_and_fails)


async def test_what_another_invocation_counts_is_not_waited_for(counting: Counting) -> None:
    async with counting.invocation():
        async with counting.invocation():
            counting.count(Metric.MAILS_ACCEPTED, {})
        own = counting.flushes

    assert (own, counting.flushes) == (1, 1)
