"""The one clock of the app. Every journey and page takes a Clock; no other file asks the system for the time."""

from collections.abc import Callable
from datetime import UTC, datetime

type Clock = Callable[[], datetime]  # aware, in UTC


def system_clock() -> datetime:
    return datetime.now(UTC)


# The local host may put another clock here before it loads the app (`--ahead`); no setting of the product does.
# Microsoft's libraries stay on the system's time: how long a token lives, when a queue shows a message.
real: Clock = system_clock


def utc_now() -> datetime:
    """The time by the clock of this process, looked up at each call."""
    return real()
