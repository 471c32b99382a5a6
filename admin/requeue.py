"""Moves poison messages back to their queue."""

from dataclasses import dataclass
from datetime import timedelta

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import QueueClient, QueueServiceClient

from sspr_core.model.queue_messages import poison_queue

_HELD = timedelta(minutes=1)  # lease during a move, hidden from other readers


@dataclass(frozen=True, slots=True)
class Moved:
    """How many messages of a queue were poison, and how many went back."""

    source: str
    count: int


def requeue(queues: QueueServiceClient, name: str, *, only_count: bool = False) -> Moved | None:
    """Moves messages from the poison queue back to the queue, unchanged; at most as many as were there at the start.
    None: there is no poison queue. Messages that a trigger is handling stay; they are visible again after ten minutes.

    Each is sent before it is deleted: a crash leaves it in both queues, which every trigger can handle.
    """
    work = queues.get_queue_client(name)
    source = queues.get_queue_client(poison_queue(name))
    try:
        waiting = source.get_queue_properties().approximate_message_count or 0
    except ResourceNotFoundError:
        return None
    return Moved(source.queue_name, waiting if only_count else _move(source, work, waiting))


def _move(source: QueueClient, work: QueueClient, most: int) -> int:
    """Messages that fail again return to the poison queue and are not moved a second time."""
    for done in range(most):
        message = source.receive_message(visibility_timeout=int(_HELD.total_seconds()))
        if message is None:
            return done
        work.send_message(message.content, time_to_live=-1)
        source.delete_message(message)
    return most
