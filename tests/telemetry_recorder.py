"""Records telemetry for a test, through OpenTelemetry's own SDK."""

from dataclasses import dataclass
from typing import Any

from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from sspr_core.adapters.telemetry import OpenTelemetry

type Told = dict[tuple[str, tuple[tuple[str, Any], ...]], float]


@dataclass
class Heard:
    telemetry: OpenTelemetry
    exported: InMemorySpanExporter
    reader: InMemoryMetricReader

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self.exported.get_finished_spans())

    def named(self, name: str) -> list[ReadableSpan]:
        return [one for one in self.spans if one.name == name]

    def metrics(self) -> Told:
        """The metrics of the next export: values by name and attributes."""
        data = self.reader.get_metrics_data()
        return {
            (metric.name, tuple(sorted(point.attributes.items()))): point.value
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
            for point in metric.data.data_points
        }


def a_listener() -> Heard:
    exported, reader = InMemorySpanExporter(), InMemoryMetricReader()
    return Heard(OpenTelemetry(SimpleSpanProcessor(exported), reader), exported, reader)


def trace_of(span: ReadableSpan) -> int:
    return span.get_span_context().trace_id
