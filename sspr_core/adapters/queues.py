"""Storage queues: sending, and reading how many messages wait and how old they are."""

import asyncio
import base64
import binascii
import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import batched

import msgspec
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from sspr_core.adapters.storage_errors import translated
from sspr_core.model.clock import Clock, utc_now
from sspr_core.model.delivery import DeliveryKey
from sspr_core.model.errors import Conflict, NotFound
from sspr_core.model.queue_messages import QUEUES, ReportJob, SnapshotJob, poison_queue
from sspr_core.model.run import RunId
from sspr_core.ports.monitoring import QueueState
from sspr_core.ports.telemetry import NULL_TELEMETRY, Telemetry

_AT_ONCE = 16
_LONGEST_DELAY = timedelta(days=6)  # the service allows a week, and the delay must be shorter than the message's life

_SEEN = 32  # messages, the most that the service shows


class Queue:
    """A queue, created on first use. The client encodes with TextBase64EncodePolicy."""

    def __init__(self, client: QueueClient, telemetry: Telemetry = NULL_TELEMETRY, clock: Clock = utc_now) -> None:
        self._client = client
        self._clock = clock
        self._telemetry = telemetry
        self._there = False
        self._turns = asyncio.Semaphore(_AT_ONCE)  # limits all callers together: each send needs a connection

    async def send(self, texts: Iterable[str], *, after: timedelta) -> None:
        """Send JSON objects, visible no sooner than `after`. Some may be sent when it raises.

        With telemetry, each message carries its trace and the time it becomes visible; without, it is unchanged.
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
            pass  # it exists already
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


class QueueNudges:
    """The port SendQueue."""

    def __init__(self, *, emails: Queue, runs: Queue) -> None:
        self._emails = emails
        self._runs = runs

    async def deliver(self, rows: Iterable[tuple[RunId, DeliveryKey]], *, after: timedelta) -> None:
        await self._emails.send((_json(run=run, key=key) for run, key in rows), after=after)

    async def expand(self, run: RunId, *, after: timedelta = timedelta(0)) -> None:
        await self._runs.send([_json(run=run)], after=after)


def _json(**ids: str) -> str:
    return msgspec.json.encode(ids).decode()


class QueueStates:
    """The port Queues. Reads without taking messages from their consumers."""

    def __init__(self, queues: QueueServiceClient, prefix: str = "") -> None:
        self._queues = queues
        self._prefix = prefix

    async def states(self) -> Sequence[QueueState]:
        return await asyncio.gather(*(self._state(name) for name in QUEUES))

    async def _state(self, name: str) -> QueueState:
        waiting, poison, seen = await asyncio.gather(
            self._count(name), self._count(poison_queue(name)), self._visible_since(name)
        )
        return QueueState(name=name, waiting_count=waiting, poison_count=poison, visible_since=seen)

    async def _count(self, name: str) -> int:
        try:
            with translated():
                return (await self._client(name).get_queue_properties()).approximate_message_count or 0
        except NotFound:  # no message was ever sent
            return 0

    async def _visible_since(self, name: str) -> datetime | None:
        try:
            with translated():
                messages = await self._client(name).peek_messages(max_messages=_SEEN)
        except NotFound:
            return None
        return min(map(visible_since, messages), default=None)

    def _client(self, name: str) -> QueueClient:
        return self._queues.get_queue_client(self._prefix + name)


class _Told(msgspec.Struct):
    visible_at: datetime | None = None


def visible_since(message: QueueMessage) -> datetime:
    """When the message became visible, if it says so; else when it was sent, which may be long before."""
    sent_at: datetime = message.inserted_on  # type: ignore[assignment]  # set in every message that was read
    try:
        told = msgspec.json.decode(base64.b64decode(message.content, validate=True), type=_Told).visible_at
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        return sent_at
    return max(told, sent_at) if told and told.tzinfo else sent_at
