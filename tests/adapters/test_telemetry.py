"""What is exported through OpenTelemetry, and what never is."""

import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from azure.identity import ManagedIdentityCredential
from azure.monitor.opentelemetry.exporter import AzureMonitorTraceExporter
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter
from opentelemetry.trace import StatusCode

from sspr_core import tracing
from sspr_core.adapters.queues import Queue
from sspr_core.adapters.tables.deliveries import became
from sspr_core.adapters.telemetry import OpenTelemetry, open_telemetry
from sspr_core.adapters.traced_mailer import TracedMailer
from sspr_core.model.delivery import Delivery, DeliveryState
from sspr_core.model.mail import Mail
from sspr_core.ports.telemetry import NULL_TELEMETRY, Metric
from tests.fakes.mailing import MemoryMailer
from tests.local_stack import ROOT
from tests.runs.delivery_builders import NOON, a_delivery
from tests.telemetry_recorder import Heard, a_listener, trace_of

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"  # not sampled, as the platform's own are
CONNECTION = "InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint=https://127.0.0.1:9/"


@pytest.fixture
def heard() -> Heard:
    return a_listener()


def test_work_asked_for_elsewhere_is_told_in_that_trace_though_it_was_not_sampled_there(heard: Heard) -> None:
    with (
        heard.telemetry.span("work", {"tenant_id": "t"}, parent=PARENT),
        heard.telemetry.span("call", {}, outside=True),
    ):
        pass

    call, work = heard.spans
    assert f"{trace_of(work):032x}" == PARENT.split("-")[1]
    assert (trace_of(call), call.parent.span_id) == (trace_of(work), work.get_span_context().span_id)
    assert dict(work.attributes) == {"tenant_id": "t"}


@pytest.mark.parametrize("text", ["", "nothing", "00-0-0-0"])
def test_what_is_no_traceparent_begins_a_trace(heard: Heard, text: str) -> None:
    with heard.telemetry.span("work", {}, parent=text, link=text):
        pass

    (work,) = heard.spans
    assert (work.parent, len(work.links)) == (None, 0)


def test_another_trace_that_the_work_belongs_to_is_linked(heard: Heard) -> None:
    with heard.telemetry.span("work", {}, link=PARENT):
        pass

    assert f"{heard.spans[0].links[0].context.trace_id:032x}" == PARENT.split("-")[1]


def test_a_failure_is_told_by_its_type_alone_and_goes_on(heard: Heard) -> None:
    with pytest.raises(LookupError), heard.telemetry.span("work", {}):
        raise LookupError("ana@contoso.example")

    (work,) = heard.spans
    assert (work.status.status_code, work.status.description, work.events) == (StatusCode.ERROR, "LookupError", ())


def test_a_measure_is_told_once(heard: Heard) -> None:
    heard.telemetry.measure(Metric.QUEUE_AGE, 4, {"queue": "snapshots"})
    heard.telemetry.measure(Metric.QUEUE_AGE, 7, {"queue": "snapshots"})
    heard.telemetry.count(Metric.MAILS_ACCEPTED, {})
    heard.telemetry.count(Metric.MAILS_ACCEPTED, {})

    first, second = heard.metrics(), heard.metrics()

    assert first == {("sspr.queue.age", (("queue", "snapshots"),)): 7, ("sspr.mails.accepted", ()): 2}
    assert [name for name, _ in second] in ([], ["sspr.mails.accepted"])


class Client:
    """A queue client that records the messages sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def create_queue(self) -> None:
        return

    async def send_message(self, text: str, *, visibility_timeout: int) -> None:
        self.sent.append(text)


async def test_a_message_carries_its_trace_and_when_it_is_visible(heard: Heard) -> None:
    client: Any = Client()
    before = datetime.now(UTC)

    with heard.telemetry.span("work", {}):
        await Queue(client, heard.telemetry).send(['{"run":"r","key":"k"}'], after=timedelta(hours=1))

    message = msgspec.json.decode(client.sent[0])
    visible_at = datetime.fromisoformat(message.pop("visible_at"))
    assert before + timedelta(hours=1) <= visible_at <= datetime.now(UTC) + timedelta(hours=1)
    assert message.pop("traceparent").split("-")[1] == f"{trace_of(heard.spans[0]):032x}"
    assert message == {"run": "r", "key": "k"}


@pytest.mark.parametrize("telemetry", [NULL_TELEMETRY, None])
async def test_a_message_sent_while_nobody_listens_or_outside_of_any_work_goes_as_it_is(telemetry: Any) -> None:
    client: Any = Client()

    await Queue(client, telemetry or a_listener().telemetry).send(['{"run": "r"}'], after=timedelta(0))

    assert client.sent == ['{"run": "r"}']


def row(state: DeliveryState, **said: Any) -> Delivery:
    return a_delivery("ana", state=state, **said)


@pytest.mark.parametrize(
    ("row", "metrics"),
    [
        (row(DeliveryState.ACCEPTED, accepted_at=NOON), ["accepted"]),
        (row(DeliveryState.ACCEPTED, accepted_at=NOON, arrived_after_all=True), []),
        (row(DeliveryState.DELIVERED, accepted_at=NOON, receipt_at=NOON + timedelta(minutes=1)), []),
        (row(DeliveryState.DELIVERED, accepted_at=NOON, receipt_at=NOON), ["accepted"]),
        (row(DeliveryState.BOUNCED, accepted_at=NOON, receipt_at=NOON + timedelta(minutes=1)), ["bounced"]),
        (row(DeliveryState.SUPPRESSED, accepted_at=NOON, receipt_at=NOON), ["accepted", "bounced"]),
        (row(DeliveryState.CLAIMED, doubt_since=NOON), []),
        (row(DeliveryState.CLAIMED, doubt_since=NOON, questions=1), ["in_doubt"]),
        (row(DeliveryState.CLAIMED, doubt_since=NOON, questions=2), []),
        (row(DeliveryState.FAILED), []),
    ],
)
def test_a_delivery_is_counted_when_its_row_says_so_for_the_first_time(row: Delivery, metrics: list[str]) -> None:
    assert [one.removeprefix("sspr.mails.") for one in became(row)] == metrics


async def test_of_a_mail_its_answer_is_told_and_a_refused_credential_or_sender_is_counted(heard: Heard) -> None:
    """Both stop all emails until an operator acts."""
    mailer = MemoryMailer()
    mailer.next_posts.extend([None, "not let in", "sender refused"])
    told = TracedMailer(mailer, heard.telemetry)

    for number in range(3):
        mail = Mail(
            operation_id=f"operation-{number}", sender="s", to="t", to_name="n", subject="s", text="t", html="h"
        )
        await told.send(mail, timeout=timedelta(seconds=1))
    await told.ask("operation-0", timeout=timedelta(seconds=1))

    assert [(one.name, one.attributes["answer"]) for one in heard.spans] == [
        ("mail POST", "Accepted"),
        ("mail POST", "Unauthorized"),
        ("mail POST", "SenderRefused"),
        ("mail lookup", "KnownOperation"),
    ]
    assert heard.metrics() == {("sspr.credential.failures", (("service", "mail"),)): 2}


class Broken(SpanExporter):
    def export(self, spans: Any) -> Any:
        raise RuntimeError("the service is away")


def test_an_exporter_that_fails_breaks_no_work(caplog: pytest.LogCaptureFixture) -> None:
    telemetry = OpenTelemetry(SimpleSpanProcessor(Broken()), InMemoryMetricReader())

    with caplog.at_level(logging.ERROR), telemetry.span("work", {}):
        done = True

    assert done
    assert "Exception while exporting" in caplog.text


@pytest.fixture
def asked_again() -> Any:
    tracing.telemetry.cache_clear()
    yield
    tracing.telemetry.cache_clear()


@pytest.mark.usefixtures("asked_again")
def test_a_connection_string_that_is_none_is_said_in_the_log_and_nothing_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("APPLICATIONINSIGHTS_CONNECTION_STRING", "InstrumentationKey=none")

    assert tracing.telemetry() is NULL_TELEMETRY
    assert "APPLICATIONINSIGHTS_CONNECTION_STRING" in caplog.text


def test_azure_monitor_is_asked_as_the_identity_that_the_platforms_setting_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "ClientId=some-identity;Authorization=AAD")
    made: list[AzureMonitorTraceExporter] = []
    monkeypatch.setattr(
        "sspr_core.adapters.telemetry.AzureMonitorTraceExporter",
        lambda **how: made.append(AzureMonitorTraceExporter(**how)) or made[0],
    )

    opened = open_telemetry(CONNECTION)
    opened.close()

    assert isinstance(opened, OpenTelemetry)
    assert isinstance(made[0]._credential, ManagedIdentityCredential)


def test_without_the_setting_nothing_of_opentelemetry_is_imported_by_the_doors_or_the_world() -> None:
    code = (
        "import sys, function_app, sspr_core.tracing, sspr_core.adapters.queues, sspr_core.adapters.traced_mailer;"
        "sspr_core.tracing.telemetry();"
        "print([n for n in sys.modules if n.startswith(('opentelemetry.sdk', 'azure.monitor'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, env={"PATH": ""}
    )

    assert done.stdout.strip() == "[]"
