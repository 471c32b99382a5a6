"""Queue Storage: messages in base64, as the Functions host expects them."""

import asyncio
import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import batched

import msgspec
from azure.storage.queue.aio import QueueClient

from sspr_core.adapters.storage_errors import translated
from sspr_core.model.clock import Clock, utc_now
from sspr_core.model.errors import Conflict
from sspr_core.model.queue_messages import SnapshotJob
from sspr_core.model.report_job import ReportJob
from sspr_core.ports.telemetry import SILENCE, Telemetry

_AT_ONCE = 16
_LONGEST_DELAY = timedelta(days=6)  # the service's limit is a week, and below the message's own life


class Queue:
    """A queue, made on first use. The client encodes with TextBase64EncodePolicy."""

    def __init__(self, client: QueueClient, telemetry: Telemetry = SILENCE, clock: Clock = utc_now) -> None:
        self._client = client
        self._clock = clock
        self._telemetry = telemetry
        self._there = False
        self._turns = asyncio.Semaphore(_AT_ONCE)  # however many callers there are: each wants a connection

    async def send(self, texts: Iterable[str], *, after: timedelta) -> None:
        """JSON objects, visible no sooner than `after`. Some may be sent when it raises.

        While somebody listens, each carries the trace it was sent in, and when it is visible; else it goes as it is.
        """
        await self._make()
        if traceparent := self._telemetry.traceparent():
            texts = [_told(text, traceparent, self._clock() + after) for text in texts]
        delay = math.ceil(min(max(after, timedelta(0)), _LONGEST_DELAY).total_seconds())
        for some in batched(texts, _AT_ONCE, strict=False):
            await asyncio.gather(*(self._send(text, delay) for text in some))

    async def _send(self, text: str, delay: int) -> None:
        async with self._turns:
            with translated():
                await self._client.send_message(text, visibility_timeout=delay)

    async def _make(self) -> None:
        if self._there:
            return
        try:
            with translated():
                await self._client.create_queue()
        except Conflict:
            pass  # it is there, which is all we want
        self._there = True


def _told(text: str, traceparent: str, visible_at: datetime) -> str:
    message = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    more = {"traceparent": traceparent, "visible_at": visible_at}
    return msgspec.json.encode(message | more).decode()


class QueueJobs:
    """The port Jobs."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    async def send(self, jobs: Iterable[SnapshotJob], *, after: timedelta = timedelta(0)) -> None:
        await self._queue.send((job.to_json().decode() for job in jobs), after=after)


class QueueReportJobs:
    """The port ReportJobs."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    async def send(self, jobs: Iterable[ReportJob], *, after: timedelta = timedelta(0)) -> None:
        await self._queue.send((job.to_json().decode() for job in jobs), after=after)
