"""Small in-memory stores that keep the ports' promises; tests/contract runs the same suite on them as on Azurite."""

import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import count

import msgspec

from sspr_core.model.errors import ClaimLost, Conflict, NotFound
from sspr_core.model.history import Day, SnapshotHeader
from sspr_core.model.ids import Scope, TenantId, UserId
from sspr_core.model.problem import Problem
from sspr_core.model.queue_messages import SnapshotJob
from sspr_core.model.registration import Change, StoredUser, User
from sspr_core.model.tenant import Discovery, SwitchedOff, Tenant, TenantRecord, TenantStatus
from sspr_core.ports.storage import Claim, Difference, StoredMark, UpsertUser

_etags = count(1)
CLOCK_ERROR = timedelta(seconds=5)


def an_etag() -> str:
    return f"etag-{next(_etags)}"


@dataclass
class MemoryTenants:
    rows: dict[TenantId, Tenant] = field(default_factory=dict)
    statuses: dict[TenantId, TenantStatus] = field(default_factory=dict)
    last_discovery: Discovery = field(default_factory=Discovery)

    async def known(self, scope: Scope) -> list[TenantRecord]:
        return [self._known(tenant) for tenant in sorted(self.rows) if scope.allows(tenant)]

    async def get(self, scope: Scope, tenant: TenantId) -> TenantRecord:
        if not scope.allows(tenant) or tenant not in self.rows:
            raise NotFound(tenant)
        return self._known(tenant)

    async def lately(self, scope: Scope, tenant: TenantId, *, within: timedelta) -> TenantRecord:
        return await self.get(scope, tenant)

    def _known(self, tenant: TenantId) -> TenantRecord:
        return TenantRecord(tenant=self.rows[tenant], status=self.statuses.get(tenant, TenantStatus(tenant_id=tenant)))

    async def save_found(self, tenants: Sequence[Tenant]) -> None:
        for new in tenants:
            old = self.rows.get(new.tenant_id, new)
            self.rows[new.tenant_id] = replace(
                new, by_hand=old.by_hand, operator_name=old.operator_name, switched_off=old.switched_off
            )

    async def save_operators(self, tenants: Sequence[Tenant]) -> None:
        for new in tenants:
            old = self.rows.get(new.tenant_id, Tenant(tenant_id=new.tenant_id, found_at=new.found_at))
            self.rows[new.tenant_id] = replace(old, by_hand=new.by_hand, operator_name=new.operator_name)

    async def save_switch(self, tenant: TenantId, switched_off: SwitchedOff | None) -> None:
        self.rows[tenant] = replace(self.rows[tenant], switched_off=switched_off)

    async def save_status(self, status: TenantStatus) -> TenantStatus:
        there = self.statuses.get(status.tenant_id)
        if (there.etag if there else None) != status.etag:
            raise Conflict("status")
        self.statuses[status.tenant_id] = saved = replace(status, etag=an_etag())
        return saved

    async def discovery(self) -> Discovery:
        return self.last_discovery

    async def save_discovery(self, discovery: Discovery) -> None:
        self.last_discovery = discovery


@dataclass
class MemoryClaims:
    rows: dict[TenantId, Claim] = field(default_factory=dict)

    async def take(self, tenant: TenantId, owner: str, *, now: datetime, lease: timedelta) -> Claim | datetime:
        held = self.rows.get(tenant)
        if held and (held.owner, held.started_at) == (owner, now):
            return held  # repeated, as after a lost answer
        if held and held.until + CLOCK_ERROR > now and held.until > held.started_at:
            return held.until
        claim = Claim(tenant_id=tenant, owner=owner, started_at=now, until=now + lease, etag=an_etag())
        self.rows[tenant] = replace(claim, unfinished=held.unfinished if held else False)
        return self.rows[tenant]

    async def renew(self, claim: Claim, *, now: datetime, lease: timedelta) -> Claim:
        return self._write(replace(claim, until=now + lease))

    async def release(self, claim: Claim) -> None:
        if self.rows[claim.tenant_id].etag == claim.etag:
            self._write(replace(claim, until=claim.started_at))

    def _write(self, claim: Claim) -> Claim:
        if self.rows[claim.tenant_id].etag != claim.etag:
            raise ClaimLost(claim.tenant_id)
        self.rows[claim.tenant_id] = replace(claim, etag=an_etag())
        return self.rows[claim.tenant_id]


@dataclass(frozen=True)
class _UserRow:
    stored: StoredUser
    digest: str
    etag: str


@dataclass
class MemoryRegistrations:
    rows: dict[TenantId, dict[UserId, _UserRow]] = field(default_factory=dict)
    told: dict[TenantId, dict[tuple[datetime, UserId], Change]] = field(default_factory=dict)
    fences: dict[TenantId, tuple[Claim, str]] = field(default_factory=dict)
    page: int = 1000

    async def fence(self, claim: Claim) -> str:
        there, etag = self.fences.get(claim.tenant_id, (None, ""))
        if there and there.owner == claim.owner:
            return etag
        if there and there.started_at > claim.started_at:
            raise ClaimLost(claim.tenant_id)
        self.fences[claim.tenant_id] = (claim, an_etag())
        return self.fences[claim.tenant_id][1]

    async def marks(self, tenant: TenantId) -> AsyncIterator[list[StoredMark]]:
        rows = sorted(self.rows.get(tenant, {}).items())
        for start in range(0, len(rows), self.page):
            yield [
                StoredMark(
                    user_id=user_id,
                    digest=row.digest,
                    state=row.stored.user.state,
                    etag=row.etag,
                    seen=row.stored.seen_registered_at is not None,
                )
                for user_id, row in rows[start : start + self.page]
            ]

    async def write(self, claim: Claim, fence: str, differences: Sequence[Difference], *, at: datetime) -> str:
        owner, etag = self.fences[claim.tenant_id]
        if owner.owner != claim.owner:
            raise ClaimLost(claim.tenant_id)
        rows = dict(self.rows.get(claim.tenant_id, {}))
        if etag != fence or any(not _is_as_marked(rows, one) for one in differences):
            raise Conflict("not as marked")
        changes = self.told.setdefault(claim.tenant_id, {})
        for one in differences:
            if isinstance(one, UpsertUser):
                rows[one.user_id] = _put(rows.get(one.user_id), one, at=at)
            else:
                del rows[one.user_id]
            if one.change:
                changes[one.change.changed_at, one.user_id] = one.change
        self.rows[claim.tenant_id] = rows
        self.fences[claim.tenant_id] = (claim, an_etag())
        return self.fences[claim.tenant_id][1]

    async def user(self, scope: Scope, tenant: TenantId, user: UserId) -> StoredUser:
        rows = self.rows.get(tenant, {})
        if not scope.allows(tenant) or user not in rows:
            raise NotFound(user)
        return rows[user].stored

    async def users(
        self, scope: Scope, tenant: TenantId, *, after: str | None, limit: int
    ) -> tuple[list[StoredUser], str | None]:
        if not scope.allows(tenant):
            raise NotFound(tenant)
        rows = [row.stored for user_id, row in sorted(self.rows.get(tenant, {}).items()) if user_id > (after or "")]
        return rows[:limit], rows[limit - 1].user_id if len(rows) > limit else None

    async def changed(
        self, scope: Scope, tenant: TenantId, *, since: datetime, after: str | None, limit: int
    ) -> tuple[list[StoredUser], str | None]:
        every, _ = await self.users(scope, tenant, after=after, limit=sys.maxsize)
        rows = [one for one in every if one.changed_at >= since]
        return rows[:limit], rows[limit - 1].user_id if len(rows) > limit else None

    async def gone(self, scope: Scope, tenant: TenantId, *, since: datetime) -> dict[UserId, datetime]:
        if not scope.allows(tenant):
            raise NotFound(tenant)
        removals = [one for one in self.told.get(tenant, {}).values() if one.after is None and one.changed_at >= since]
        return {one.user_id: one.changed_at for one in sorted(removals, key=lambda one: one.changed_at)}

    async def changes(
        self, scope: Scope, tenant: TenantId, *, after: str | None, limit: int
    ) -> tuple[list[Change], str | None]:
        if not scope.allows(tenant):
            raise NotFound(tenant)
        newest_first = sorted((_change_key(one), one) for one in self.told.get(tenant, {}).values())
        rows = [row for row in newest_first if row[0] > (after or "")]
        return [change for _, change in rows[:limit]], rows[limit - 1][0] if len(rows) > limit else None

    async def delete_changes(self, tenant: TenantId, *, before: datetime) -> int:
        told = self.told.get(tenant, {})
        old = [key for key, one in told.items() if one.changed_at < before]
        for key in old:
            del told[key]
        return len(old)


def _change_key(change: Change) -> str:
    """As the table's: inverted time, so that the newest come first."""
    return f"{9_999_999_999_999 - int(change.changed_at.timestamp() * 1000):013d}:{change.user_id}"


def _is_as_marked(rows: dict[UserId, _UserRow], one: Difference) -> bool:
    there = rows.get(one.user_id)
    if one.stored is None:
        return there is None
    return there is not None and there.etag == one.stored.etag


def _put(there: _UserRow | None, put: UpsertUser, *, at: datetime) -> _UserRow:
    seen = put.since.seen_registered_at if put.since else there.stored.seen_registered_at if there else None
    after = put.since.registered_after_at if put.since else there.stored.registered_after_at if there else None
    stored = StoredUser(
        user_id=put.user_id,
        user=msgspec.msgpack.decode(put.packed, type=User),
        first_seen_at=there.stored.first_seen_at if there else at,
        changed_at=at,
        seen_registered_at=seen,
        registered_after_at=after,
    )
    return _UserRow(stored, put.digest, an_etag())


@dataclass
class MemoryCoverage:
    rows: dict[tuple[TenantId, date], Day] = field(default_factory=dict)

    async def save_snapshot(self, tenant: TenantId, header: SnapshotHeader) -> None:
        key = (tenant, header.started_at.date())
        day = self.rows.get(key, Day(on=key[1]))
        if day.snapshot is None or day.snapshot.started_at < header.started_at:
            self.rows[key] = replace(day, snapshot=header)

    async def save_failure(self, tenant: TenantId, problem: Problem, *, at: datetime) -> None:
        day = self.rows.get((tenant, at.date()), Day(on=at.date()))
        self.rows[tenant, at.date()] = replace(day, problem=problem, problem_at=at)

    async def days(self, scope: Scope, tenant: TenantId, *, first: date, last: date) -> list[Day]:
        if not scope.allows(tenant):
            raise NotFound(tenant)
        found = [day for (of, on), day in self.rows.items() if of == tenant and first <= on <= last]
        return sorted(found, key=lambda day: day.on, reverse=True)

    async def delete_days(self, tenant: TenantId, *, before: date) -> int:
        old = [key for key in self.rows if key[0] == tenant and key[1] < before]
        for key in old:
            del self.rows[key]
        return len(old)


@dataclass
class MemoryJobs:
    sent: list[tuple[SnapshotJob, timedelta]] = field(default_factory=list)

    async def send(self, jobs: Iterable[SnapshotJob], *, after: timedelta = timedelta(0)) -> None:
        self.sent += [(job, after) for job in jobs]
