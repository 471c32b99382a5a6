"""The application on services in memory, and its callers."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from typing import Any

import httpx

from sspr_core.model.delivery import NEVER, DeliveryState
from sspr_core.model.ids import TenantId
from sspr_core.model.problem import Access
from sspr_core.model.run import RunState
from sspr_core.model.sending import SendingLimits
from sspr_core.model.tenant import TenantRecord
from sspr_core.ports.services import Services
from sspr_core.web.app import create_app
from tests.builders import DAY, HOUR, MONDAY, PARTNER, a_known, a_problem
from tests.fakes.mailing import MemoryDeliveries, MemoryRuns
from tests.fakes.storage import MemoryTenants
from tests.graph_rows import guid
from tests.runs.delivery_builders import RUN, a_delivery, a_recipient, a_run
from tests.snapshot.snapshot_env import CONTOSO, Shop, fill

ILL = TenantId(guid("ill"))
UNKNOWN = guid("unknown")
NOW = MONDAY + DAY + HOUR  # an hour after the last snapshot of a_populated_world()


def principal(
    role: str | None = "Reader", *, tenant: str | None = PARTNER, oid: str | None = guid("olga"), **more: str
) -> dict[str, str]:
    """The header that App Service Authentication adds."""
    claims = {"tid": tenant, "oid": oid, "roles": role, "preferred_username": "olga@partner.example", **more}
    content = {"auth_typ": "aad", "claims": [{"typ": key, "val": value} for key, value in claims.items() if value]}
    return {"x-ms-client-principal": base64.b64encode(json.dumps(content).encode()).decode()}


READER, OPERATOR, ADMIN = principal("Reader"), principal("Operator"), principal("Admin")


async def a_populated_world(numbers: SendingLimits | None = None, **terms: Any) -> Services:
    """Contoso with two snapshots a day apart, Ill with a problem and no snapshot."""
    shop = Shop()
    directory = fill(shop.knows(gdap_name="Contoso"), "ana", "ben", "cas", registered=("ben",))
    await shop.take()
    fill(directory, "ana", "ben", "dee", registered=("ana", "ben"))
    shop.later(DAY)
    await shop.take()
    add(shop.tenants, a_known("ill", read_at=None, problem=a_problem(Access.CONSENT_MISSING)))
    await ran(shop)
    post = replace(shop.post, numbers=numbers or SendingLimits())
    return replace(shop.services, terms=replace(shop.terms, **terms), post=post)


def add(tenants: MemoryTenants, known: TenantRecord) -> None:
    tenants.rows[known.tenant_id] = known.tenant
    tenants.statuses[known.tenant_id] = replace(known.status, etag="first")


async def ran(shop: Shop) -> None:
    """A finished run: Ana's mail was delivered between the two snapshots, Ben's address was refused."""
    run = a_run(state=RunState.FINISHED_WITH_FAILURES, expanded=True, recipient_count=2, finished_at=MONDAY + HOUR)
    runs = shop.post.runs
    assert isinstance(runs, MemoryRuns)
    runs.rows[RUN] = replace(run, etag="first", looked_at=MONDAY + HOUR, counts={"delivered": 1, "failed": 1})
    await runs.save_recipients(RUN, 0, [a_recipient("ana"), a_recipient("ben")])
    over = {"due_at": NEVER, "attempts": 1, "posted_at": MONDAY + HOUR}
    ana = a_delivery("ana", state=DeliveryState.DELIVERED, accepted_at=MONDAY + HOUR, **over)
    ben = a_delivery("ben", state=DeliveryState.FAILED, reason="InvalidAddress", failed_in=0, **over)
    await shop.post.deliveries.insert([ana, ben])


def begins_again(services: Services, state: RunState = RunState.SENDING) -> None:
    """Reopens the run: Ben's mail waits for a slot."""
    runs, deliveries = services.post.runs, services.post.deliveries
    assert isinstance(runs, MemoryRuns)
    assert isinstance(deliveries, MemoryDeliveries)
    runs.rows[RUN] = replace(runs.rows[RUN], state=state, finished_at=None)
    key = a_delivery("ben").key
    deliveries.rows[RUN][key] = replace(deliveries.rows[RUN][key], state=DeliveryState.PENDING, failed_in=None)


def read_just_now(services: Services) -> None:
    """Marks the tenants as just read: runs require that."""
    tenants = services.tenants
    assert isinstance(tenants, MemoryTenants)
    tenants.statuses[CONTOSO] = replace(tenants.statuses[CONTOSO], last_success_at=NOW)


@asynccontextmanager
async def visiting(services: Services | None = None, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application; its requests carry the headers.

    The app's clock starts at NOW: with the real clock, the results would change with the date.
    """
    begun = monotonic()
    app = create_app(services or await a_populated_world(), clock=lambda: NOW + timedelta(seconds=monotonic() - begun))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="https://sspr.partner.example", headers=headers
    ) as client:
        yield client
