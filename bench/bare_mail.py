"""The limit of sending: the same emails by bare POSTs."""

import base64
import hashlib
import hmac
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import urlsplit

import aiohttp

from bench.stage import Stage

_SEND = "/emails:send?api-version=2025-09-01"


class BareMail:
    """The mail service, with its key."""

    def __init__(self, connection: str, session: aiohttp.ClientSession) -> None:
        parts = {name: value for name, _, value in (part.partition("=") for part in connection.split(";"))}
        self._address, self._key = parts["endpoint"].rstrip("/"), base64.b64decode(parts["accesskey"])
        self._session = session

    async def send(self, operation_id: str, body: bytes) -> None:
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        date, host = format_datetime(datetime.now(UTC), usegmt=True), urlsplit(self._address).netloc
        signed = hmac.digest(self._key, f"POST\n{_SEND}\n{date};{host};{digest}".encode(), "sha256")
        proof = f"SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={base64.b64encode(signed).decode()}"
        headers = {
            "Content-Type": "application/json",
            "Operation-Id": operation_id,
            "x-ms-date": date,
            "x-ms-content-sha256": digest,
            "Authorization": f"HMAC-SHA256 {proof}",
        }
        async with self._session.post(self._address + _SEND, data=body, headers=headers) as answer:
            if answer.status != 202:
                raise RuntimeError(f"an email was not accepted: {answer.status}")
            await answer.read()


@asynccontextmanager
async def open_bare_mail(stage: Stage) -> AsyncIterator[BareMail]:
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context())
    async with aiohttp.ClientSession(connector=connector) as session:
        yield BareMail(stage.cloud["mail_connection_string"], session)
