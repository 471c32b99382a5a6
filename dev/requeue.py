"""Messages that were set aside, back to work."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import QueueClient, QueueServiceClient

from sspr_core.model.queues import poison_queues

_HELD = timedelta(minutes=1)  # while one is moved nobody else sees it


@dataclass(frozen=True, slots=True)
class Moved:
    """How many of a queue's messages were set aside, and have gone back to it."""

    source: str
    count: int


def requeue(queues: QueueServiceClient, name: str, *, only_count: bool = False) -> Iterator[Moved]:
    """From each poison queue of the queue back to it, as they are; at most as many as were there at the beginning.

    Each is sent before it is deleted: a crash leaves it in both, which every door can bear.
    """
    work = queues.get_queue_client(name)
    for source in map(queues.get_queue_client, poison_queues(name)):
        try:
            waiting = source.get_queue_properties().approximate_message_count or 0
        except ResourceNotFoundError:  # nothing was ever set aside
            continue
        yield Moved(source.queue_name, waiting if only_count else _move(source, work, waiting))


def _move(source: QueueClient, work: QueueClient, most: int) -> int:
    """Those that fail again come back to where they were, and are not taken a second time."""
    for done in range(most):
        message = source.receive_message(visibility_timeout=int(_HELD.total_seconds()))
        if message is None:
            return done
        work.send_message(message.content, time_to_live=-1)
        source.delete_message(message)
    return most
