"""How the queues stand."""

import asyncio
import base64
import binascii
from collections.abc import Sequence
from datetime import datetime

import msgspec
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from sspr_core.adapters.storage_errors import translated
from sspr_core.model.errors import NotFound
from sspr_core.model.queues import QUEUES, poison_queue
from sspr_core.ports.monitoring import QueueState

_SEEN = 32  # messages, the most that the service shows


class QueueStates:
    """The port Queues. Looking takes no message away from anybody."""

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
        except NotFound:  # nothing was ever sent
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
    """When the message became visible, where it says so; else when it was sent, which may be long before."""
    sent_at: datetime = message.inserted_on  # type: ignore[assignment]  # of a message that was read it is there
    try:
        told = msgspec.json.decode(base64.b64decode(message.content, validate=True), type=_Told).visible_at
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        return sent_at
    return max(told, sent_at) if told and told.tzinfo else sent_at
