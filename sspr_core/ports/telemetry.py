"""What the app tells those who run it: spans of one trace from timer to mail, and metrics.

Facts are ids of tenants and calls, counts, statuses and words of this code: no address, name, user's id, URL or body.
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from enum import StrEnum
from typing import Protocol

type Facts = Mapping[str, str | int | float | bool]


class Metric(StrEnum):
    """Names that alerts are made of."""

    TENANTS_FRESH = "sspr.tenants.fresh"  # measured
    TENANTS_EXPECTED = "sspr.tenants.expected"  # measured
    TENANTS_ACTIVE = "sspr.tenants.active"  # measured: expected, and read at least once
    TENANTS_HELD_BACK = "sspr.tenants.held_back"  # measured: removals that the last discovery held back
    OLDEST_SNAPSHOT = "sspr.snapshots.oldest_age"  # measured: seconds since the last success of whoever waits longest
    QUEUE_AGE = "sspr.queue.age"  # measured, per queue: seconds that the message at its head could have been taken
    MAILS_ACCEPTED = "sspr.mails.accepted"
    MAILS_BOUNCED = "sspr.mails.bounced"  # bounced and suppressed
    MAILS_IN_DOUBT = "sspr.mails.in_doubt"  # POSTs of which nobody knows at once whether the service took them
    POISON_MESSAGES = "sspr.poison.messages"
    CREDENTIAL_FAILURES = "sspr.credential.failures"  # the app's own: refused, or not to be had; a sender, too


MEASURED = (
    Metric.TENANTS_FRESH,
    Metric.TENANTS_EXPECTED,
    Metric.TENANTS_ACTIVE,
    Metric.TENANTS_HELD_BACK,
    Metric.OLDEST_SNAPSHOT,
    Metric.QUEUE_AGE,
)

GRAPH: Facts = {"service": "graph"}  # whose refusals of the app's credential are counted


def asked(method: str, host: str, port: int | None) -> Facts:
    """Facts of an HTTPS request to another service: never its path."""
    return {"http.request.method": method, "url.scheme": "https", "server.address": host, "server.port": port or 443}


class Span(Protocol):
    """A piece of work under way."""

    def note(self, facts: Facts, *, failed: bool = False) -> None: ...


class Telemetry(Protocol):
    """None of its methods raises, whatever has become of what was told."""

    def invocation(self) -> AbstractAsyncContextManager[None]:
        """A call by the platform, which may kill the process soon after it.

        If anything was counted or measured in it, also by one that fails, its end waits until that is sent, spans with
        it, for at most 5 seconds.
        """
        ...

    def span(
        self, name: str, facts: Facts, *, outside: bool = False, parent: str = "", link: str = ""
    ) -> AbstractContextManager[Span]:
        """Work from here to the end of the context; an exception marks it failed, by its type alone, and goes on.

        `outside`: a call of another service. `parent`, `link`: W3C traceparents, of the work that asked for this one
        and of another that it belongs to. Without a parent it is part of what is under way.
        """
        ...

    def traceparent(self) -> str:
        """Of what is under way, to travel with a message; empty: nobody listens."""
        ...

    def count(self, metric: Metric, facts: Facts) -> None: ...
    def measure(self, metric: Metric, value: float, facts: Facts) -> None:
        """Told once, at the next export."""
        ...


class _Unheard:
    def note(self, facts: Facts, *, failed: bool = False) -> None:
        """Nobody listens."""


class NullTelemetry:
    """Tells nobody."""

    def invocation(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    def span(
        self,
        name: str,  # noqa: ARG002
        facts: Facts,  # noqa: ARG002
        *,
        outside: bool = False,  # noqa: ARG002
        parent: str = "",  # noqa: ARG002
        link: str = "",  # noqa: ARG002
    ) -> AbstractContextManager[Span]:
        return nullcontext(_Unheard())

    def traceparent(self) -> str:
        return ""

    def count(self, metric: Metric, facts: Facts) -> None:
        """Nobody listens."""

    def measure(self, metric: Metric, value: float, facts: Facts) -> None:
        """Nobody listens."""


NULL_TELEMETRY = NullTelemetry()
