"""What reaches Azure Monitor, by the exporters' own words, at a stand-in for its address."""

import gzip
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from sspr_core.adapters.telemetry import open_telemetry
from sspr_core.telemetry import Metric, asked

KEY = "00000000-0000-0000-0000-000000000001"


class Ingestion(BaseHTTPRequestHandler):
    """Takes everything."""

    server: Any

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        told = json.loads(body)
        self.server.told += told
        answer = json.dumps({"itemsReceived": len(told), "itemsAccepted": len(told), "errors": []}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def azure_monitor() -> Iterator[Any]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Ingestion) as server:
        state: Any = server
        state.told = []
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield state
        server.shutdown()


def told_by(azure_monitor: Any, kind: str) -> list[Any]:
    return [one["data"]["baseData"] for one in azure_monitor.told if one["data"]["baseType"] == kind]


def test_spans_come_as_dependencies_of_one_operation_and_metrics_as_alerts_look_for_them(
    azure_monitor: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("WEBSITE_SITE_NAME", "func-sspr")
    where = f"http://127.0.0.1:{azure_monitor.server_port}/"

    with caplog.at_level(logging.WARNING):
        telemetry = open_telemetry(f"InstrumentationKey={KEY};IngestionEndpoint={where}")
        with telemetry.span("take_snapshot", {"invocation_id": "i"}):
            facts = asked("GET", "graph.microsoft.com", None)
            with telemetry.span("graph users", facts, outside=True) as span:
                span.note({"http.response.status_code": 429}, failed=True)
        telemetry.count(Metric.POISON_MESSAGES, {"queue": "snapshots"})
        telemetry.measure(Metric.QUEUE_AGE, 1900, {"queue": "snapshots"})
        telemetry.close()

    assert {one["tags"]["ai.cloud.role"] for one in azure_monitor.told} == {"func-sspr"}
    spans = [one for one in azure_monitor.told if one["data"]["baseType"] == "RemoteDependencyData"]
    assert len({one["tags"]["ai.operation.id"] for one in spans}) == 1
    door, call = sorted(told_by(azure_monitor, "RemoteDependencyData"), key=lambda one: one["type"], reverse=True)
    assert (door["name"], door["properties"]) == ("take_snapshot", {"invocation_id": "i"})
    assert (call["target"], call["resultCode"], call["success"]) == ("graph.microsoft.com", "429", False)
    metrics = {one["metrics"][0]["name"]: one for one in told_by(azure_monitor, "MetricData")}
    assert set(metrics) == {"sspr.poison.messages", "sspr.queue.age"}
    assert metrics["sspr.queue.age"]["metrics"][0]["value"] == 1900
    assert {one["properties"]["queue"] for one in metrics.values()} == {"snapshots"}
    assert not [one for one in caplog.records if "azure.monitor" in one.name]


def test_where_nobody_answers_closing_takes_seconds_and_raises_nothing(caplog: pytest.LogCaptureFixture) -> None:
    telemetry = open_telemetry(f"InstrumentationKey={KEY};IngestionEndpoint=http://127.0.0.1:9/")
    with telemetry.span("work", {}):
        pass

    telemetry.close()
