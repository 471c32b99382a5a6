"""The ports of storage and Graph. Adapters keep these promises, and the tests' fakes keep the same ones.

Every method may raise TryAgain; those that read tenant data for a caller take the caller's scope first and raise
NotFound outside it. Times are aware UTC.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.graph_rows import Customer, DirectoryUser, Organization, Relationship, ReportRow, SubscribedSku
from sspr_core.model.history import Day, SnapshotHeader
from sspr_core.model.ids import Scope, TenantId, UserId
from sspr_core.model.problem import Problem
from sspr_core.model.queue_messages import SnapshotJob
from sspr_core.model.recipient import MailTerms
from sspr_core.model.registration import Change, State, StoredUser
from sspr_core.model.report_plan import ReportPlan, StoredPlan
from sspr_core.model.tenant import Discovery, SwitchedOff, Tenant, TenantRecord, TenantStatus


class TenantDirectory(Protocol):
    """One tenant's directory, read with a token that was checked to be that tenant's."""

    async def organization(self) -> Organization: ...
    async def licences(self) -> list[SubscribedSku]: ...
    def report(self) -> AsyncIterator[list[ReportRow]]:
        """Pages of the registration report; a page may be empty. GiveUp and TryAgain carry the problem."""
        ...

    def users(self) -> AsyncIterator[list[DirectoryUser]]: ...


class Directories(Protocol):
    """Microsoft Graph."""

    def open(self, tenant: TenantId) -> AbstractAsyncContextManager[TenantDirectory]:
        """Raises GiveUp when the tenant denies access, or the token is another tenant's (wrong_tenant)."""
        ...

    async def customers(self) -> list[Customer]:
        """All of `delegatedAdminCustomers` in the partner's tenant; raises if it cannot read the complete list."""
        ...

    async def relationships(self) -> list[Relationship]: ...


class Tenants(Protocol):
    """The tenants: table Tenants, partitions `tenant`, `status` and `discovery`."""

    async def known(self, scope: Scope) -> list[TenantRecord]: ...
    async def get(self, scope: Scope, tenant: TenantId) -> TenantRecord: ...
    async def lately(self, scope: Scope, tenant: TenantId, *, within: timedelta) -> TenantRecord:
        """The tenant, read no longer than `within` ago."""
        ...

    async def save_found(self, tenants: Sequence[Tenant]) -> None:
        """Write each tenant's fields of discovery (names from GDAP and settings, relationship, missing, removed)."""
        ...

    async def save_operators(self, tenants: Sequence[Tenant]) -> None:
        """Write each tenant's operator name and whether it was added by hand, nothing else; creates new tenants.

        A crash leaves the first hundreds written and the rest as they were. Safe to repeat.
        """
        ...

    async def save_switch(self, tenant: TenantId, switched_off: SwitchedOff | None) -> None: ...
    async def save_status(self, status: TenantStatus) -> TenantStatus:
        """Write the whole row if it is still the one that `status` was read from (`etag`).

        Raises Conflict when it is not; returns the status with the new etag.
        """
        ...

    async def discovery(self) -> Discovery:
        """How the last discovery went; empty before the first."""
        ...

    async def save_discovery(self, discovery: Discovery) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A worker's claim on a tenant, valid until `until` unless renewed.

    `unfinished`: users' rows may be half-written, by this worker or the holder of the claim before. It stays in the
    row after expiry and release, until a commit clears it; while it is set, the stored digest must not be trusted.
    """

    tenant_id: TenantId
    owner: str
    started_at: datetime
    until: datetime
    etag: str
    unfinished: bool = False


class Claims(Protocol):
    """Which worker is reading which tenant: table Tenants, partition `claim`."""

    async def take(self, tenant: TenantId, owner: str, *, now: datetime, lease: timedelta) -> Claim | datetime:
        """The new claim (`unfinished` as in the row), or the time when another worker's valid claim ends."""
        ...

    async def renew(self, claim: Claim, *, now: datetime, lease: timedelta) -> Claim:
        """Write it with a new end and its `unfinished`. Raises ClaimLost when another worker holds the claim."""
        ...

    async def release(self, claim: Claim) -> None:
        """End the claim now, with `unfinished` as in `claim`; the row stays. No error when it was lost already."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMark:
    """What a comparison needs of a stored user: its key, digest, state and etag.

    `seen`: registration dates are stored.
    """

    user_id: UserId
    digest: str
    state: State
    etag: str
    seen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationDates:
    """Since when a user is registered (see StoredUser); both None: not registered."""

    seen_registered_at: datetime | None
    registered_after_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsertUser:
    """A user's row to write: new (`stored` None) or over the row with that mark; and the change to record."""

    user_id: UserId
    packed: bytes
    digest: str
    state: State
    stored: StoredMark | None
    change: Change | None
    since: RegistrationDates | None  # None: keep the stored dates; registration neither began nor ended

    @property
    def seen(self) -> bool:
        """Whether the row has registration dates once this is written."""
        if self.since is not None:
            return self.since.seen_registered_at is not None
        return self.stored is not None and self.stored.seen


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteUser:
    """A user's row to delete, and the change to record."""

    stored: StoredMark
    change: Change | None

    @property
    def user_id(self) -> UserId:
        return self.stored.user_id


type Difference = UpsertUser | DeleteUser


class Registrations(Protocol):
    """Users and their changes: table Registrations, partition per tenant."""

    async def fence(self, claim: Claim) -> str:
        """Mark the partition as this claim's; every later write of another claim fails. Returns the fence's etag.

        Raises ClaimLost when the fence is that of a claim with a later `started_at`: a worker that froze after its
        last renewal must not displace a newer one.
        """
        ...

    def marks(self, tenant: TenantId) -> AsyncIterator[list[StoredMark]]:
        """Every stored user, in ascending order of user id."""
        ...

    async def write(self, claim: Claim, fence: str, differences: Sequence[Difference], *, at: datetime) -> str:
        """Write up to `MOST_PER_WRITE` differences in one transaction: each user's row and its change together.

        A crash leaves all of them or none. Raises ClaimLost when the fence is another claim's, Conflict when a row
        does not have its mark (an earlier try of the same write may have succeeded: read again). Returns the fence's
        new etag.
        """
        ...

    async def user(self, scope: Scope, tenant: TenantId, user: UserId) -> StoredUser: ...
    async def users(
        self, scope: Scope, tenant: TenantId, *, after: str | None, limit: int
    ) -> tuple[list[StoredUser], str | None]:
        """Users in key order, and where to continue (None: the end)."""
        ...

    async def changed(
        self, scope: Scope, tenant: TenantId, *, since: datetime, after: str | None, limit: int
    ) -> tuple[list[StoredUser], str | None]:
        """As users(), but only those whose `changed_at` is not before `since`."""
        ...

    async def gone(self, scope: Scope, tenant: TenantId, *, since: datetime) -> dict[UserId, datetime]:
        """Users whose removal was recorded not before `since` (whole milliseconds), and the time of the last removal.

        Some may be back: read the users after this.
        """
        ...

    async def changes(
        self, scope: Scope, tenant: TenantId, *, after: str | None, limit: int
    ) -> tuple[list[Change], str | None]:
        """Changes, newest first."""
        ...

    async def delete_changes(self, tenant: TenantId, *, before: datetime) -> int:
        """Returns how many; leaves users and fence. A crash leaves some; safe to repeat, also by two at once."""
        ...


MOST_PER_WRITE = 49  # differences: two rows each and the fence, within the service's 100 operations


class Coverage(Protocol):
    """One row per day: table Coverage, partition per tenant."""

    async def save_snapshot(self, tenant: TenantId, header: SnapshotHeader) -> None:
        """Write the day's figures, unless the row has those of a later snapshot. Safe to repeat."""
        ...

    async def save_failure(self, tenant: TenantId, problem: Problem, *, at: datetime) -> None:
        """Write a failed attempt beside the day's figures, never over them."""
        ...

    async def days(self, scope: Scope, tenant: TenantId, *, first: date, last: date) -> list[Day]:
        """The days from first to last, both included, newest first."""
        ...

    async def delete_days(self, tenant: TenantId, *, before: date) -> int:
        """Returns how many. A crash leaves some; safe to repeat, also by two workers at once."""
        ...


class Jobs(Protocol):
    """The queue of snapshots to take. At least once, in any order."""

    async def send(self, jobs: Iterable[SnapshotJob], *, after: timedelta = timedelta(0)) -> None: ...


class OperatorSettings(Protocol):
    """Operators' settings: table Settings, partition tenant id, or `default` for values that a tenant does not set.

    `tenant` None is the default, which every scope may read. A missing setting is an empty value, not an error.
    """

    async def branding(self, scope: Scope, tenant: TenantId | None) -> Branding: ...
    async def save_branding(self, tenant: TenantId | None, branding: Branding, *, by: str, at: datetime) -> None: ...
    async def mail_terms(self, scope: Scope, tenant: TenantId | None) -> MailTerms: ...
    async def save_mail_terms(self, tenant: TenantId | None, terms: MailTerms, *, by: str, at: datetime) -> None: ...
    async def report_plan(self, scope: Scope, tenant: TenantId | None) -> StoredPlan:
        """The plan; the one over all tenants (None) only within a scope of all, else NotFound."""
        ...

    async def report_plans(self, scope: Scope) -> list[StoredPlan]:
        """Every plan that was ever set, within the scope."""
        ...

    async def save_report_plan(
        self, tenant: TenantId | None, plan: ReportPlan, *, begins_at: datetime, by: str, at: datetime
    ) -> None: ...
    async def words(
        self, scope: Scope, tenant: TenantId | None, template: str, language: str, *, version: int | None = None
    ) -> Words:
        """The current words, or those of that version, which never change. Raises NotFound if there is none."""
        ...

    async def save_words(
        self, tenant: TenantId | None, template: str, language: str, words: Words, *, by: str, at: datetime
    ) -> Words:
        """Write them as the version after `words.version`, which must be the current one: else raises Conflict.

        Returns the new version. A crash leaves both of its rows or none.
        """
        ...
