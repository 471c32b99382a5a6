"""The app's only clock. Triggers and pages take a Clock as an argument; no other file asks the system for the time."""

from collections.abc import Callable
from datetime import UTC, datetime

type Clock = Callable[[], datetime]  # aware, in UTC


def system_clock() -> datetime:
    return datetime.now(UTC)


# The local host may replace this clock before it loads the app (`--ahead`); no setting of the product does.
# Microsoft's libraries stay on the system's time: for a token's lifetime, and for when a queue shows a message.
real: Clock = system_clock


def utc_now() -> datetime:
    """The time by this process's clock, looked up at each call."""
    return real()
