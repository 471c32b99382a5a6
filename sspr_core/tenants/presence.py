"""Whether a tenant is still a customer: what one complete discovery makes of each tenant known."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sspr_core.model.ids import TenantId
from sspr_core.model.tenant import Tenant

MISSING_BEFORE_REMOVED = 3  # complete discoveries in a row
MISSING_AT_LEAST = timedelta(hours=24)
AT_MOST_AT_ONCE = 3  # removed by one discovery without an operator, or a tenth of those in relationship if that is more


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A tenant as a discovery found it, in GDAP's list of customers, in the settings, or both."""

    tenant_id: TenantId
    gdap_name: str | None = None
    setting_name: str | None = None
    relationship_status: str | None = None
    relationship_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """What discovery writes, and how many removals it held back: suspiciously many that no operator has confirmed."""

    changed: tuple[Tenant, ...]
    new_count: int
    removed_count: int
    held_back_count: int


def presence(known: Mapping[TenantId, Tenant], found: Mapping[TenantId, Found], *, now: datetime) -> Presence:
    """Tenants whose discovery's facts changed. `found` must be complete: a part of a list proves nobody's absence."""
    present = [_seen(known.get(tenant), one, now=now) for tenant, one in found.items()]
    absent = [_not_seen(tenant, now=now) for key, tenant in known.items() if key not in found]
    leaving = [tenant for tenant in absent if _may_go(tenant, now=now)]
    unconfirmed = [tenant for tenant in leaving if not tenant.switched_off]
    most = max(AT_MOST_AT_ONCE, sum(tenant.in_relationship for tenant in known.values()) // 10)
    held_back = unconfirmed if len(unconfirmed) > most else []
    going = {tenant.tenant_id for tenant in leaving} - {tenant.tenant_id for tenant in held_back}
    after = [
        *present,
        *(replace(tenant, removed_at=now) if tenant.tenant_id in going else tenant for tenant in absent),
    ]
    return Presence(
        changed=tuple(tenant for tenant in after if tenant != known.get(tenant.tenant_id)),
        new_count=sum(tenant not in known for tenant in found),
        removed_count=len(going),
        held_back_count=len(held_back),
    )


def _seen(tenant: Tenant | None, found: Found, *, now: datetime) -> Tenant:
    """Listed, again or for the first time; a name or a relationship that is no longer told is forgotten."""
    return replace(
        tenant or Tenant(tenant_id=found.tenant_id, found_at=now),
        listed=True,
        gdap_name=found.gdap_name,
        setting_name=found.setting_name,
        relationship_status=found.relationship_status,
        relationship_ends_at=found.relationship_ends_at,
        missing_count=0,
        missing_since_at=None,
        removed_at=None,
    )


def _not_seen(tenant: Tenant, *, now: datetime) -> Tenant:
    """Not in the list. One added by hand needs none; one removed already stays as it is."""
    if tenant.by_hand or tenant.removed_at:
        return tenant
    return replace(
        tenant,
        listed=False,
        missing_count=tenant.missing_count + 1,
        missing_since_at=tenant.missing_since_at or now,
    )


def _may_go(tenant: Tenant, *, now: datetime) -> bool:
    if tenant.by_hand or tenant.removed_at or tenant.missing_since_at is None:
        return False
    return tenant.missing_count >= MISSING_BEFORE_REMOVED and now - tenant.missing_since_at >= MISSING_AT_LEAST
