"""The simulated cloud over HTTPS, called by Microsoft's own SDKs."""

import base64
import json
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import httpx
import pytest
from azure.communication.email import EmailClient
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
)
from azure.core.pipeline.transport import AioHttpTransport
from azure.identity.aio import ClientSecretCredential
from azure.storage.queue import QueueClient

from dev.azurite import Azurite
from tests.dev.clouds import REPORT
from tests.dev.sample import eventually
from tests.local_stack import SimulatedCloud, simulated_cloud

A_MAIL = {
    "senderAddress": "donotreply@simulated.example",
    "content": {"subject": "Register", "plainText": "…"},
    "recipients": {"to": [{"address": "ana@contoso.example"}, {"address": "bo@contoso.example"}]},
}


@pytest.fixture(scope="module")
def receipts() -> str:
    return f"receipts-{uuid4().hex[:10]}"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, azurite: Azurite, receipts: str) -> Iterator[SimulatedCloud]:
    """Every kind of special tenant, delivery reports, and operations that are known at once."""
    size = ["--tenants", "36", "--users", "40", "--seed", "5"]
    reports = ["--receipts", azurite.connection, "--receipts-queue", receipts, "--lookup-lag", "0"]
    with simulated_cloud(tmp_path_factory.mktemp("cloud"), *size, *reports) as started:
        yield started


@pytest.fixture
async def transport(cloud: SimulatedCloud) -> AsyncIterator[AioHttpTransport]:
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=cloud.tls))
    async with AioHttpTransport(session=session, session_owner=True) as opened:
        yield opened


async def a_token(cloud: SimulatedCloud, transport: AioHttpTransport, tenant: str, secret: str | None = None) -> str:
    says = cloud.says
    credential = ClientSecretCredential(
        tenant, says["client_id"], secret or says["client_secret"], authority=says["authority"], transport=transport
    )
    return (await credential.get_token(f"{says['url']}/.default")).token


def mail(cloud: SimulatedCloud, key: str | None = None) -> EmailClient:
    connection = cloud.says["mail_connection_string"]
    if key:
        connection = f"{connection.partition(';')[0]};accesskey={key}"
    return EmailClient.from_connection_string(connection, connection_verify=cloud.says["ca_file"], retry_total=0)


async def test_the_identity_sdk_gets_a_token_and_reads_every_page_with_it(cloud, transport):
    tenant = next(one["tenant_id"] for one in cloud.says["tenants"] if one["special"] is None)
    truth = cloud.ask("GET", f"directory/{tenant}")["users"]
    headers = {"authorization": f"Bearer {await a_token(cloud, transport, tenant)}"}
    rows: list[dict[str, Any]] = []
    async with httpx.AsyncClient(verify=cloud.tls, headers=headers, timeout=60) as client:
        link = f"{cloud.says['graph_url']}/users?$select=id,mail&$top=7"
        while link:
            page = (await client.get(link)).json()
            rows += page["value"]
            link = page.get("@odata.nextLink")

    assert [(row["id"], row["mail"]) for row in rows] == [(one["user"]["id"], one["user"]["mail"]) for one in truth]


@pytest.mark.parametrize(
    ("word", "code"),
    [("consent_missing", "AADSTS700016"), ("conditional_access", "AADSTS53003"), ("gone", "AADSTS90002")],
)
async def test_the_identity_sdk_says_why_a_tenant_gives_no_token(cloud, transport, word, code):
    with pytest.raises(ClientAuthenticationError, match=code):
        await a_token(cloud, transport, cloud.special(word))


async def test_the_identity_sdk_says_that_the_secret_is_wrong(cloud, transport):
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        await a_token(cloud, transport, cloud.tenant_ids[0], "wrong")


def test_a_client_that_does_not_know_the_ca_does_not_connect(cloud):
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{cloud.says['url']}/_sim/stats", verify=ssl.create_default_context(), timeout=60)


async def test_a_truncated_answer_ends_in_the_middle(cloud, transport):
    headers = {"authorization": f"Bearer {await a_token(cloud, transport, cloud.special('truncated'))}"}

    async with httpx.AsyncClient(verify=cloud.tls, headers=headers, timeout=60) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(f"{cloud.says['graph_url']}/users")


async def test_a_dropped_connection_is_an_answer_that_never_comes(cloud, transport):
    tenant = next(one["tenant_id"] for one in cloud.says["tenants"] if one["special"] is None)
    headers = {"authorization": f"Bearer {await a_token(cloud, transport, tenant)}"}
    cloud.ask("POST", "faults", {"tenant": tenant, "path": REPORT, "status": 0, "count": 1})

    async with httpx.AsyncClient(verify=cloud.tls, headers=headers, timeout=60) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(f"{cloud.says['graph_url']}/{REPORT}")
        assert (await client.get(f"{cloud.says['graph_url']}/{REPORT}")).status_code == 200


def test_the_mail_sdk_signs_sends_and_waits_until_the_mail_is_gone(cloud):
    operation_id = str(uuid4())
    with mail(cloud) as client:
        poller = client.begin_send(A_MAIL, operation_id=operation_id, polling=False)
        assert poller.result()["status"] == "Running"

        def status() -> str | None:
            try:
                return str(client.begin_send(A_MAIL, operation_id=operation_id, polling_interval=0).result()["status"])
            except HttpResponseError as error:
                return None if error.status_code == 404 else str(error)

        cloud.ask("POST", "mail", {"lookup_lag": 3600})
        assert status() is None  # just after 202 the operation is not known yet
        cloud.ask("POST", "mail", {"lookup_lag": 0})
        assert status() == "Succeeded"

    mailbox = [one["operation_id"] for one in cloud.ask("GET", "mailbox")]
    assert mailbox.count(operation_id) == 1


def test_the_mail_sdk_is_refused_with_a_wrong_key(cloud):
    wrong = base64.b64encode(b"another key").decode()

    with mail(cloud, wrong) as client, pytest.raises(HttpResponseError) as refused:
        client.begin_send(A_MAIL)

    assert refused.value.status_code == 401


def test_the_mail_sdk_hears_that_an_operation_id_was_used_before(cloud):
    operation_id = str(uuid4())
    with mail(cloud) as client:
        client.begin_send(A_MAIL, operation_id=operation_id, polling=False)

        with pytest.raises(HttpResponseError, match="used for another request"):
            client.begin_send(A_MAIL | {"replyTo": [{"address": "x@y.example"}]}, operation_id=operation_id)


def test_the_mail_sdk_hears_of_the_quota_and_how_long_to_wait(tmp_path: Path):
    with simulated_cloud(tmp_path, "--tenants", "1", "--users", "3", "--mail-per-minute", "1") as cloud:
        with mail(cloud) as client:
            client.begin_send(A_MAIL, polling=False)
            with pytest.raises(HttpResponseError) as refused:
                client.begin_send(A_MAIL, polling=False)

        assert refused.value.status_code == 429
        assert 0 < int(refused.value.response.headers["Retry-After"]) <= 61

    assert not list(tmp_path.glob("ca*"))
    with pytest.raises((ServiceRequestError, OSError)):
        mail(cloud).begin_send(A_MAIL)


def test_each_recipients_delivery_report_lies_in_the_queue_as_event_grid_puts_it(cloud, azurite, receipts):
    operation_id = str(uuid4())
    with mail(cloud) as client:
        client.begin_send(A_MAIL, operation_id=operation_id, polling=False)
    reports: list[dict[str, Any]] = []

    def both_came() -> bool:
        with QueueClient.from_connection_string(azurite.connection, receipts) as queue, suppress(ResourceNotFoundError):
            reports.extend(json.loads(base64.b64decode(one.content)) for one in queue.receive_messages())
        return len([one for one in reports if one["data"]["messageId"] == operation_id]) == 2

    eventually(both_came)

    mine = [one for one in reports if one["data"]["messageId"] == operation_id]
    assert {one["data"]["recipient"] for one in mine} == {"ana@contoso.example", "bo@contoso.example"}
    assert {one["eventType"] for one in mine} == {"Microsoft.Communication.EmailDeliveryReportReceived"}
