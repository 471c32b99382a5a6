"""The port Mailer: one suite for the fake and for the mail service's adapter on the simulated cloud."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ServiceRequestError
from azure.core.pipeline.transport import AioHttpTransport
from azure.identity.aio import ClientSecretCredential

from sspr_core.adapters.acs_mailer import AcsMailer, Identity, NoToken, open_mailer
from sspr_core.model.mail import (
    Accepted,
    ConnectFailed,
    KnownOperation,
    Mail,
    MailAnswer,
    NoAnswer,
    Rejected,
    SenderRefused,
    Throttled,
    Unauthorized,
    UnknownOperation,
    UnknownOutcome,
)
from sspr_core.model.report import Attachment, Picture
from sspr_core.ports.mail import Mailer
from tests.dev.test_cloud_mail import address_that
from tests.fakes.mailing import MemoryMailer
from tests.local_stack import SimulatedCloud, simulated_cloud

SENDER = "donotreply@simulated.example"
LONG = timedelta(seconds=20)
LAG = timedelta(hours=1)
POST, LOOKUP = "/emails:send", "/emails/operations"


def a_mail(**said: Any) -> Mail:
    usual: dict[str, Any] = {
        "operation_id": str(uuid4()),
        "sender": SENDER,
        "to": address_that("Delivered"),
        "to_name": "Ana „Ö“ Ödegård",
        "subject": "Bitte registrieren – 登録",
        "text": "Guten Tag",
        "html": "<p>Guten Tag</p>",
    }
    return Mail(**{**usual, **said})


@dataclass
class Service:
    """A mailer and its controls: the next fault, and the accepted mails."""

    mailer: Mailer
    cloud: SimulatedCloud | None

    async def send(self, mail: Mail) -> MailAnswer:
        return await self.mailer.send(mail, timeout=LONG)

    async def ask(self, operation_id: str) -> Any:
        return await self.mailer.ask(operation_id, timeout=LONG)

    def meets(self, fault: str) -> None:
        """The next POST meets this fault."""
        if isinstance(self.mailer, MemoryMailer):
            self.mailer.next_posts.append(FAULTS[fault][1])
        elif self.cloud:
            self.cloud.ask("POST", "faults", {"path": POST, "count": 1, **FAULTS[fault][0]})

    def accepted(self) -> list[str]:
        """Operation ids, one per mail."""
        if isinstance(self.mailer, MemoryMailer):
            return [mail.operation_id for _, mail in self.mailer.mailbox]
        assert self.cloud
        return [one["operation_id"] for one in self.cloud.ask("GET", "mailbox")]

    def after_the_lag(self) -> None:
        if isinstance(self.mailer, MemoryMailer):
            self.mailer.clock.forward(LAG)
        elif self.cloud:
            told_lag(self.cloud, timedelta(0))


def told_lag(cloud: SimulatedCloud, lag: timedelta) -> None:
    """How long the lookup does not know a new operation. The service's clock cannot be moved, but the lag can be
    ended.
    """
    cloud.ask("POST", "mail", {"lookup_lag": lag.total_seconds()})


FAULTS: dict[str, tuple[dict[str, Any], Any]] = {
    "throttled": ({"status": 429, "retry_after": 600}, Throttled(timedelta(minutes=10))),
    "throttled in silence": ({"status": 429}, "throttled"),
    "not let in": ({"status": 401}, "not let in"),
    "forbidden": ({"status": 403}, "not let in"),
    "bad address": ({"status": 400}, "bad address"),
    "not found": ({"status": 404}, "bad address"),
    "too large": ({"status": 413}, "bad address"),
    "not understood": ({"status": 422}, "bad address"),
    "500": ({"status": 500}, "500 before"),
    "503": ({"status": 503}, "500 before"),
    "504": ({"status": 504, "body": "html"}, "500 before"),
    "dropped": ({"status": 0}, "500 before"),
}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedCloud]:
    with simulated_cloud(tmp_path_factory.mktemp("cloud"), "--tenants", "1", "--users", "3") as started:
        yield started


@pytest.fixture
async def acs(cloud: SimulatedCloud, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    monkeypatch.setenv("SSL_CERT_FILE", cloud.says["ca_file"])
    told_lag(cloud, LAG)
    mailer = open_mailer(connection=cloud.says["mail_connection_string"], endpoint=None, identity_client_id=None)
    yield Service(mailer, cloud)
    cloud.ask("DELETE", "faults")
    await mailer.close()


@pytest.fixture(params=["memory", "acs"])
def service(request: pytest.FixtureRequest) -> Service:
    if request.param == "memory":
        return Service(MemoryMailer(lookup_lag=LAG), None)
    found: Service = request.getfixturevalue("acs")
    return found


async def test_a_mail_is_accepted_and_lies_in_the_mailbox_once(service):
    mail = a_mail()

    assert await service.send(mail) == Accepted()

    assert service.accepted().count(mail.operation_id) == 1


async def test_the_same_mail_again_is_accepted_and_is_still_one(service):
    mail = a_mail(reply_to="help@partner.example")

    assert [await service.send(mail) for _ in range(3)] == [Accepted()] * 3

    assert service.accepted().count(mail.operation_id) == 1


async def test_another_mail_under_a_known_operation_is_refused(service):
    mail = a_mail()
    await service.send(mail)

    answer = await service.send(replace(mail, subject="Another"))

    assert isinstance(answer, Rejected)
    assert answer.reason.startswith("OperationIdReused")
    assert service.accepted().count(mail.operation_id) == 1


@pytest.mark.parametrize("fault", FAULTS)
async def test_every_trouble_has_its_answer_after_exactly_one_post(service, fault):
    mail = a_mail()
    await service.send(a_mail())  # so that the connection is already open
    service.meets(fault)

    answer = await service.send(mail)

    match fault:
        case "throttled":
            assert answer == Throttled(timedelta(minutes=10))
        case "throttled in silence":
            assert answer == Throttled(None)
        case "not let in" | "forbidden":
            assert isinstance(answer, Unauthorized)
        case "bad address" | "not found" | "too large" | "not understood":
            assert isinstance(answer, Rejected)
        case _:
            assert isinstance(answer, UnknownOutcome)
    assert mail.operation_id not in service.accepted()  # the fault occurred once, without a retry


async def test_an_operation_is_known_when_the_lookup_has_caught_up_and_not_before(service):
    mail = a_mail()
    await service.send(mail)

    assert await service.ask(mail.operation_id) == UnknownOperation()
    service.after_the_lag()

    assert await service.ask(mail.operation_id) == KnownOperation()


async def test_an_operation_nobody_began_is_not_known(service):
    assert await service.ask(str(uuid4())) == UnknownOperation()


async def test_an_operation_that_the_service_gave_up_is_known_with_the_reason(service):
    mail = a_mail(to=address_that("Failed"))
    await service.send(mail)
    if isinstance(service.mailer, MemoryMailer):
        service.mailer.given_up[mail.operation_id] = "EmailDropped: …"
    service.after_the_lag()

    answer = await service.ask(mail.operation_id)

    assert isinstance(answer, KnownOperation)
    assert answer.failed
    assert answer.failed.startswith("EmailDropped: ")


# The adapter alone


async def test_the_message_is_all_the_mail_says_and_its_links_stay_as_they_are(acs, cloud):
    mail = a_mail(reply_to="help@partner.example")

    await acs.send(mail)

    [message] = [one["message"] for one in cloud.ask("GET", "mailbox") if one["operation_id"] == mail.operation_id]
    assert message == {
        "senderAddress": mail.sender,
        "content": {"subject": mail.subject, "plainText": mail.text, "html": mail.html},
        "recipients": {"to": [{"address": mail.to, "displayName": mail.to_name}]},
        "replyTo": [{"address": "help@partner.example"}],
        "userEngagementTrackingDisabled": True,
    }


async def test_pictures_are_named_for_the_html_and_files_lie_beside_it(acs, cloud):
    picture = Picture(name="course.png", content_type="image/png", content=b"\x89PNG", content_id="course")
    file = Attachment(name="users.csv", content_type="text/csv", content=b"name\r\n")
    mail = a_mail(pictures=(picture,), attachments=(file,))

    assert await acs.send(mail) == Accepted()

    [message] = [one["message"] for one in cloud.ask("GET", "mailbox") if one["operation_id"] == mail.operation_id]
    assert message["attachments"] == [
        {"name": "course.png", "contentType": "image/png", "contentInBase64": "iVBORw==", "contentId": "course"},
        {"name": "users.csv", "contentType": "text/csv", "contentInBase64": "bmFtZQ0K"},
    ]


async def test_a_mail_with_too_large_a_file_is_refused(acs):
    file = Attachment(name="users.csv", content_type="text/csv", content=bytes(8_000_000))

    assert isinstance(await acs.send(a_mail(attachments=(file,))), Rejected)


@pytest.mark.parametrize("fault", [{"status": 429, "retry_after": 5}, {"status": 500}, {"status": 404, "body": "html"}])
async def test_a_lookup_that_says_nothing_is_no_answer_and_is_made_once(acs, cloud, fault):
    mail = a_mail()
    await acs.send(mail)
    acs.after_the_lag()
    cloud.ask("POST", "faults", {"path": LOOKUP, "count": 1, **fault})

    assert await acs.ask(mail.operation_id) == NoAnswer()
    assert await acs.ask(mail.operation_id) == KnownOperation()


async def test_a_wrong_key_is_not_let_in(cloud, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", cloud.says["ca_file"])
    connection = cloud.says["mail_connection_string"].partition(";")[0] + ";accesskey=YW5vdGhlcg=="
    mailer = open_mailer(connection=connection, endpoint=None, identity_client_id=None)

    answer = await mailer.send(a_mail(), timeout=LONG)
    asked = await mailer.ask(str(uuid4()), timeout=LONG)
    await mailer.close()

    assert answer == Unauthorized("401 Denied")
    assert asked == NoAnswer()


async def test_with_a_token_of_the_partners_the_mail_is_accepted(cloud, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", cloud.says["ca_file"])
    says = cloud.says
    tls = ssl.create_default_context(cafile=says["ca_file"])
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls))
    credential = ClientSecretCredential(
        says["partner_tenant_id"], says["client_id"], says["client_secret"], authority=says["authority"],
        transport=AioHttpTransport(session=session, session_owner=True),
    )  # fmt: skip
    mailer = AcsMailer(says["url"], Identity(credential))
    mail = a_mail()

    answer = await mailer.send(mail, timeout=LONG)
    told_lag(cloud, timedelta(0))
    asked = await mailer.ask(mail.operation_id, timeout=LONG)
    await mailer.close()

    assert (answer, asked) == (Accepted(), KnownOperation())


@pytest.mark.parametrize(
    "error", [ClientAuthenticationError("x"), HttpResponseError("400"), ServiceRequestError("refused"), None]
)
async def test_an_identity_without_a_token_is_our_trouble_and_no_refusal_of_the_mail(cloud, monkeypatch, error):
    class Broken:
        async def get_token(self, *scopes: str, **options: Any) -> None:
            if error is None:
                await asyncio.sleep(60)
            raise error

        async def close(self) -> None:
            return

    monkeypatch.setenv("SSL_CERT_FILE", cloud.says["ca_file"])
    monkeypatch.setattr("sspr_core.adapters.acs_mailer._TOKEN_WITHIN", 0.1)
    mailer = AcsMailer(cloud.says["url"], Identity(Broken()))

    answer = await mailer.send(a_mail(), timeout=LONG)
    asked = await mailer.ask(str(uuid4()), timeout=LONG)
    await mailer.close()

    assert isinstance(answer, Unauthorized)
    assert "token" in answer.reason
    assert asked == NoAnswer()


async def test_a_token_that_the_service_wants_renewed_is_not_renewed_for_a_second_post():
    class Willing:
        async def get_token(self, *scopes: str, **options: Any) -> str:
            return "token"

    assert await Identity(Willing()).get_token("scope") == "token"
    with pytest.raises(NoToken):
        await Identity(Willing()).get_token("scope", claims="{}")


# Answers that the simulated cloud does not give, sent from a socket


@asynccontextmanager
async def a_server(
    answer: bytes | None, *, after: asyncio.Event | None = None
) -> AsyncIterator[tuple[AcsMailer, list[bytes]]]:
    """Reads a whole request, waits for the event `after` if given, sends the answer and closes; None: only closes."""
    requests: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(x.split(b":")[1]) for x in head.split(b"\r\n") if x.lower().startswith(b"content-length")), 0
        )
        requests.append(head + await reader.readexactly(length))
        if after:
            await after.wait()
        writer.write(answer or b"")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    mailer = open_mailer(
        connection=f"endpoint=http://127.0.0.1:{port}/;accesskey=a2V5", endpoint=None, identity_client_id=None
    )
    try:
        yield mailer, requests
    finally:
        await mailer.close()
        server.close()


async def test_a_connection_that_ends_without_an_answer_may_have_been_an_acceptance():
    async with a_server(None) as (mailer, requests):
        assert isinstance(await mailer.send(a_mail(), timeout=LONG), UnknownOutcome)

    assert len(requests) == 1


async def test_an_answer_that_comes_too_late_is_none_and_the_wait_ends_in_time():
    too_late = asyncio.Event()
    async with a_server(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n", after=too_late) as (mailer, requests):
        async with asyncio.timeout(30):
            answer = await mailer.send(a_mail(), timeout=timedelta(seconds=2))
            asked = await mailer.ask(str(uuid4()), timeout=timedelta(seconds=2))
        too_late.set()

    assert isinstance(answer, UnknownOutcome)
    assert asked == NoAnswer()
    assert len(requests) == 2


@pytest.mark.parametrize(
    "headers",
    [
        b"content-length: 50\r\n",  # and no body
        b"retry-after: Wed, 21 Oct 2026 07:28:00 GMT\r\ncontent-length: 4\r\n",  # which the SDK takes for a number
        b"content-encoding: gzip\r\ncontent-length: 4\r\n",
    ],
    ids=["cut off", "date", "garbage"],
)
async def test_202_is_an_acceptance_whatever_comes_with_it(headers):
    async with a_server(b"HTTP/1.1 202 Accepted\r\n" + headers + b"\r\nabcd") as (mailer, _):
        assert await mailer.send(a_mail(), timeout=LONG) == Accepted()


async def test_a_redirect_is_not_followed():
    answer = b"HTTP/1.1 307 Temporary Redirect\r\nlocation: /emails:send\r\ncontent-length: 0\r\n\r\n"
    async with a_server(answer) as (mailer, requests):
        assert isinstance(await mailer.send(a_mail(), timeout=LONG), UnknownOutcome)

    assert len(requests) == 1


async def test_a_refusal_says_why_without_saying_who():
    mail = a_mail(to="ana@contoso.example", to_name="Ana Ödegård", reply_to="help@partner.example")
    body = '{"error":{"code":"InvalidAddress","message":"Ana Ödegård <ana@contoso.example>, or bo@x.example:\\n bad"}}'
    head = f"HTTP/1.1 400 Bad\r\ncontent-type: application/json\r\ncontent-length: {len(body.encode())}\r\n\r\n"
    async with a_server(head.encode() + body.encode()) as (mailer, _):
        answer = await mailer.send(mail, timeout=LONG)

    assert answer == Rejected("InvalidAddress: … <…>, or …: bad")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 429, 500, 503])
async def test_the_services_word_is_read_from_the_body_whatever_the_status(status):
    body = '{"error":{"code":"SubscriptionBlocked","message":"All requests are blocked."}}'
    head = f"HTTP/1.1 {status} No\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    async with a_server(head.encode() + body.encode()) as (mailer, requests):
        assert await mailer.send(a_mail(), timeout=LONG) == Unauthorized(f"{status} SubscriptionBlocked")

    assert len(requests) == 1


@pytest.mark.parametrize(
    ("sender", "own", "answer"),
    [
        ("it@simulated.example", SENDER, SenderRefused("400 InvalidSenderUserName")),
        ("it@simulated.example", "IT@simulated.example", Unauthorized("400 InvalidSenderUserName")),
        ("it@contoso.example", SENDER, SenderRefused("404 DomainNotLinked")),
        ("it@contoso.example", "us@contoso.example", Unauthorized("404 DomainNotLinked")),
    ],
)
async def test_an_unknown_sender_is_one_runs_trouble_unless_everything_leaves_from_it(
    cloud, monkeypatch, sender, own, answer
):
    monkeypatch.setenv("SSL_CERT_FILE", cloud.says["ca_file"])
    mailer = open_mailer(connection=cloud.says["mail_connection_string"], sender=own)
    mail = a_mail(sender=sender)

    answered = await mailer.send(mail, timeout=LONG)
    await mailer.close()

    assert answered == answer
    assert mail.operation_id not in [one["operation_id"] for one in cloud.ask("GET", "mailbox")]


async def test_only_a_connection_that_never_was_is_certainly_no_acceptance():
    closed = open_mailer(
        connection="endpoint=https://127.0.0.1:9/;accesskey=a2V5", endpoint=None, identity_client_id=None
    )

    answer = await closed.send(a_mail(), timeout=LONG)
    asked = await closed.ask(str(uuid4()), timeout=LONG)
    await closed.close()

    assert (answer, asked) == (ConnectFailed(), NoAnswer())


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("200 OK", b"not json"),
        ("200 OK", b"{}"),
        ("200 OK\r\ncontent-encoding: gzip", b"abcd"),
        ("200 OK\r\ncontent-type: application/json; charset=klingon", b'\xff{"status":1}'),
        ("302 Found\r\nlocation: /elsewhere", b""),
        ("404 Not Found\r\ncontent-type: text/html", b"<html>gateway</html>"),
    ],
)
async def test_what_cannot_be_read_is_no_answer_to_a_question(head, body):
    answer = f"HTTP/1.1 {head}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body
    async with a_server(answer) as (mailer, requests):
        assert await mailer.ask(str(uuid4()), timeout=LONG) == NoAnswer()

    assert len(requests) == 1


@pytest.mark.parametrize("status", ["NotStarted", "Running", "Succeeded", "SomethingNew"])
async def test_an_operation_that_goes_on_or_ended_well_is_known(status):
    body = f'{{"id":"x","status":"{status}","error":null}}'
    async with a_server(f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()) as (mailer, _):
        assert await mailer.ask(str(uuid4()), timeout=LONG) == KnownOperation(None)


async def test_an_operation_that_was_cancelled_is_known_as_failed_though_nothing_says_why():
    body = '{"id":"x","status":"Canceled"}'
    async with a_server(f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()) as (mailer, _):
        assert await mailer.ask(str(uuid4()), timeout=LONG) == KnownOperation("Canceled")
