"""The application on a world in memory, and people who call it."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx

from sspr_core.model.ids import TenantId
from sspr_core.model.problem import Access
from sspr_core.model.tenant import Known
from sspr_core.web.app import create_app
from sspr_core.world import World
from tests.builders import DAY, PARTNER, a_known, a_problem
from tests.fakes.storage import MemoryTenants
from tests.graph_rows import guid
from tests.journeys.shop import Shop, fill

ILL = TenantId(guid("ill"))
UNKNOWN = guid("unknown")


def principal(
    role: str | None = "Reader", *, tenant: str | None = PARTNER, oid: str | None = guid("olga"), **more: str
) -> dict[str, str]:
    """The header that App Service Authentication adds."""
    claims = {"tid": tenant, "oid": oid, "roles": role, "preferred_username": "olga@partner.example", **more}
    content = {"auth_typ": "aad", "claims": [{"typ": key, "val": value} for key, value in claims.items() if value]}
    return {"x-ms-client-principal": base64.b64encode(json.dumps(content).encode()).decode()}


READER, OPERATOR, ADMIN = principal("Reader"), principal("Operator"), principal("Admin")


async def a_populated_world(**terms: Any) -> World:
    """Contoso with two snapshots a day apart, Ill with a problem and no snapshot."""
    shop = Shop()
    directory = fill(shop.knows(gdap_name="Contoso"), "ana", "ben", "cas", registered=("ben",))
    await shop.take()
    fill(directory, "ana", "ben", "dee", registered=("ana", "ben"))
    shop.later(DAY)
    await shop.take()
    add(shop.tenants, a_known("ill", read_at=None, problem=a_problem(Access.CONSENT_MISSING)))
    return replace(shop.world, terms=replace(shop.terms, **terms))


def add(tenants: MemoryTenants, known: Known) -> None:
    tenants.rows[known.tenant_id] = known.tenant
    tenants.statuses[known.tenant_id] = replace(known.status, etag="first")


@asynccontextmanager
async def visiting(world: World | None = None, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application; its requests carry the headers."""
    transport = httpx.ASGITransport(create_app(world or await a_populated_world()), raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="https://sspr.partner.example", headers=headers
    ) as client:
        yield client
