"""The limit: the same tokens and pages downloaded by a bare HTTP client, and nothing done with them."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

import aiohttp
import httpx
import msgspec
from yarl import URL

from bench.stage import Stage
from sspr_core.model.directory import USER_PROPERTIES

SCOPE = "https://graph.microsoft.com/.default"
REPORT = "reports/authenticationMethods/userRegistrationDetails"
_USERS = f"users?$select={','.join(USER_PROPERTIES)}&$top=999"
_WHOLE = ("organization?$select=id,displayName,verifiedDomains", "subscribedSkus", REPORT, _USERS)


class _Row(msgspec.Struct):
    id: str


class _Page(msgspec.Struct):
    value: list[_Row]
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")


class Client(Protocol):
    """One pool of connections, HTTP/1.1 over TLS like the app's. Raises on a status that is no success."""

    async def get(self, address: str, headers: Mapping[str, str]) -> bytes: ...
    async def post(self, address: str, form: Mapping[str, str]) -> bytes: ...


class HttpxClient:
    def __init__(self, tls: ssl.SSLContext) -> None:
        self.session = httpx.AsyncClient(verify=tls, timeout=60)

    async def get(self, address: str, headers: Mapping[str, str]) -> bytes:
        answer = await self.session.get(address, headers=headers)
        return answer.raise_for_status().content

    async def post(self, address: str, form: Mapping[str, str]) -> bytes:
        answer = await self.session.post(address, data=form)
        return answer.raise_for_status().content


class AiohttpClient:
    def __init__(self, tls: ssl.SSLContext) -> None:
        self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls), raise_for_status=True)

    async def get(self, address: str, headers: Mapping[str, str]) -> bytes:
        async with self.session.get(URL(address, encoded=True), headers=headers) as answer:
            return await answer.read()

    async def post(self, address: str, form: Mapping[str, str]) -> bytes:
        async with self.session.post(address, data=form) as answer:
            return await answer.read()


class Bare:
    """Tokens and pages through such a client."""

    def __init__(self, stage: Stage, client: Client) -> None:
        self._cloud = stage.cloud
        self._client = client

    async def token(self, tenant: str) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._cloud["client_id"],
            "client_secret": self._cloud["client_secret"],
            "scope": SCOPE,
        }
        answer = await self._client.post(f"{self._cloud['authority']}/{tenant}/oauth2/v2.0/token", form)
        return str(msgspec.json.decode(answer)["access_token"])

    async def get(self, address: str, token: str) -> bytes:
        return await self._client.get(address, {"Authorization": f"Bearer {token}"})

    async def pages(self, token: str, *lists: str) -> list[str]:
        """The addresses of all pages, so that the download need not even look for the next one."""
        found = []
        for one in lists:
            address: str | None = f"{self._cloud['graph_url']}/{one}"
            while address:
                found.append(address)
                address = msgspec.json.decode(await self.get(address, token), type=_Page).next_link
        return found

    async def everything(self, tenant: str) -> list[str]:
        """The addresses of all that a snapshot reads."""
        return await self.pages(await self.token(tenant), *_WHOLE)

    async def user_ids(self, tenant: str) -> list[str]:
        token = await self.token(tenant)
        answers = [await self.get(address, token) for address in await self.pages(token, _USERS)]
        return [row.id for answer in answers for row in msgspec.json.decode(answer, type=_Page).value]

    async def download(self, tenant: str, addresses: Sequence[str]) -> None:
        """A token, and the pages one after the other."""
        token = await self.token(tenant)
        for address in addresses:
            await self.get(address, token)

    async def download_all(self, wanted: dict[str, list[str]], *, at_once: int) -> None:
        places = asyncio.Semaphore(at_once)

        async def one(tenant: str) -> None:
            async with places:
                await self.download(tenant, wanted[tenant])

        await asyncio.gather(*map(one, wanted))


@asynccontextmanager
async def open_bare(stage: Stage, client: type[HttpxClient] | type[AiohttpClient] = HttpxClient) -> AsyncIterator[Bare]:
    opened = client(ssl.create_default_context())
    async with opened.session:
        yield Bare(stage, opened)
