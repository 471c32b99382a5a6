"""Adds history to tenants that were just read for the first time, so that charts show a course."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from sspr_core.adapters.storage import Storage, open_storage
from sspr_core.model.counts import Counts
from sspr_core.model.history import SnapshotHeader
from sspr_core.model.ids import EVERY_TENANT, tenant_id
from sspr_core.model.tenant import TenantStatus

DAYS = range(60, 0, -4)  # ago


async def give_a_past(storage: Storage) -> None:
    """Fewer users had registered on each of these days; today's figures stay as they were read."""
    read = [one.status for one in await storage.tenants.known(EVERY_TENANT) if one.status.last_started_at]
    await asyncio.gather(*(_past_of(storage, status) for status in read))


async def _past_of(storage: Storage, status: TenantStatus) -> None:
    course = status.course
    for header in _headers(status):
        await storage.coverage.save_snapshot(status.tenant_id, header)
        course = course.with_point(header.point)
    await storage.tenants.save_status(replace(status, course=course))


def _headers(status: TenantStatus) -> Iterator[SnapshotHeader]:
    assert status.counts
    assert status.last_started_at
    for ago in DAYS:
        started_at = status.last_started_at - timedelta(days=ago)
        yield SnapshotHeader(
            snapshot_id=f"past{ago}",
            started_at=started_at,
            finished_at=started_at + timedelta(seconds=40),
            user_count=status.user_count or 0,
            counts=_earlier(status.counts, ago),
            excluded_by_reason=status.excluded_by_reason,
            licence_shortfall_count=status.licence_shortfall_count or 0,
            digest=f"past{ago}",
        )


def _earlier(counts: Counts, ago: int) -> Counts:
    missing = counts.registered_enabled_count * ago // 120
    return replace(
        counts,
        registered_count=counts.registered_count - missing,
        registered_enabled_count=counts.registered_enabled_count - missing,
        not_registered_count=counts.not_registered_count + missing,
        to_register_count=counts.to_register_count + missing,
    )


@asynccontextmanager
async def aged(connection: str, tenant: str, by: timedelta) -> AsyncIterator[None]:
    """Makes the tenant's last success that much older, as if no snapshot had succeeded since."""
    storage = open_storage(connection=connection)
    status = (await storage.tenants.get(EVERY_TENANT, tenant_id(tenant))).status
    assert status.last_success_at
    older = await storage.tenants.save_status(replace(status, last_success_at=status.last_success_at - by))
    yield
    await storage.tenants.save_status(replace(older, last_success_at=status.last_success_at))
    await storage.close()
