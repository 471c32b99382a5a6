"""Spans and metrics through OpenTelemetry, to Azure Monitor."""

import atexit
import logging
import math
import os
import threading
from collections.abc import AsyncIterator, Iterable, Iterator, MutableMapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from functools import partial

from azure.monitor.opentelemetry.exporter import AzureMonitorMetricExporter, AzureMonitorTraceExporter
from opentelemetry import trace
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Link, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from sspr_core.adapters.flushing import Flushing, Seldom
from sspr_core.ports.telemetry import MEASURED, Facts, Metric

_NAME = "sspr-manager"
_W3C = TraceContextTextMapPropagator()
_OFF = (
    "STATSBEAT_DISABLED_ALL",  # threads that report to Microsoft how exporters work
    "SDKSTATS_DISABLED",
    "CONTROLPLANE_DISABLED",
    "OPENTELEMETRY_RESOURCE_METRIC_DISABLED",  # uses the process's provider, and there is none
)
_EXPORTED_EVERY: float | None = 10.0  # seconds; also exports what was counted outside of an invocation
_SENT_WITHIN = 5.0  # seconds that an invocation waits at its end
_ANSWERED_WITHIN = 10.0  # seconds; the SDK's own timeout is five minutes
_SELDOM = Seldom()


class _Invocation:
    """Whether a running invocation has counted or measured anything; the tasks it starts share it."""

    def __init__(self) -> None:
        self.counted = False


_INVOCATION: ContextVar[_Invocation | None] = ContextVar("invocation", default=None)


class OpenTelemetry:
    """The port Telemetry. It has its own providers and never sets the process's: the SDKs of Graph and storage would
    send whole addresses, with users' ids in them, to those.

    `every`: seconds between exports without an invocation; None: no such exports. The reader must not export by
    itself: a flush would overtake what the reader has collected and not sent yet.
    """

    def __init__(
        self,
        processor: SpanProcessor,
        reader: MetricReader,
        resource: Resource | None = None,
        *,
        every: float | None = None,
        within: float = _SENT_WITHIN,
    ) -> None:
        # Samples everything: the platform marks its own traces as not sampled, though it records them.
        spans = TracerProvider(resource=resource, sampler=ALWAYS_ON)
        spans.add_span_processor(processor)
        metrics = MeterProvider([reader], resource=resource or Resource.get_empty())
        self._providers = spans, metrics
        self._tracer = spans.get_tracer(_NAME)
        meter = metrics.get_meter(_NAME)
        self._counters = {one: meter.create_counter(one) for one in Metric if one not in MEASURED}
        self._measured: dict[Metric, dict[frozenset[tuple[str, str | int | float | bool]], float]] = {}
        self._turn = threading.Lock()  # the exports have a thread of their own
        for one in MEASURED:
            meter.create_observable_gauge(one, callbacks=[partial(self._told, one)])
        self._flushing = Flushing(self._flush, every=every, within=within)
        atexit.register(self.close)  # runs before the providers' own handlers, which would run later

    def close(self) -> None:
        """Send what is left.

        A process that ends in order, as the local host's may, does this too. Azure's worker is killed by SIGTERM and
        runs nothing then (Azure/azure-functions-python-worker#578): so each invocation sends its own telemetry.
        """
        atexit.unregister(self.close)
        self._flushing.close()
        for one in self._providers:
            one.shutdown()

    @asynccontextmanager
    async def invocation(self) -> AsyncIterator[None]:
        this = _Invocation()
        before = _INVOCATION.set(this)
        try:
            yield
        finally:
            _INVOCATION.reset(before)
            if this.counted:
                await self._flushing.wait()

    def _flush(self) -> None:
        """Flush metrics first: alerts depend on them. Raises what the SDK raises."""
        spans, metrics = self._providers
        metrics.force_flush()
        spans.force_flush()

    @contextmanager
    def span(
        self, name: str, facts: Facts, *, outside: bool = False, parent: str = "", link: str = ""
    ) -> "Iterator[_Span]":
        linked = trace.get_current_span(_W3C.extract({"traceparent": link})).get_span_context()
        with self._tracer.start_as_current_span(
            name,
            context=_W3C.extract({"traceparent": parent}) if parent else None,
            kind=SpanKind.CLIENT if outside else SpanKind.INTERNAL,
            attributes=dict(facts),
            links=[Link(linked)] if linked.is_valid else (),
            record_exception=False,  # its text may hold personal data
            set_status_on_exception=False,
        ) as span:
            try:
                yield _Span(span)
            except BaseException as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    def traceparent(self) -> str:
        carrier: MutableMapping[str, str] = {}
        _W3C.inject(carrier)
        return carrier.get("traceparent", "")

    def count(self, metric: Metric, facts: Facts) -> None:
        self._counters[metric].add(1, dict(facts))
        self._note()

    def measure(self, metric: Metric, value: float, facts: Facts) -> None:
        with self._turn:
            self._measured.setdefault(metric, {})[frozenset(facts.items())] = value
        self._note()

    @staticmethod
    def _note() -> None:
        if this := _INVOCATION.get():
            this.counted = True

    def _told(self, metric: Metric, _options: CallbackOptions) -> Iterable[Observation]:
        """Each measurement once: another process may have measured since, and this one would keep sending the old."""
        with self._turn:
            measured = self._measured.pop(metric, {})
        return [Observation(value, dict(facts)) for facts, value in measured.items()]


class _Span:
    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def note(self, facts: Facts, *, failed: bool = False) -> None:
        self._span.set_attributes(dict(facts))
        if failed:
            self._span.set_status(Status(StatusCode.ERROR))


def open_telemetry(connection: str) -> OpenTelemetry:
    """Sends to the Application Insights of that connection string; as the app's identity if
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING, which the exporters read, says so. Raises ValueError.
    """
    for one in _OFF:
        os.environ.setdefault(f"APPLICATIONINSIGHTS_{one}", "true")
    logging.getLogger("azure.monitor.opentelemetry.exporter.export._base").addFilter(_SELDOM)
    to_azure = {"connection_string": connection, "disable_offline_storage": True, "read_timeout": _ANSWERED_WITHIN}
    spans = BatchSpanProcessor(AzureMonitorTraceExporter(**to_azure))
    metrics = PeriodicExportingMetricReader(AzureMonitorMetricExporter(**to_azure), export_interval_millis=math.inf)
    return OpenTelemetry(spans, metrics, _resource(), every=_EXPORTED_EVERY)


def _resource() -> Resource:
    """Names this process in its telemetry. WEBSITE_INSTANCE_ID is empty on Flex Consumption, where the platform
    itself uses the pod's or container's name.
    """
    said = {"service.name": os.environ.get("WEBSITE_SITE_NAME", _NAME)}
    names = ("WEBSITE_POD_NAME", "CONTAINER_NAME", "WEBSITE_INSTANCE_ID")
    if instance := next(filter(None, map(os.environ.get, names)), None):
        said["service.instance.id"] = instance
    return Resource(said)
