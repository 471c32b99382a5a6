"""The port for telemetry: spans of one trace from timer to mail, and metrics.

Facts are ids of tenants and calls, counts, statuses and words of this code: no address, name, user's id, URL or body.
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from enum import StrEnum
from typing import Protocol

type Facts = Mapping[str, str | int | float | bool]


class Metric(StrEnum):
    """Names that alerts use."""

    TENANTS_FRESH = "sspr.tenants.fresh"  # measured
    TENANTS_EXPECTED = "sspr.tenants.expected"  # measured
    TENANTS_ACTIVE = "sspr.tenants.active"  # measured: expected, and read at least once
    TENANTS_HELD_BACK = "sspr.tenants.held_back"  # measured: removals that the last discovery held back
    OLDEST_SNAPSHOT = "sspr.snapshots.oldest_age"  # measured: seconds since the oldest of the tenants' last successes
    QUEUE_AGE = "sspr.queue.age"  # measured, per queue: for how many seconds the message at its head has been visible
    MAILS_ACCEPTED = "sspr.mails.accepted"
    MAILS_BOUNCED = "sspr.mails.bounced"  # bounced and suppressed
    MAILS_IN_DOUBT = "sspr.mails.in_doubt"  # POSTs that the service may or may not have accepted
    POISON_MESSAGES = "sspr.poison.messages"
    CREDENTIAL_FAILURES = "sspr.credential.failures"  # the app's own: refused or not available; also a refused sender


MEASURED = (
    Metric.TENANTS_FRESH,
    Metric.TENANTS_EXPECTED,
    Metric.TENANTS_ACTIVE,
    Metric.TENANTS_HELD_BACK,
    Metric.OLDEST_SNAPSHOT,
    Metric.QUEUE_AGE,
)

GRAPH: Facts = {"service": "graph"}  # for counting its refusals of the app's credential


def asked(method: str, host: str, port: int | None) -> Facts:
    """Facts of an HTTPS request to another service; never its path."""
    return {"http.request.method": method, "url.scheme": "https", "server.address": host, "server.port": port or 443}


class Span(Protocol):
    """A piece of work in progress."""

    def note(self, facts: Facts, *, failed: bool = False) -> None: ...


class Telemetry(Protocol):
    """None of its methods raises, even when telemetry is lost."""

    def invocation(self) -> AbstractAsyncContextManager[None]:
        """A call by the platform, which may kill the process soon after it.

        If anything was counted or measured in it, even if it fails, its end waits until that is sent, with the spans,
        for at most 5 seconds.
        """
        ...

    def span(
        self, name: str, facts: Facts, *, outside: bool = False, parent: str = "", link: str = ""
    ) -> AbstractContextManager[Span]:
        """A span from here to the end of the context; an exception marks it failed, with only its type, and is raised.

        `outside`: a call of another service. `parent`, `link`: W3C traceparents, of the work that requested this one
        and of another one that it belongs to. Without a parent it is part of the current span.
        """
        ...

    def traceparent(self) -> str:
        """The current span's, to send with a message; empty: telemetry is off."""
        ...

    def count(self, metric: Metric, facts: Facts) -> None: ...
    def measure(self, metric: Metric, value: float, facts: Facts) -> None:
        """Sent once, with the next export."""
        ...


class _Unheard:
    def note(self, facts: Facts, *, failed: bool = False) -> None:
        """Does nothing."""


class NullTelemetry:
    """Telemetry that is off: it sends nothing."""

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
        """Does nothing."""

    def measure(self, metric: Metric, value: float, facts: Facts) -> None:
        """Does nothing."""


NULL_TELEMETRY = NullTelemetry()
