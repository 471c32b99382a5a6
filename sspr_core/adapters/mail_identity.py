"""The app's identity, as the mail service's client asks it."""

import asyncio
from typing import Any

from azure.core.credentials import AccessToken
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError

_TOKEN_WITHIN = 10  # seconds


class NoToken(Exception):
    """The app's identity got no token: nothing was sent."""


class Identity:
    """A credential whose trouble cannot be mistaken for an answer of the mail service."""

    def __init__(self, credential: AsyncTokenCredential) -> None:
        self._credential = credential

    async def get_token(self, *scopes: str, claims: str | None = None, **options: Any) -> AccessToken:
        if claims:
            raise NoToken("the mail service wants another one")  # with which the SDK would post a second time
        try:
            async with asyncio.timeout(_TOKEN_WITHIN):
                return await self._credential.get_token(*scopes, **options)
        except (AzureError, TimeoutError) as error:
            raise NoToken(type(error).__name__) from None  # an answer that could not be read may hold the token itself

    async def close(self) -> None:
        await self._credential.close()
