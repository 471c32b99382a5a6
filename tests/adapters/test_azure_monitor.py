"""What the real exporters send to Azure Monitor, received by a stand-in."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from dev.ingestion import KEY, Ingestion, an_ingestion
from sspr_core.adapters import telemetry as adapter
from sspr_core.adapters.flushing import Seldom
from sspr_core.adapters.telemetry import open_telemetry
from sspr_core.ports.telemetry import Metric, asked
from tests.local_stack import ROOT


@pytest.fixture
def azure_monitor() -> Iterator[Ingestion]:
    with an_ingestion() as one:
        yield one


def test_spans_come_as_dependencies_of_one_operation_and_metrics_as_alerts_look_for_them(
    azure_monitor: Ingestion, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("WEBSITE_SITE_NAME", "func-sspr")

    with caplog.at_level(logging.WARNING):
        telemetry = open_telemetry(azure_monitor.connection)
        with telemetry.span("take_snapshot", {"invocation_id": "i"}):
            facts = asked("GET", "graph.microsoft.com", None)
            with telemetry.span("graph users", facts, outside=True) as span:
                span.note({"http.response.status_code": 429}, failed=True)
        telemetry.count(Metric.POISON_MESSAGES, {"queue": "snapshots"})
        telemetry.measure(Metric.QUEUE_AGE, 1900, {"queue": "snapshots"})
        telemetry.close()

    assert {one["tags"]["ai.cloud.role"] for one in azure_monitor.told} == {"func-sspr"}
    spans = azure_monitor.of("RemoteDependencyData")
    assert len({one["tags"]["ai.operation.id"] for one in spans}) == 1
    call, door = sorted((one["data"]["baseData"] for one in spans), key=lambda one: one["type"])
    assert (door["name"], door["properties"]) == ("take_snapshot", {"invocation_id": "i"})
    assert (call["target"], call["resultCode"], call["success"]) == ("graph.microsoft.com", "429", False)
    assert azure_monitor.metrics() == {"sspr.poison.messages": 1, "sspr.queue.age": 1900}
    metrics = [one["data"]["baseData"] for one in azure_monitor.of("MetricData")]
    assert {one["properties"]["queue"] for one in metrics} == {"snapshots"}
    assert not [one for one in caplog.records if "azure.monitor" in one.name]


@pytest.mark.parametrize(
    ("environment", "instance"),
    [
        ({"WEBSITE_POD_NAME": "pod", "CONTAINER_NAME": "container", "WEBSITE_INSTANCE_ID": ""}, "pod"),
        ({"CONTAINER_NAME": "container"}, "container"),
        ({"WEBSITE_INSTANCE_ID": "0123"}, "0123"),
        ({"WEBSITE_INSTANCE_ID": ""}, None),
    ],
)
def test_instances_are_told_apart_by_the_name_that_the_plan_gives_them(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], instance: str | None
) -> None:
    for name in ("WEBSITE_POD_NAME", "CONTAINER_NAME", "WEBSITE_INSTANCE_ID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert adapter._resource().attributes.get("service.instance.id") == instance


TELLING = """
import asyncio, time
from types import SimpleNamespace
import function_app
from sspr_core import tracing, wiring
from sspr_core.ports.monitoring import QueueState
from tests.builders import MONDAY, a_world
from tests.triggers import DOORS
from tests.fakes.monitoring import MemoryQueues

queues = MemoryQueues([QueueState(name="snapshots", waiting_count=1, poison_count=0, visible_since=MONDAY)])
services = a_world(telemetry=tracing.telemetry(), queues=queues)
wiring.services = lambda: services
tell_metrics = next(one.get_user_function() for one in DOORS if one.get_function_name() == "tell_metrics")
context = SimpleNamespace(
    function_name="tell_metrics", invocation_id="i", trace_context=SimpleNamespace(trace_parent="")
)
asyncio.run(tell_metrics(timer=None, context=context))
print("told", flush=True)
time.sleep(60)
"""


def test_what_tell_metrics_measured_has_arrived_when_its_process_is_killed_a_second_later(
    azure_monitor: Ingestion,
) -> None:
    environment = {**os.environ, "APPLICATIONINSIGHTS_CONNECTION_STRING": azure_monitor.connection}
    instance = subprocess.Popen(
        [sys.executable, "-c", TELLING], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert instance.stdout
    assert instance.stdout.readline() == "told\n"

    time.sleep(1)
    instance.terminate()

    assert instance.wait(timeout=60) == -signal.SIGTERM
    assert {"sspr.tenants.fresh", "sspr.tenants.expected", "sspr.queue.age"} <= set(azure_monitor.metrics())
    assert "tell_metrics" in azure_monitor.spans()


async def test_a_service_that_refuses_fails_no_invocation_and_is_logged_once(
    azure_monitor: Ingestion, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "_SELDOM", Seldom())
    azure_monitor.status = 400
    telemetry = open_telemetry(azure_monitor.connection)

    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            async with telemetry.invocation():
                telemetry.count(Metric.MAILS_ACCEPTED, {})
    azure_monitor.status = 200
    async with telemetry.invocation():
        telemetry.count(Metric.MAILS_BOUNCED, {})

    assert len([one for one in caplog.records if "azure.monitor" in one.name]) == 1
    assert azure_monitor.metrics() == {"sspr.mails.bounced": 1}
    await asyncio.to_thread(telemetry.close)


def test_where_nobody_answers_closing_takes_seconds_and_raises_nothing(caplog: pytest.LogCaptureFixture) -> None:
    telemetry = open_telemetry(f"InstrumentationKey={KEY};IngestionEndpoint=http://127.0.0.1:9/")
    with telemetry.span("work", {}):
        pass

    telemetry.close()
