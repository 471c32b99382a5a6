"""The sending queues, accessed from outside the app."""

from collections.abc import Sequence
from contextlib import suppress

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.queue import TextBase64EncodePolicy
from azure.storage.queue.aio import QueueClient

from sspr_core.adapters.storage import Storage

QUEUES = ("send-emails", "expand-runs", "delivery-reports")
_WITH_POISON = [name + poison for name in QUEUES for poison in ("", "-poison")]


async def count_messages(storage: Storage) -> int:
    """The number of messages in all queues, with the invisible ones."""
    found = 0
    for name in _WITH_POISON:
        with suppress(ResourceNotFoundError):  # no message was ever sent there
            found += int((await _queue(storage, name).get_queue_properties()).approximate_message_count or 0)
    return found


async def delete_messages(storage: Storage) -> None:
    for name in QUEUES:
        with suppress(ResourceNotFoundError):
            await _queue(storage, name).clear_messages()


async def put_everywhere(storage: Storage, texts: Sequence[str]) -> None:
    """Puts each text into each queue, and into the poison queues."""
    for name in _WITH_POISON:
        queue = _queue(storage, name)
        with suppress(ResourceExistsError):
            await queue.create_queue()
        for text in texts:
            await queue.send_message(text)


def _queue(storage: Storage, name: str) -> QueueClient:
    return storage.queues.get_queue_client(name, message_encode_policy=TextBase64EncodePolicy())
