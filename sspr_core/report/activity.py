"""What happened since the last report: the users who registered or left, and the emails sent to them."""

import asyncio
from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched

from sspr_core.model.delivery import Delivery, DeliveryState
from sspr_core.model.ids import Scope, TenantId, UserId
from sspr_core.model.registration import StoredUser
from sspr_core.model.report import MOST_NAMED, MOST_RUNS, People, Person, RunSince
from sspr_core.model.run import Run, RunId
from sspr_core.ports.mail import Mailing
from sspr_core.ports.storage import Registrations

NOBODY = People(count=0)

type Newly = Mapping[tuple[TenantId, UserId], datetime]  # when each was seen registered

_AT_ONCE = 8  # tenants
_PAGE = 999  # plus one row that shows whether there are more: 1,000, a page of storage
_MAILED = frozenset({DeliveryState.ACCEPTED, DeliveryState.DELIVERED})  # not bounced ones: their users never read them


class TopN:
    """Keeps only the first users by name, administrators before all others."""

    def __init__(self, most: int = MOST_NAMED) -> None:
        self._most = most
        self._kept: list[tuple[tuple[bool, str, str], Person]] = []

    def add(self, user: StoredUser) -> None:
        admin = user.user.admin is True
        key = (not admin, user.user.display_name.casefold(), user.user_id)
        if len(self._kept) == self._most and key > self._kept[-1][0]:
            return
        person = Person(display_name=user.user.display_name, upn=user.user.upn, admin=admin)
        insort(self._kept, (key, person), key=lambda one: one[0])
        del self._kept[self._most :]

    def of(self, count: int) -> People:
        """At most `count` names: they may come from a later snapshot than the count."""
        return People(count=count, named=tuple(person for _, person in self._kept[:count]))


class Named:
    """Collects, from all of a tenant's users, those that its report names."""

    def __init__(self) -> None:
        self.to_register, self.single_method, self.phone_only = TopN(), TopN(), TopN()

    def add(self, users: Iterable[StoredUser]) -> None:
        for one in users:
            user = one.user
            if user.to_register:
                self.to_register.add(one)
            if user.excluded is None and user.has_single_method:
                self.single_method.add(one)
            if user.excluded is None and user.has_only_phones:
                self.phone_only.add(one)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityCollector:
    """What happened since the last report. `newly`: users of the population who were seen registered."""

    newly: Newly = field(default_factory=dict)
    people: People = NOBODY
    runs: tuple[RunSince, ...] = ()


def is_newly_registered(user: StoredUser, *, since: datetime) -> bool:
    """In the population, and seen registered since, by a snapshot that was not the tenant's first."""
    seen_at = user.seen_registered_at
    known_before = user.registered_after_at is not None
    return user.user.excluded is None and seen_at is not None and known_before and seen_at > since


async def registered_since(
    registrations: Registrations, scope: Scope, tenants: Sequence[TenantId], *, since: datetime, named: bool
) -> ActivityCollector:
    """The users of all these tenants who registered since then. Raises NotFound outside the scope."""
    newly: dict[tuple[TenantId, UserId], datetime] = {}
    few = TopN()
    for some in batched(tenants, _AT_ONCE, strict=False):
        found = await asyncio.gather(*(_changed(registrations, scope, one, since=since) for one in some))
        for tenant, users in zip(some, found, strict=True):
            newly |= {(tenant, user.user_id): user.seen_registered_at or since for user in users}
            for user in users:
                few.add(user)
    return ActivityCollector(newly=newly, people=few.of(len(newly)) if named else People(count=len(newly)))


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
    post: Mailing, tenant: TenantId | None, newly: Newly, *, since: datetime, until: datetime
) -> tuple[RunSince, ...]:
    """The runs to the tenant's users (None: to users of any tenant), newest first."""
    found: list[RunSince] = []
    for run in await _runs(post, since=since, until=until):
        if run.goes_first or (tenant is not None and tenant not in run.tenants):
            continue
        found.append(await _told(run, post, tenant, newly))
        if len(found) == MOST_RUNS:
            break
    return tuple(found)


async def _runs(post: Mailing, *, since: datetime, until: datetime) -> list[Run]:
    found: list[Run] = []
    before: RunId | None = None
    while True:
        runs, before = await post.runs.recent(before=before, limit=100)
        found += [run for run in runs if since < run.created_at <= until]
        if before is None or runs[-1].created_at <= since:
            return found


async def _told(run: Run, post: Mailing, tenant: TenantId | None, newly: Newly) -> RunSince:
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
    """Seen registered after the email; if before, the email was not the cause."""
    seen_at = newly.get((row.tenant_id, row.user_id))
    return seen_at is not None and seen_at > (row.accepted_at or row.posted_at or row.due_at)
