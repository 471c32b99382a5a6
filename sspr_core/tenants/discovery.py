"""Discovers the customers' tenants and decides which are new, still present or gone."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sspr_core.model.errors import GiveUp, TryAgain
from sspr_core.model.graph_rows import Customer, Relationship
from sspr_core.model.ids import EVERY_TENANT, TenantId, tenant_id
from sspr_core.model.problem import NOT_KNOWN_YET, Access, AccessError, Problem, credential_failed
from sspr_core.model.tenant import Discovery, Tenant
from sspr_core.ports.storage import Directories, Tenants
from sspr_core.ports.telemetry import GRAPH, Metric, Telemetry

log = logging.getLogger(__name__)

MISSING_BEFORE_REMOVED = 3  # complete discoveries in a row
MISSING_AT_LEAST = timedelta(hours=24)
AT_MOST_AT_ONCE = 3  # unconfirmed removals per discovery, or a tenth of the tenants in relationship if that is more


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
    """What discovery writes, and how many removals it held back because they are too many to do unconfirmed."""

    changed: tuple[Tenant, ...]
    new_count: int
    removed_count: int
    held_back_count: int


def presence(known: Mapping[TenantId, Tenant], found: Mapping[TenantId, Found], *, now: datetime) -> Presence:
    """The tenants to write. `found` must be complete: an incomplete list does not prove that a tenant is gone."""
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
    """A listed tenant, new or known; clears a name or a relationship that is no longer listed."""
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
    """A tenant that is not listed. One added by hand need not be; one already removed stays as it is."""
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


NOTHING = Presence(changed=(), new_count=0, removed_count=0, held_back_count=0)


_TRIED_AGAIN_FOR = timedelta(minutes=50)  # later the next hourly discovery is near


UNTOLD = AccessError(word=Access.UNAVAILABLE, code="graph", message="Microsoft Graph could not be asked.")


async def discover(
    directories: Directories,
    tenants: Tenants,
    *,
    gdap: bool,
    by_settings: Mapping[TenantId, str | None],
    telemetry: Telemetry,
    now: datetime,
) -> Presence:
    """Reconcile the stored tenants with what is found; writes none unless all lists are complete.

    `by_settings`: tenants of the settings' list with their names. A problem is logged and stored with its start time,
    so that it can be shown; it is not raised, because the next discovery is the next try.
    """
    try:
        customers = await directories.customers() if gdap else []
        relationships = await directories.relationships() if gdap else []
    except (GiveUp, TryAgain) as error:
        problem = await _keep(error.trouble or UNTOLD, tenants, now=now)
        if problem and isinstance(error, TryAgain) and credential_failed(problem, now=now):
            telemetry.count(Metric.CREDENTIAL_FAILURES, GRAPH)
        return NOTHING
    try:
        return await _settle(found(customers, relationships, by_settings), tenants, now=now)
    except TryAgain as error:
        log.error("discovery was cut short: %s", error)
        return NOTHING


async def discover_again(
    directories: Directories,
    tenants: Tenants,
    *,
    gdap: bool,
    by_settings: Mapping[TenantId, str | None],
    telemetry: Telemetry,
    now: datetime,
) -> Presence:
    """Discover between two full hours if the last try failed because Entra did not know a federated credential yet.

    Without this a new installation would wait an hour: Entra knows a new credential only after some minutes.
    """
    problem = (await tenants.discovery()).problem
    if problem is None or problem.code not in NOT_KNOWN_YET or now - problem.began_at >= _TRIED_AGAIN_FOR:
        return NOTHING
    return await discover(directories, tenants, gdap=gdap, by_settings=by_settings, telemetry=telemetry, now=now)


async def _keep(trouble: AccessError, tenants: Tenants, *, now: datetime) -> Problem | None:
    """Store the problem and return it; None: storage is unavailable."""
    log.error("discovery could not read all lists: %s (%s): %s", trouble.word, trouble.code, trouble.message)
    try:
        after = (await tenants.discovery()).failed(trouble, now=now)
        await tenants.save_discovery(after)
    except TryAgain as error:
        log.error("discovery could not keep that: %s", error)
        return None
    return after.problem


async def _settle(there: Mapping[TenantId, Found], tenants: Tenants, *, now: datetime) -> Presence:
    known = {one.tenant_id: one.tenant for one in await tenants.known(EVERY_TENANT)}
    after = presence(known, there, now=now)
    await tenants.save_found(after.changed)
    await tenants.save_discovery(Discovery(last_complete_at=now, held_back_count=after.held_back_count))
    if after.held_back_count:
        log.error(
            "%d tenants have been missing from discovery for a day, which is many at once: they are kept. Each that is "
            "set inactive is removed by the next discovery",
            after.held_back_count,
        )
    return after


def found(
    customers: Iterable[Customer],
    relationships: Iterable[Relationship],
    by_settings: Mapping[TenantId, str | None],
) -> dict[TenantId, Found]:
    """One entry per tenant. A relationship adds its status and end to a customer, but never creates one."""
    names = {tenant: one.display_name for one in customers if (tenant := _id(one.tenant_id))}
    best = _best(relationships)
    return {
        tenant: Found(
            tenant_id=tenant,
            gdap_name=names.get(tenant),
            setting_name=by_settings.get(tenant),
            relationship_status=best[tenant].status if tenant in best else None,
            relationship_ends_at=_time(best[tenant].end_date_time) if tenant in best else None,
        )
        for tenant in {**names, **by_settings}
    }


_ALIVE = frozenset({"active", "expiring", "activating", "terminationRequested"})


def _best(relationships: Iterable[Relationship]) -> dict[TenantId, Relationship]:
    """Of each tenant's active relationships the one that ends last; expired and unapproved ones are ignored."""
    best: dict[TenantId, Relationship] = {}
    for one in relationships:
        tenant = _id(one.customer.tenant_id if one.customer else None)
        if tenant is None or one.status not in _ALIVE:
            continue
        if tenant not in best or (one.end_date_time or "") > (best[tenant].end_date_time or ""):
            best[tenant] = one
    return best


def _id(text: str | None) -> TenantId | None:
    try:
        return tenant_id(text or "")
    except ValueError:
        return None


def _time(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
