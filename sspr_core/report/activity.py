"""What happened since the last report: who has registered, and what became of the runs."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from itertools import batched

from sspr_core.model.delivery import Delivery, DeliveryState
from sspr_core.model.ids import TenantId, UserId
from sspr_core.model.registration import StoredUser
from sspr_core.model.report import MOST_RUNS, People, RunSince
from sspr_core.model.run import Run, RunId
from sspr_core.model.scope import Scope
from sspr_core.ports.mail import Post
from sspr_core.ports.storage import Registrations
from sspr_core.report.people import FirstFew, Newly, Since, is_newly_registered

_AT_ONCE = 8  # tenants
_PAGE = 999  # with the one that shows that there are more, a page of the service
_MAILED = frozenset({DeliveryState.ACCEPTED, DeliveryState.DELIVERED})  # not who bounced: they never read it


async def registered_since(
    registrations: Registrations, scope: Scope, tenants: Sequence[TenantId], *, since: datetime, named: bool
) -> Since:
    """Of all these tenants. Raises NotFound outside the scope."""
    newly: dict[tuple[TenantId, UserId], datetime] = {}
    few = FirstFew()
    for some in batched(tenants, _AT_ONCE, strict=False):
        found = await asyncio.gather(*(_changed(registrations, scope, one, since=since) for one in some))
        for tenant, users in zip(some, found, strict=True):
            newly |= {(tenant, user.user_id): user.seen_registered_at or since for user in users}
            for user in users:
                few.add(user)
    return Since(newly=newly, people=few.of(len(newly)) if named else People(count=len(newly)))


async def _changed(
    registrations: Registrations, scope: Scope, tenant: TenantId, *, since: datetime
) -> list[StoredUser]:
    found: list[StoredUser] = []
    after: str | None = None
    while True:
        users, after = await registrations.changed(scope, tenant, since=since, after=after, limit=_PAGE)
        found += [one for one in users if is_newly_registered(one, since=since)]
        if after is None:
            return found


async def runs_since(
    post: Post, tenant: TenantId | None, newly: Newly, *, since: datetime, until: datetime
) -> tuple[RunSince, ...]:
    """The runs to the tenant's users (None: to anybody's), newest first."""
    found: list[RunSince] = []
    for run in await _runs(post, since=since, until=until):
        if run.goes_first or (tenant is not None and tenant not in run.tenants):
            continue
        found.append(await _told(run, post, tenant, newly))
        if len(found) == MOST_RUNS:
            break
    return tuple(found)


async def _runs(post: Post, *, since: datetime, until: datetime) -> list[Run]:
    found: list[Run] = []
    before: RunId | None = None
    while True:
        runs, before = await post.runs.recent(before=before, limit=100)
        found += [run for run in runs if since < run.created_at <= until]
        if before is None or runs[-1].created_at <= since:
            return found


async def _told(run: Run, post: Post, tenant: TenantId | None, newly: Newly) -> RunSince:
    mailed_count = registered_count = 0
    async for rows in post.deliveries.pages(run.run_id, states=_MAILED, tenant=tenant):
        mailed_count += len(rows)
        registered_count += sum(_registered_after(row, newly) for row in rows)
    return RunSince(
        run_id=run.run_id,
        template=run.template,
        created_at=run.created_at,
        mailed_count=mailed_count,
        looked_at_count=mailed_count,
        registered_count=registered_count,
    )


def _registered_after(row: Delivery, newly: Newly) -> bool:
    """Seen registered after the email, not before: then they had done it anyway."""
    seen_at = newly.get((row.tenant_id, row.user_id))
    return seen_at is not None and seen_at > (row.accepted_at or row.posted_at or row.due_at)
