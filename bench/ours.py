"""The app: its journeys over its own adapters, without the rate limiter for Graph's limit."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from bench.stage import Stage
from dev.azurite import ROOT
from dev.host.settings import host_settings
from sspr_core.adapters.graph.client import Graph
from sspr_core.adapters.graph.throttling import NoBrake
from sspr_core.adapters.identity import Secret
from sspr_core.adapters.storage import open_storage
from sspr_core.model.clock import Clock
from sspr_core.model.ids import EVERY_TENANT, TenantId
from sspr_core.model.limits import OperatingLimits
from sspr_core.model.queue_messages import SnapshotJob
from sspr_core.model.tenant import Tenant
from sspr_core.ports.services import Services
from sspr_core.ports.telemetry import NULL_TELEMETRY, Telemetry
from sspr_core.snapshot.triggers import handle_snapshot_message


def now() -> datetime:
    return datetime.now(UTC)


def at_once() -> int:
    """How many snapshots the queue trigger runs at the same time."""
    settings = host_settings(ROOT)
    return settings.batch_size + settings.new_batch_threshold


@asynccontextmanager
async def open_world(
    stage: Stage, tenants: Sequence[str] = (), *, prefix: str | None = None, telemetry: Telemetry = NULL_TELEMETRY
) -> AsyncIterator[Services]:
    """Services with tables of their own, in which these tenants exist and none has been read."""
    storage = open_storage(
        connection=stage.storage,
        prefix=f"b{uuid4().hex[:12]}" if prefix is None else prefix,
        telemetry=telemetry,
    )
    graph = open_graph(stage)
    services = Services(
        terms=_terms(stage),
        directories=graph,
        tenants=storage.tenants,
        claims=storage.claims,
        registrations=storage.registrations,
        coverage=storage.coverage,
        own=storage.own,
        jobs=storage.jobs,
        post=storage.post(mailer=None),
        queues=storage.states,
        job_runs=storage.job_runs,
        reports=storage.reports,
        report_jobs=storage.report_jobs,
        telemetry=telemetry,
    )
    try:
        known = [Tenant(tenant_id=TenantId(one), found_at=now(), listed=True) for one in tenants]
        await services.tenants.save_found(known)
        yield services
    finally:
        await graph.close()
        await storage.close()


def open_graph(stage: Stage) -> Graph:
    return Graph(
        url=stage.cloud["graph_url"],
        authority=stage.cloud["authority"],
        partner_tenant_id=stage.cloud["partner_tenant_id"],
        client_id=stage.cloud["client_id"],
        proof=Secret(stage.cloud["client_secret"]),
        report_brake=NoBrake,
    )


def _terms(stage: Stage) -> OperatingLimits:
    return OperatingLimits(
        partner_tenant_id=stage.cloud["partner_tenant_id"],
        client_id=stage.cloud["client_id"],
        authority=stage.cloud["authority"],
        public_url="",
        snapshot_every=timedelta(hours=24),
        fresh_within=timedelta(hours=26),
        sign_in_enabled=False,
    )


def days_later(days: int) -> Clock:
    """A clock that is ahead by so many days."""
    return lambda: now() + timedelta(days=days)


async def snapshots(services: Services, tenants: Sequence[str], clock: Clock = now) -> None:
    """A snapshot of each tenant, as many at once as in the app."""
    places, large = asyncio.Semaphore(at_once()), asyncio.Semaphore(1)

    async def one(tenant: str) -> None:
        async with places:
            job = SnapshotJob.first(TenantId(tenant), now=clock())
            await handle_snapshot_message(job, services, clock=clock, large=large)

    await asyncio.gather(*map(one, tenants))


async def check(services: Services, tenants: Sequence[str], *, since: datetime) -> None:
    """Raises unless every tenant was read after `since`: otherwise the benchmark would measure failures, which are
    fast.
    """
    known = {one.tenant_id: one.status for one in await services.tenants.known(EVERY_TENANT)}
    for tenant in tenants:
        status = known[TenantId(tenant)]
        if status.problem or status.last_started_at is None or status.last_started_at < since:
            raise RuntimeError(f"tenant {tenant} was not read: {status.problem}")
