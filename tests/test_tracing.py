"""One trace from timer to mail, across the queues; and no personal data in it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from azure.storage.queue import BinaryBase64DecodePolicy
from azure.storage.queue.aio import QueueClient
from opentelemetry.sdk.trace import ReadableSpan

import function_app
from dev.azurite import Azurite
from sspr_core import tracing, wiring
from sspr_core.adapters.queues import Queue, QueueJobs
from sspr_core.model.errors import TryAgain
from sspr_core.model.graph_rows import Customer
from sspr_core.model.ids import EVERY_TENANT, TenantId
from sspr_core.model.problem import Access, AccessError
from sspr_core.model.user_filter import UserFilter
from sspr_core.ports.services import Services
from sspr_core.runs.accept import Submission, accept
from sspr_core.runs.request import RequestedBy, RunRequest
from sspr_core.settings.environment import read
from tests.adapters.test_telemetry import PARENT, Client
from tests.graph_rows import guid
from tests.local_stack import SimulatedCloud, simulated_cloud
from tests.snapshot.snapshot_env import CONTOSO, Shop
from tests.telemetry_recorder import Heard, a_listener, trace_of
from tests.triggers import DOORS

BY_NAME = {one.get_function_name(): one.get_user_function() for one in DOORS}


class Message:
    """A message as the platform passes it to the app."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def get_body(self) -> bytes:
        return self._body


async def call(name: str, *, body: bytes | None = None, trace_parent: str = "") -> None:
    context = SimpleNamespace(
        function_name=name, invocation_id=guid(name), trace_context=SimpleNamespace(trace_parent=trace_parent)
    )
    trigger = {"timer": None} if body is None else {"message": Message(body)}
    await BY_NAME[name](**trigger, context=context)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    one = a_listener()
    monkeypatch.setattr(tracing, "telemetry", lambda: one.telemetry)
    return one


@pytest.fixture
def shop() -> Shop:
    return Shop(now=datetime.now(UTC))


@pytest.fixture
def sent(shop: Shop, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queue of snapshots of services in memory."""
    client: Any = Client()
    services = replace(shop.services, jobs=QueueJobs(Queue(client, heard.telemetry)), telemetry=heard.telemetry)
    monkeypatch.setattr(wiring, "services", lambda: services)
    monkeypatch.setattr(function_app, "settings", lambda: SimpleNamespace(discover_gdap=True, tenants={}))
    return client.sent


async def test_a_timer_and_what_it_asked_for_over_two_queue_hops_are_one_trace(
    shop: Shop, sent: list[str], heard: Heard
) -> None:
    directory = shop.knows()
    directory.trouble["organization"] = TryAgain(timedelta(seconds=30))

    await call("schedule_snapshots", trace_parent=PARENT)
    await call("take_snapshot", body=sent[0].encode())
    directory.trouble.clear()
    await call("take_snapshot", body=sent[1].encode())

    assert [one.name for one in heard.spans] == [
        "schedule_snapshots", "snapshot", "take_snapshot", "snapshot", "take_snapshot"
    ]  # fmt: skip
    assert {f"{trace_of(one):032x}" for one in heard.spans} == {PARENT.split("-")[1]}
    assert [dict(one.attributes) for one in heard.named("snapshot")] == [
        {"tenant_id": CONTOSO, "attempt": 0, "trouble": "unavailable"},
        {"tenant_id": CONTOSO, "attempt": 1, "page_count": 2},
    ]


async def test_the_sweep_discovers_again_what_a_new_credential_kept_from_the_last_discovery(
    shop: Shop, sent: list[str]
) -> None:
    refused = AccessError(
        word=Access.APP_CREDENTIAL, code="AADSTS700213", message="No matching federated identity record."
    )
    shop.directories.trouble = TryAgain(trouble=refused)
    await call("discover_tenants")
    shop.directories.trouble = None
    shop.directories.customer_rows = [Customer(tenant_id=CONTOSO, display_name="Contoso")]

    await call("schedule_snapshots")

    assert list(shop.tenants.rows) == [CONTOSO]
    assert len(sent) == 1  # its first snapshot, in the same sweep


async def test_a_message_without_a_trace_begins_one_or_goes_on_with_the_platforms(
    shop: Shop, sent: list[str], heard: Heard
) -> None:
    shop.knows()

    await call("take_snapshot", body=shop.job().to_json(), trace_parent=PARENT)
    await call("take_snapshot", body=shop.job().to_json())

    first, second = heard.named("take_snapshot")
    assert f"{trace_of(first):032x}" == PARENT.split("-")[1]
    assert second.parent is None


async def test_what_is_no_message_is_told_and_fails_as_before(sent: list[str], heard: Heard) -> None:
    with pytest.raises(ValueError, match="JSON"):
        await call("take_snapshot", body=b"\xff\xfe")

    assert heard.spans[0].status.description == "DecodeError"


async def test_a_message_that_failed_five_times_is_counted_by_its_queue(sent: list[str], heard: Heard) -> None:
    await call("record_poison_snapshot", body=b"garbage")

    assert heard.metrics() == {("sspr.poison.messages", (("queue", "snapshots"),)): 1}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedCloud]:
    folder = tmp_path_factory.mktemp("cloud")
    with simulated_cloud(folder, "--tenants", "6", "--users", "15", "--page-size", "10", "--seed", "3") as one:
        yield one


@pytest.fixture
async def services(
    azurite: Azurite, cloud: SimulatedCloud, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Services]:
    """On real adapters; its queues and tables belong to this test's process."""
    given = cloud.settings(azurite.connection) | {"SSPR_MAIL_PER_MINUTE": "0", "SSPR_MAIL_PER_HOUR": "0"}
    monkeypatch.setenv("SSL_CERT_FILE", given["SSL_CERT_FILE"])
    settings = read(given)
    opened: list[Any] = []
    for name in ("open_storage", "Graph"):
        monkeypatch.setattr(wiring, name, _remembering(getattr(wiring, name), opened))
    built = wiring.build(settings, heard.telemetry)
    monkeypatch.setattr(wiring, "services", lambda: built)
    monkeypatch.setattr(function_app, "settings", lambda: settings)
    yield built
    mailer: Any = built.post.mailer
    for one in (*opened, mailer._mailer):
        await one.close()


def _remembering(really: Any, made: list[Any]) -> Any:
    def open_it(**how: Any) -> Any:
        made.append(really(**how))
        return made[-1]

    return open_it


async def taken(azurite: Azurite, queue: str) -> list[bytes]:
    """Takes the messages out of the queue, once some are visible."""
    decode = BinaryBase64DecodePolicy()
    async with QueueClient.from_connection_string(azurite.connection, queue, message_decode_policy=decode) as client:
        found: list[Any] = []
        until = time.monotonic() + 20
        while not found:
            assert time.monotonic() < until, f"nothing in {queue}"
            found = [one async for one in client.receive_messages(visibility_timeout=300)]
            await asyncio.sleep(0.1)
        for one in found:
            await client.delete_message(one)
    return [one.content for one in found]


async def test_from_timer_to_graph_and_from_a_request_to_mail_nothing_names_a_person(
    services: Services, cloud: SimulatedCloud, azurite: Azurite, heard: Heard
) -> None:
    await call("discover_tenants")
    await call("schedule_snapshots")
    for body in await taken(azurite, "snapshots"):
        await call("take_snapshot", body=body)
    with heard.telemetry.span("runs", {}):
        await accept(a_request(cloud.tenant_ids), EVERY_TENANT, services, now=datetime.now(UTC))
    for queue, door in (("expand-runs", "expand_run"), ("send-emails", "send_email")):
        for body in await taken(azurite, queue):
            await call(door, body=body)

    graph, mails = spans_of(heard, "graph "), heard.named("mail POST")
    assert {trace_of(one) for one in graph} == {
        trace_of(*heard.named("discover_tenants")), trace_of(*heard.named("schedule_snapshots"))
    }  # fmt: skip
    assert {one.attributes["http.response.status_code"] for one in graph} >= {200}
    assert mails
    assert {trace_of(one) for one in mails} == {trace_of(*heard.named("runs"))}
    assert heard.metrics()["sspr.mails.accepted", ()] == len(mails)
    told = all_that_was_told(heard)
    people = [one["user"] for tenant in cloud.tenant_ids for one in cloud.ask("GET", f"directory/{tenant}")["users"]]
    assert len(people) > 50
    for person in people:
        for name in ("id", "displayName", "userPrincipalName", "mail"):
            assert not person[name] or str(person[name]).lower() not in told
    assert "@" not in told
    assert "skiptoken" not in told
    assert keys_of(heard) <= FACTS


FACTS = {
    "answer", "attempt", "byte_count", "http.request.method", "http.response.status_code", "invocation_id",
    "page_count", "server.address", "server.port", "service", "queue", "tenant_id", "trouble", "url.scheme",
}  # fmt: skip


def a_request(tenants: Iterable[str]) -> Submission:
    olga = RequestedBy(object_id=guid("olga"), name="olga", display_name="Olga", address="olga@partner.example")
    wanted = RunRequest(tenants=[TenantId(one) for one in tenants], users=UserFilter(), template="register_now")
    return Submission(wanted=wanted, by=olga, body=b"{}", key=None)


def spans_of(heard: Heard, prefix: str) -> list[ReadableSpan]:
    return [one for one in heard.spans if one.name.startswith(prefix)]


def all_that_was_told(heard: Heard) -> str:
    """Every whole span and every metric."""
    return "\n".join([*(one.to_json() for one in heard.spans), json.dumps(list(map(str, heard.metrics())))]).lower()


def keys_of(heard: Heard) -> set[str]:
    of_metrics = {key for _, facts in heard.metrics() for key, _ in facts}
    return {key for one in heard.spans for key in one.attributes or ()} | of_metrics
