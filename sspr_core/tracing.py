"""The process's telemetry, and the decorator that traces triggers."""

import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cache, wraps
from typing import Any, Protocol

import msgspec

from sspr_core.ports.telemetry import NULL_TELEMETRY, Facts, Metric, Span, Telemetry

log = logging.getLogger(__name__)

_SETTING = "APPLICATIONINSIGHTS_CONNECTION_STRING"  # set for the platform, whose host reads it too


class Context(Protocol):
    """What a trigger knows of its invocation (azure.functions.Context)."""

    @property
    def function_name(self) -> str: ...
    @property
    def invocation_id(self) -> str: ...
    @property
    def trace_context(self) -> Any: ...


@cache
def telemetry() -> Telemetry:
    """Sends to Azure Monitor if its connection string is set; else sends nothing and imports nothing."""
    connection = os.environ.get(_SETTING, "").strip()
    if not connection:
        return NULL_TELEMETRY
    from sspr_core.adapters.telemetry import open_telemetry  # noqa: PLC0415 - two thirds of a second

    try:
        return open_telemetry(connection)
    except ValueError as error:
        log.error("%s cannot be used, nothing is told to Azure Monitor: %s", _SETTING, error)
        return NULL_TELEMETRY


@asynccontextmanager
async def invoked(context: Context, facts: Facts | None = None, *, asked_by: str = "") -> AsyncIterator[Span]:
    """A span for an invocation by the platform, in the trace of `asked_by` if given, else in the platform's trace.

    Counts and measurements made during it are sent at its end, even if it fails. Every invocation but
    `healthz` comes through here.
    """
    tell, platforms = telemetry(), context.trace_context.trace_parent or ""
    async with tell.invocation():
        with tell.span(
            context.function_name,
            {"invocation_id": context.invocation_id, **(facts or {})},
            parent=asked_by or platforms,
            link=platforms if asked_by else "",
        ) as span:
            yield span


def traced[T](*, poison_of: str = "") -> Callable[[Callable[..., Awaitable[T]]], Callable[..., Awaitable[T]]]:
    """Decorates a timer or queue trigger: its work is a span, in the trace of the message's sender.

    `poison_of`: the queue whose messages failed ten times; each is counted.
    """

    def of(trigger_function: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
        @wraps(trigger_function)
        async def told(*, context: Context, **trigger: Any) -> T:
            async with invoked(context, asked_by=_sent_from(trigger.get("message"))):
                if poison_of:
                    telemetry().count(Metric.POISON_MESSAGES, {"queue": poison_of})
                return await trigger_function(context=context, **trigger)

        return told

    return of


class _Sent(msgspec.Struct):
    traceparent: str = ""


def _sent_from(message: Any) -> str:
    """The traceparent in a queue message; older and foreign messages have none."""
    if message is None:
        return ""
    try:
        return msgspec.json.decode(message.get_body(), type=_Sent).traceparent
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""
