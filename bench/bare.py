"""The limit: the same tokens and pages downloaded by a bare HTTP client, without processing."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
import msgspec

from bench.stage import Stage
from sspr_core.model.graph_rows import USER_PROPERTIES

SCOPE = "https://graph.microsoft.com/.default"
REPORT = "reports/authenticationMethods/userRegistrationDetails"
_USERS = f"users?$select={','.join(USER_PROPERTIES)}&$top=999"
_WHOLE = ("organization?$select=id,displayName,verifiedDomains", "subscribedSkus", REPORT, _USERS)


class _Row(msgspec.Struct):
    id: str


class _Page(msgspec.Struct):
    value: list[_Row]
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")


class Bare:
    """One pool of connections, HTTP/1.1 over TLS like the app's."""

    def __init__(self, stage: Stage, client: httpx.AsyncClient) -> None:
        self._cloud = stage.cloud
        self._client = client

    async def token(self, tenant: str) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._cloud["client_id"],
            "client_secret": self._cloud["client_secret"],
            "scope": SCOPE,
        }
        answer = await self._client.post(f"{self._cloud['authority']}/{tenant}/oauth2/v2.0/token", data=form)
        return str(answer.raise_for_status().json()["access_token"])

    async def get(self, address: str, token: str) -> bytes:
        answer = await self._client.get(address, headers={"Authorization": f"Bearer {token}"})
        return answer.raise_for_status().content

    async def pages(self, token: str, *lists: str) -> list[str]:
        """The addresses of all pages, so that the download need not parse next links."""
        found = []
        for one in lists:
            address: str | None = f"{self._cloud['graph_url']}/{one}"
            while address:
                found.append(address)
                address = msgspec.json.decode(await self.get(address, token), type=_Page).next_link
        return found

    async def everything(self, tenant: str) -> list[str]:
        """The addresses that a snapshot reads."""
        return await self.pages(await self.token(tenant), *_WHOLE)

    async def user_ids(self, tenant: str) -> list[str]:
        token = await self.token(tenant)
        answers = [await self.get(address, token) for address in await self.pages(token, _USERS)]
        return [row.id for answer in answers for row in msgspec.json.decode(answer, type=_Page).value]

    async def download(self, tenant: str, addresses: Sequence[str]) -> None:
        """Fetches a token, then the pages one after the other."""
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
async def open_bare(stage: Stage) -> AsyncIterator[Bare]:
    async with httpx.AsyncClient(verify=ssl.create_default_context(), timeout=60) as client:
        yield Bare(stage, client)
