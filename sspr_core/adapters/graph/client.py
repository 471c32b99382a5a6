"""Microsoft Graph for every tenant: a checked token of that tenant, and one connection pool for all."""

import base64
import binascii
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import msgspec
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError
from azure.core.pipeline.transport import AioHttpTransport
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from kiota_http.httpx_request_adapter import HttpxRequestAdapter

from sspr_core.adapters.graph import directory, errors
from sspr_core.adapters.graph.directory import GraphDirectory
from sspr_core.adapters.graph.throttling import RateLimiter, RetryPolicy
from sspr_core.adapters.graph.transport import open_client
from sspr_core.adapters.http_session import open_session
from sspr_core.adapters.identity import AppCredential
from sspr_core.model.errors import GiveUp
from sspr_core.model.graph_rows import Customer, Relationship
from sspr_core.model.ids import TenantId
from sspr_core.model.problem import Access, AccessError
from sspr_core.ports.telemetry import GRAPH, NULL_TELEMETRY, Metric, Telemetry, asked

_TOKEN_TIMEOUTS = {"connection_timeout": 15, "read_timeout": 60}  # the SDK's own are five minutes each


class Graph:
    """Opens tenants' directories. Belongs to one event loop; `close` when done."""

    def __init__(
        self,
        *,
        url: str,
        authority: str,
        partner_tenant_id: str,
        client_id: str,
        proof: AppCredential,
        patience: RetryPolicy | None = None,
        report_brake: Callable[[], RateLimiter] = RateLimiter,
        telemetry: Telemetry = NULL_TELEMETRY,
    ) -> None:
        self._url = url.rstrip("/")
        self._scope = f"https://{_scope_host(self._url)}/.default"
        self._authority = authority
        self._partner = TenantId(partner_tenant_id.lower())
        self._client_id = client_id
        self._proof = proof
        self._patience = patience or RetryPolicy()
        self._report_brake = report_brake
        self._telemetry = telemetry
        tls = ssl.create_default_context()  # once: reading the CA file costs more than a request
        self._session = open_session(self._url, tls)
        self._to_entra = open_session(self._authority, tls)
        self._http = open_client(self._session, telemetry)

    async def close(self) -> None:
        await self._http.aclose()
        await self._session.close()
        await self._to_entra.close()
        await self._proof.close()

    @asynccontextmanager
    async def open(self, tenant: TenantId) -> AsyncIterator[GraphDirectory]:
        """The tenant's directory. Raises GiveUp or TryAgain when Entra refuses, GiveUp for another tenant's token."""
        yield GraphDirectory(await self._adapter(tenant), patience=self._patience, report_brake=self._report_brake())

    async def customers(self) -> list[Customer]:
        return await directory.customers(await self._adapter(self._partner), self._patience)

    async def relationships(self) -> list[Relationship]:
        return await directory.relationships(await self._adapter(self._partner), self._patience)

    async def _adapter(self, tenant: TenantId) -> HttpxRequestAdapter:
        credential, token = await self._patience.asking(lambda: self._told_sign_in(tenant))
        if (of := tenant_of(token)) not in (None, tenant):
            raise GiveUp(AccessError(word=Access.WRONG_TENANT, code="token", message=f"The token is for tenant {of}."))
        host = urlsplit(self._url)
        adapter = HttpxRequestAdapter(
            AzureIdentityAuthenticationProvider(
                credential,
                scopes=[self._scope],
                allowed_hosts=[host.netloc, host.hostname or ""],
            ),
            http_client=self._http,
        )
        adapter.base_url = self._url
        return adapter

    async def _told_sign_in(self, tenant: TenantId) -> tuple[AsyncTokenCredential, str]:
        entra = urlsplit(self._authority)
        facts = {"tenant_id": tenant, **asked("POST", entra.hostname or "", entra.port)}
        with self._telemetry.span("sign in", facts, outside=True):
            try:
                return await self._sign_in(tenant)
            except GiveUp as error:  # a TryAgain may pass without help: it is counted where it has lasted too long
                if error.trouble.word is Access.APP_CREDENTIAL:
                    self._telemetry.count(Metric.CREDENTIAL_FAILURES, GRAPH)
                raise

    async def _sign_in(self, tenant: TenantId) -> tuple[AsyncTokenCredential, str]:
        """A credential and its token, which the credential caches for later requests. Raises TryAgain or GiveUp."""
        transport = AioHttpTransport(session=self._to_entra, session_owner=False, **_TOKEN_TIMEOUTS)
        credential = await self._proof.credential(tenant, self._client_id, self._authority, transport)
        for last in (False, True):
            try:
                # with continuous access evaluation, as kiota requests: tokens with and without it are cached apart
                return credential, (await credential.get_token(self._scope, enable_cae=True)).token
            except AzureError as error:
                trouble = errors.of_token(error)
                if last or not errors.may_be_rotation(trouble):
                    raise trouble from None  # an answer that could not be read may hold the token itself
        raise AssertionError("unreachable")


def tenant_of(token: str) -> str | None:
    """The tenant a token was issued for (claim `tid`), in lower case; None when the token cannot be read."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)), type=_Claims)
    except (binascii.Error, msgspec.MsgspecError):
        return None
    return claims.tid.lower() if claims.tid else None


class _Claims(msgspec.Struct):
    tid: str | None = None


def _scope_host(url: str) -> str:
    """The host that is the token's audience. The local stack serves Graph at another address."""
    host = urlsplit(url).hostname or ""
    return "graph.microsoft.com" if host in ("localhost", "127.0.0.1", "::1") else host
