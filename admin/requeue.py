"""Messages that were set aside, back to work."""

from dataclasses import dataclass
from datetime import timedelta

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import QueueClient, QueueServiceClient

from sspr_core.model.queue_messages import poison_queue

_HELD = timedelta(minutes=1)  # while one is moved nobody else sees it


@dataclass(frozen=True, slots=True)
class Moved:
    """How many of a queue's messages were set aside, and have gone back to it."""

    source: str
    count: int


def requeue(queues: QueueServiceClient, name: str, *, only_count: bool = False) -> Moved | None:
    """From the queue's poison queue back to it, as they are; at most as many as were there at the beginning. None:
    nothing was ever set aside. Those that its own door is at stay, and are seen again after ten minutes.

    Each is sent before it is deleted: a crash leaves it in both, which every door can bear.
    """
    work = queues.get_queue_client(name)
    source = queues.get_queue_client(poison_queue(name))
    try:
        waiting = source.get_queue_properties().approximate_message_count or 0
    except ResourceNotFoundError:
        return None
    return Moved(source.queue_name, waiting if only_count else _move(source, work, waiting))


def _move(source: QueueClient, work: QueueClient, most: int) -> int:
    """Those that fail again come back to where they were, and are not taken a second time."""
    for done in range(most):
        message = source.receive_message(visibility_timeout=int(_HELD.total_seconds()))
        if message is None:
            return done
        work.send_message(message.content, time_to_live=-1)
        source.delete_message(message)
    return most
