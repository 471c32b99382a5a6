"""Single rows, over the service's REST interface.

The SDK's client costs this process a millisecond for each, two and a half times what the request itself does, and one
email is seven of them. What carries many rows (queries, transactions) goes through the SDK, where that is little.
"""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, NoReturn
from urllib.parse import quote, urlsplit

import msgspec
from aiohttp import ClientError, ClientSession, ClientTimeout
from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError
from azure.data.tables.aio import TableServiceClient
from yarl import URL

from sspr_core.model.errors import Conflict, NotFound, TryAgain
from sspr_core.model.problem import Access, Trouble

STORAGE_AWAY = Trouble(word=Access.UNAVAILABLE, code="storage", message="The app's own storage did not answer.")
_SCOPE = "https://storage.azure.com/.default"
_TRIES, _FIRST_WAIT = 3, 0.5  # seconds, doubled
_TIMEOUT = ClientTimeout(sock_connect=10, sock_read=60)  # the service itself ends a request after 30 s
_JSON = "application/json"
_ETAG = "ETag"

type _Answer = tuple[int, Mapping[str, str], bytes]


class PointRow(dict[str, Any]):
    """A row's columns, and its etag where the SDK's entities have it too."""

    def __init__(self, columns: dict[str, Any], etag: str) -> None:
        super().__init__(columns)
        self.metadata = {"etag": etag}


class Points:
    """Rows of all tables of an account, one at a time; with the SDK client's address, version and credential."""

    def __init__(self, service: TableServiceClient, session: ClientSession) -> None:
        address = urlsplit(service.url)
        self._root, self._sas = f"{address.scheme}://{address.netloc}{address.path}", address.query
        self._credential: AzureNamedKeyCredential | AzureSasCredential | AsyncTokenCredential | None
        self._credential = service.credential
        self._usual = {
            "Accept": "application/json;odata=minimalmetadata",
            "Accept-Encoding": "identity",
            "DataServiceVersion": "3.0",
            "x-ms-version": service.api_version,
        }
        self._session = session

    async def get(self, table: str, partition: str, row: str) -> PointRow:
        """Raises NotFound."""
        _, headers, body = await self._ask("GET", _address(table, partition, row))
        return PointRow(decoded(body), headers[_ETAG])

    async def create(self, table: str, row: dict[str, Any]) -> str:
        """The new row's etag. Raises Conflict when it is there already."""
        _, headers, _ = await self._ask("POST", table, row, Prefer="return-no-content")
        return headers[_ETAG]

    async def write(self, table: str, row: dict[str, Any], *, merge: bool, etag: str | None = None) -> str:
        """The whole row, or with `merge` these columns; if it is still the one with `etag`, or whatever is there.

        The new etag. Raises Conflict when the row is another one, NotFound when there is none with an etag.
        """
        address = _address(table, row["PartitionKey"], row["RowKey"])
        only_if = {"If-Match": etag} if etag else {}
        _, headers, _ = await self._ask("PATCH" if merge else "PUT", address, row, **only_if)
        return headers[_ETAG]

    async def _ask(self, verb: str, address: str, row: dict[str, Any] | None = None, **headers: str) -> _Answer:
        """Up to three times while storage is away or overloaded; then TryAgain."""
        body = None if row is None else encoded(row)
        for number in range(_TRIES):
            if number:
                await asyncio.sleep(_FIRST_WAIT * 2 ** (number - 1))
            try:
                answer = await self._once(verb, address, body, headers)
            except (ClientError, AzureError, OSError) as error:  # of the SDK: no token
                away: Exception = error
                continue
            status = answer[0]
            if status < 300:
                return answer
            if status not in (408, 429) and status < 500:
                _refuse(*answer)
            away = OSError(f"status {status}")
        raise TryAgain(trouble=STORAGE_AWAY) from away

    async def _once(self, verb: str, address: str, body: bytes | None, headers: dict[str, str]) -> _Answer:
        date = format_datetime(datetime.now(UTC), usegmt=True)
        kind = {"Content-Type": _JSON} if body is not None else {}
        path = URL(f"{self._root}/{address}").raw_path
        allowed, query = await self._permission(f"{verb}\n\n{kind.get('Content-Type', '')}\n{date}", path)
        url = URL(f"{self._root}/{address}{query}")
        sent = {**self._usual, "x-ms-date": date, **kind, **headers, **allowed}
        async with self._session.request(
            verb, url, data=body, headers=sent, timeout=_TIMEOUT, allow_redirects=False
        ) as answer:
            return answer.status, answer.headers, await answer.read()

    async def _permission(self, signed: str, path: str) -> tuple[dict[str, str], str]:
        """What proves who asks: a header, or something behind the address."""
        match self._credential:
            case AzureNamedKeyCredential(named_key=key):
                text = f"{signed}\n/{key.name}{path}"
                digest = hmac.digest(base64.b64decode(key.key), text.encode(), hashlib.sha256)
                return {"Authorization": f"SharedKey {key.name}:{base64.b64encode(digest).decode()}"}, ""
            case AzureSasCredential(signature=signature):
                return {}, f"?{signature.lstrip('?')}"
            case None:
                return {}, f"?{self._sas}"
            case credential:
                token = await credential.get_token(_SCOPE)  # remembered there
                return {"Authorization": f"Bearer {token.token}"}, ""


def _address(table: str, partition: str, row: str) -> str:
    return f"{table}(PartitionKey='{_key(partition)}',RowKey='{_key(row)}')"


def _key(text: str) -> str:
    return quote(text.replace("'", "''"), safe="")


def encoded(row: dict[str, Any]) -> bytes:
    """As the service takes a row: binary columns are named as such, None is no column."""
    columns: dict[str, Any] = {}
    for name, value in row.items():
        match value:
            case None:
                continue
            case bytes():
                columns[f"{name}@odata.type"] = "Edm.Binary"
                columns[name] = base64.b64encode(value).decode()
            case str() | bool() | int():
                columns[name] = value
            case _:
                raise TypeError(f"column {name} is a {type(value).__name__}")
    return msgspec.json.encode(columns)


def decoded(body: bytes) -> dict[str, Any]:
    """The inverse, without what the service adds."""
    found: dict[str, Any] = msgspec.json.decode(body)
    binary = [name for name, kind in found.items() if name.endswith("@odata.type") and kind == "Edm.Binary"]
    for name in binary:
        column = name.removesuffix("@odata.type")
        found[column] = base64.b64decode(found[column])
    return {name: value for name, value in found.items() if "odata." not in name and name != "Timestamp"}


def _refuse(status: int, headers: Mapping[str, str], body: bytes) -> NoReturn:
    code = headers.get("x-ms-error-code") or str(status)
    if status == 404:
        raise NotFound(code)
    if status in (409, 412):
        raise Conflict(code)
    raise RuntimeError(f"storage refused a row: {status} {code}: {body[:300].decode(errors='replace')}")
