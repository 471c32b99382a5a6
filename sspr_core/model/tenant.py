"""A tenant: its lifecycle, its eligibility, how fresh its data are, and what discovery found."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from sspr_core.model.counts import Attention, Counts, SsprScope
from sspr_core.model.history import Course
from sspr_core.model.ids import TenantId
from sspr_core.model.problem import AccessError, Problem, with_since
from sspr_core.model.registration import Excluded


class Lifecycle(StrEnum):
    """The word shown for a tenant; in order of precedence."""

    REMOVED = "removed"  # no relationship any more; history kept
    INACTIVE = "inactive"  # switched off by an operator
    INELIGIBLE = "ineligible"  # no Entra ID Premium seats
    IN_PROCESS = "in_process"  # no snapshot yet
    ACTIVE = "active"


class Eligibility(StrEnum):
    """Whether the tenant has Entra ID Premium seats; decided only by a successful reading of its licences."""

    UNKNOWN = "unknown"  # not read yet, which is not ineligible
    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchedOff:
    """An operator set the tenant inactive; this stays when the tenant disappears and returns."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """What discovery and operators wrote of a tenant (row `tenant`)."""

    tenant_id: TenantId
    found_at: datetime
    listed: bool = False  # in `delegatedAdminCustomers` or in the settings' list, at the last discovery
    by_hand: bool = False  # added by an operator: stays a customer, whatever discovery finds
    operator_name: str | None = None
    setting_name: str | None = None
    gdap_name: str | None = None
    relationship_status: str | None = None
    relationship_ends_at: datetime | None = None
    missing_count: int = 0  # consecutive complete discoveries that did not list it
    missing_since_at: datetime | None = None
    removed_at: datetime | None = None  # set only by discovery
    switched_off: SwitchedOff | None = None

    @property
    def in_relationship(self) -> bool:
        return self.by_hand or self.removed_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """A subscribed SKU (Graph `subscribedSkus`), the parts that are shown."""

    sku_id: str
    sku_part_number: str
    premium: bool
    seat_count: int
    consumed_count: int
    ending_count: int = 0  # seats whose term has ended, in state Warning; 0 in rows that do not have it


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantStatus:
    """What readings found of a tenant (row `status`); counts are None before the first snapshot.

    `etag` is that of the row this was read from; None: there is no row yet.
    """

    tenant_id: TenantId
    eligibility: Eligibility = Eligibility.UNKNOWN
    premium_seat_count: int | None = None
    licences: tuple[Licence, ...] = ()
    licences_read_at: datetime | None = None
    seats_seen_at: datetime | None = None  # the last reading that found premium seats
    licence_ended_at: datetime | None = None  # the first reading after that with none; None: has seats, or never had
    organization_name: str | None = None
    default_domain: str | None = None
    counts: Counts | None = None
    excluded_by_reason: Mapping[Excluded, int] = field(default_factory=dict)
    licence_shortfall_count: int | None = None
    sspr_scope: SsprScope | None = None
    attention: Attention | None = None  # of the last snapshot that counted it
    user_count: int | None = None
    digest: str | None = None
    last_started_at: datetime | None = None  # of the last complete snapshot
    last_success_at: datetime | None = None
    problem: Problem | None = None
    next_due_at: datetime | None = None  # None: due at once
    course: Course = field(default_factory=Course)
    etag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantRecord:
    """Everything stored of one tenant except its users."""

    tenant: Tenant
    status: TenantStatus

    @property
    def tenant_id(self) -> TenantId:
        return self.tenant.tenant_id

    @property
    def display_name(self) -> str:
        """The operator's or the setting's name, else GDAP's, else the directory's own, else the id."""
        t = self.tenant
        name = t.operator_name or t.setting_name or t.gdap_name or self.status.organization_name
        return name or t.tenant_id

    @property
    def lifecycle(self) -> Lifecycle:
        if not self.tenant.in_relationship:
            return Lifecycle.REMOVED
        if self.tenant.switched_off:
            return Lifecycle.INACTIVE
        if self.status.eligibility is Eligibility.INELIGIBLE:
            return Lifecycle.INELIGIBLE
        return Lifecycle.ACTIVE if self.status.last_success_at else Lifecycle.IN_PROCESS


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """The last complete discovery, and the problem since then, if any.

    `held_back_count`: tenants that it found missing but did not remove, because they were too many at once.
    """

    last_complete_at: datetime | None = None
    problem: Problem | None = None
    held_back_count: int = 0

    def failed(self, trouble: AccessError, *, now: datetime) -> Self:
        return replace(self, problem=with_since(trouble, self.problem, now=now))


EXPECTED = (Lifecycle.ACTIVE, Lifecycle.IN_PROCESS)


def is_fresh(known: TenantRecord, *, now: datetime, within: timedelta) -> bool:
    """Whether the last success is not older than `within`."""
    at = known.status.last_success_at
    return at is not None and now - at <= within
