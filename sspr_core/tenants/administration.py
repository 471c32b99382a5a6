"""Operators' actions on tenants: refresh, switch off and on, name, add by hand."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sspr_core.model.errors import Conflict, NotFound
from sspr_core.model.ids import Scope, TenantId
from sspr_core.model.queue_messages import SnapshotJob
from sspr_core.model.tenant import SwitchedOff, Tenant, TenantRecord
from sspr_core.ports.storage import Jobs, Tenants


async def refresh(tenant: TenantId, scope: Scope, tenants: Tenants, jobs: Jobs, *, now: datetime) -> TenantRecord:
    """Make the tenant due now and queue it at once; if the message is lost, the next sweep takes the snapshot.

    Raises NotFound outside the caller's scope, TryAgain when storage is unavailable.
    """
    while True:
        known = await tenants.get(scope, tenant)
        try:
            status = await tenants.save_status(replace(known.status, next_due_at=now))
        except Conflict:
            continue  # a snapshot was committed in between: read the row again and change that
        await jobs.send([SnapshotJob.first(tenant, now=now, due_at=now)])
        return replace(known, status=status)


async def switch_off(tenant: TenantId, scope: Scope, tenants: Tenants, *, by: str, reason: str, now: datetime) -> None:
    """Stop snapshots of the tenant; records who switched it off and why."""
    await tenants.get(scope, tenant)
    await tenants.save_switch(tenant, SwitchedOff(by=by, at=now, reason=reason))


async def switch_on(tenant: TenantId, scope: Scope, tenants: Tenants) -> None:
    await tenants.get(scope, tenant)
    await tenants.save_switch(tenant, None)


async def add_by_hand(names: Mapping[TenantId, str | None], scope: Scope, tenants: Tenants, *, now: datetime) -> int:
    """Add tenants without GDAP; returns how many are new. Of a customer that discovery lists, only a given name is set.

    Checks all before it writes any: raises NotFound when one is outside the caller's scope. Safe to repeat, also
    after a crash in the middle.
    """
    if outside := next((tenant for tenant in names if not scope.allows(tenant)), None):
        raise NotFound(outside)
    known = await _known(names, scope, tenants)
    await tenants.save_operators(added(known, names, now=now))
    return sum(tenant not in known for tenant in names)


async def _known(names: Collection[TenantId], scope: Scope, tenants: Tenants) -> dict[TenantId, Tenant]:
    """Those of the tenants that are stored: reads a single one by key, several by listing all."""
    if len(names) > 1:
        return {one.tenant_id: one.tenant for one in await tenants.known(scope) if one.tenant_id in names}
    try:
        found = [await tenants.get(scope, tenant) for tenant in names]
    except NotFound:
        return {}
    return {one.tenant_id: one.tenant for one in found}


def added(known: Mapping[TenantId, Tenant], names: Mapping[TenantId, str | None], *, now: datetime) -> Sequence[Tenant]:
    """The tenants as they will be written."""
    before = [known.get(tenant) or Tenant(tenant_id=tenant, found_at=now) for tenant in names]
    return [
        replace(
            tenant,
            by_hand=tenant.by_hand or not _is_discoverys(tenant),
            operator_name=names[tenant.tenant_id] or tenant.operator_name,
        )
        for tenant in before
    ]


def _is_discoverys(tenant: Tenant) -> bool:
    """Discovery lists it, so discovery must be able to remove it; a name given by an operator does not prevent that."""
    return tenant.listed and tenant.removed_at is None
