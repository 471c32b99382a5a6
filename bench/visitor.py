"""A signed-in user's requests to the application itself: no network, no host, the bytes a browser would get."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx

from dev.host.signin import SignIn
from sspr_core.ports.services import Services
from sspr_core.web.app import create_app


@asynccontextmanager
async def visitor(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """A client whose requests carry a Reader's header, as the platform sets it."""
    terms = replace(services.terms, sign_in_enabled=True)
    app = create_app(replace(services, terms=terms))
    headers = SignIn(terms.partner_tenant_id).headers("Reader") | {"accept-encoding": "gzip"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://bench.example", headers=headers) as client:
        yield client


async def transferred(client: httpx.AsyncClient, address: str) -> tuple[int, str]:
    """Bytes of the body as sent, and its text."""
    async with client.stream("GET", address) as answer:
        answer.raise_for_status()
        raw = b"".join([part async for part in answer.aiter_raw()])
    return len(raw), httpx.Response(200, headers=answer.headers, content=raw).text
