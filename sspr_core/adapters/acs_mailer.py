"""Sends through Azure Communication Services, with a key or the app's identity."""

import asyncio
import base64
import ssl
import zlib
from datetime import timedelta
from typing import Any, cast

from aiohttp import ClientConnectorError, ClientSession, ConnectionTimeoutError
from azure.communication.email.aio import EmailClient
from azure.core.credentials import AccessToken, AzureKeyCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, HttpResponseError, ServiceRequestError
from azure.core.pipeline.transport import AioHttpTransport
from azure.core.rest import HttpRequest
from azure.identity.aio import DefaultAzureCredential, ManagedIdentityCredential

from sspr_core.adapters.acs_answers import answer_to_post, answer_to_question
from sspr_core.adapters.http_session import open_session
from sspr_core.model.mail import ConnectFailed, LookupAnswer, Mail, MailAnswer, NoAnswer, Unauthorized, UnknownOutcome
from sspr_core.model.report import Attachment, Picture

_TOKEN_WITHIN = 10  # seconds

_API = "2025-09-01"
_TIMEOUTS = {"connection_timeout": 10, "read_timeout": 60}  # the caller's timeout, for the whole call, decides
_UNREADABLE = (AzureError, ValueError, LookupError, zlib.error)  # what the SDK raises for answers it cannot read


class NoToken(Exception):
    """The app's identity got no token: nothing was sent."""


class Identity:
    """A credential whose errors cannot be mistaken for an answer of the mail service."""

    def __init__(self, credential: AsyncTokenCredential) -> None:
        self._credential = credential

    async def get_token(self, *scopes: str, claims: str | None = None, **options: Any) -> AccessToken:
        if claims:
            raise NoToken("the mail service wants another one")  # with a new token the SDK would post a second time
        try:
            async with asyncio.timeout(_TOKEN_WITHIN):
                return await self._credential.get_token(*scopes, **options)
        except (AzureError, TimeoutError) as error:
            raise NoToken(type(error).__name__) from None  # an answer that could not be read may hold the token itself

    async def close(self) -> None:
        await self._credential.close()


class AcsMailer:
    """The port Mailer. Belongs to one event loop; `close` when done. If `sender` is refused, no email can be sent."""

    def __init__(self, endpoint: str, credential: AzureKeyCredential | Identity, *, sender: str = "") -> None:
        self._credential = credential
        self._sender = sender
        self._session: ClientSession = open_session(endpoint, ssl.create_default_context())
        self._client = EmailClient(
            endpoint,
            cast(AzureKeyCredential, credential),  # of an identity it uses only get_token
            api_version=_API,
            transport=AioHttpTransport(session=self._session, session_owner=False, **_TIMEOUTS),
            retry_total=0,
            permit_redirects=False,  # a redirect would be a second POST
        )

    async def close(self) -> None:
        await self._client.close()
        await self._session.close()
        if isinstance(self._credential, Identity):
            await self._credential.close()

    async def send(self, mail: Mail, *, timeout: timedelta) -> MailAnswer:  # noqa: ASYNC109 - of the whole POST
        heard: list[Any] = []  # the answer as soon as its status has arrived; the body may never come
        try:
            async with asyncio.timeout(timeout.total_seconds()):
                await self._client.begin_send(
                    message_of(mail),
                    operation_id=mail.operation_id,
                    polling=False,  # it would poll for as long as the process lives
                    retry_total=0,
                    raw_response_hook=heard.append,
                )
        except NoToken as error:
            return Unauthorized(f"the app's identity got no token: {error}")
        except TimeoutError:
            return self._heard(heard, mail) or UnknownOutcome(f"no answer within {timeout.total_seconds():g} s")
        except _UNREADABLE as error:
            return self._heard(heard, mail, error) or _unheard(error)
        return self._heard(heard, mail) or UnknownOutcome("no answer")

    def _heard(self, heard: list[Any], mail: Mail, error: Exception | None = None) -> MailAnswer | None:
        if not heard:
            return None
        response = heard[-1].http_response
        said = error.error if isinstance(error, HttpResponseError) else None
        return answer_to_post(
            response.status_code,
            response.headers,
            mail,
            code=(said.code if said else "") or "",
            message=(said.message if said else "") or "",
            own_sender=self._sender,
        )

    async def ask(self, operation_id: str, *, timeout: timedelta) -> LookupAnswer:  # noqa: ASYNC109
        request = HttpRequest("GET", f"/emails/operations/{operation_id}", params={"api-version": _API})
        try:
            async with asyncio.timeout(timeout.total_seconds()):
                answer = await self._client.send_request(request, stream=True, retry_total=0)
                body = await answer.read()
        except (NoToken, TimeoutError, *_UNREADABLE):
            return NoAnswer()
        return answer_to_question(answer.status_code, answer.headers, body)


def open_mailer(
    *,
    connection: str | None = None,
    endpoint: str | None = None,
    identity_client_id: str | None = None,
    sender: str = "",
) -> AcsMailer:
    """By connection string, or by the service's address and the app's identity; call it on the loop that uses it."""
    if connection:
        parts = {name.lower(): value for name, _, value in (part.partition("=") for part in connection.split(";"))}
        return AcsMailer(parts["endpoint"].rstrip("/"), AzureKeyCredential(parts["accesskey"]), sender=sender)
    identity = (
        ManagedIdentityCredential(client_id=identity_client_id) if identity_client_id else DefaultAzureCredential()
    )
    return AcsMailer(endpoint or "", Identity(identity), sender=sender)


def message_of(mail: Mail) -> dict[str, Any]:
    """The request body; the same mail gives the same bytes."""
    message: dict[str, Any] = {
        "senderAddress": mail.sender,
        "content": {"subject": mail.subject, "plainText": mail.text, "html": mail.html},
        "recipients": {"to": [{"address": mail.to, "displayName": mail.to_name}]},
        "userEngagementTrackingDisabled": True,  # tracking would rewrite links, which users are warned not to trust
    }
    if mail.reply_to:
        message["replyTo"] = [{"address": mail.reply_to}]
    files: tuple[Picture | Attachment, ...] = (*mail.pictures, *mail.attachments)
    if files:
        message["attachments"] = [_file(one) for one in files]
    return message


def _file(one: Picture | Attachment) -> dict[str, str]:
    file = {
        "name": one.name,
        "contentType": one.content_type,
        "contentInBase64": base64.b64encode(one.content).decode(),
    }
    return file | ({"contentId": one.content_id} if isinstance(one, Picture) else {})


def _unheard(error: Exception) -> MailAnswer:
    """Certain only if no connection was made: the same error is raised when one breaks after the last byte."""
    why = error.inner_exception if isinstance(error, ServiceRequestError) else None
    if isinstance(why, (ClientConnectorError, ConnectionTimeoutError)):
        return ConnectFailed()
    return UnknownOutcome(type(why or error).__name__)
