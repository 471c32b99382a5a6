"""How the app authenticates in each tenant: with a secret, a certificate, or the managed identity's assertion."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.core.pipeline.transport import AioHttpTransport
from azure.identity import CredentialUnavailableError
from azure.identity.aio import (
    CertificateCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    ManagedIdentityCredential,
)

from sspr_core.adapters.graph import errors
from sspr_core.model.clock import Clock, utc_now


def exchange_scope(authority: str) -> str:
    """The audience of a managed identity's assertion: each national cloud has its own."""
    host = urlsplit(authority).hostname or ""
    cloud = "USGov" if host.endswith(".us") else "China" if host.endswith(".cn") else ""
    return f"api://AzureADTokenExchange{cloud}/.default"


class AppCredential(Protocol):
    """Makes the credential for one tenant; never logged, never shown. Raises TryAgain or GiveUp when it cannot."""

    async def credential(
        self, tenant: str, client_id: str, authority: str, transport: AioHttpTransport
    ) -> AsyncTokenCredential: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Secret:
    """A client secret."""

    secret: str = field(repr=False)

    async def credential(
        self, tenant: str, client_id: str, authority: str, transport: AioHttpTransport
    ) -> AsyncTokenCredential:
        return ClientSecretCredential(
            tenant, client_id, self.secret, authority=authority, transport=transport, retry_total=0
        )

    async def close(self) -> None:
        """Nothing to close."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its key: PFX or PEM."""

    data: bytes = field(repr=False)
    expires_at: datetime
    clock: Clock = utc_now

    async def credential(
        self, tenant: str, client_id: str, authority: str, transport: AioHttpTransport
    ) -> AsyncTokenCredential:
        if self.clock() >= self.expires_at:
            raise errors.expired_certificate(self.expires_at)  # Entra's own answer does not say so
        try:
            return CertificateCredential(
                tenant, client_id, certificate_data=self.data, authority=authority, transport=transport, retry_total=0
            )
        except ValueError:
            raise errors.bad_certificate() from None  # the error's text may quote the certificate

    async def close(self) -> None:
        """Nothing to close."""


class ManagedIdentity:
    """A user-assigned managed identity that the app registration trusts as a federated credential."""

    def __init__(self, client_id: str) -> None:
        self._identity = ManagedIdentityCredential(client_id=client_id)

    async def credential(
        self, tenant: str, client_id: str, authority: str, transport: AioHttpTransport
    ) -> AsyncTokenCredential:
        # Gets the assertion here, because azure-identity calls `func` on the event loop without awaiting it; the
        # identity's credential caches the assertion until shortly before it expires.
        try:
            assertion = (await self._identity.get_token(exchange_scope(authority))).token
        except AzureError as error:
            away = not isinstance(error, ClientAuthenticationError) or isinstance(error, CredentialUnavailableError)
            raise errors.no_identity(temporary=away) from None
        return ClientAssertionCredential(
            tenant, client_id, func=lambda: assertion, authority=authority, transport=transport, retry_total=0
        )

    async def close(self) -> None:
        await self._identity.close()
