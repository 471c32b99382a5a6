"""Which tenants there are: GDAP's customers and the settings' list, once an hour."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sspr_core.model.discovery import Discovery
from sspr_core.model.errors import GiveUp, TryAgain
from sspr_core.model.graph_rows import Customer, Relationship
from sspr_core.model.ids import TenantId, tenant_id
from sspr_core.model.problem import NOT_KNOWN_YET, Access, Problem, Trouble, credential_failed
from sspr_core.model.scope import EVERY_TENANT
from sspr_core.ports.storage import Directories, Tenants
from sspr_core.ports.telemetry import GRAPH, Metric, Telemetry
from sspr_core.tenants.presence import Found, Presence, presence

log = logging.getLogger(__name__)

NOTHING = Presence(changed=(), new_count=0, removed_count=0, held_back_count=0)
_TRIED_AGAIN_FOR = timedelta(minutes=50)  # then the next hour's discovery is near
UNTOLD = Trouble(word=Access.UNAVAILABLE, code="graph", message="Microsoft Graph could not be asked.")


async def discover(
    directories: Directories,
    tenants: Tenants,
    *,
    gdap: bool,
    by_settings: Mapping[TenantId, str | None],
    telemetry: Telemetry,
    now: datetime,
) -> Presence:
    """Bring the stored tenants in line with what is found; no tenant is written unless all lists are complete.

    `by_settings`: tenants of the settings' list with their names. Trouble is logged, and kept with since when for
    whoever asks; it is not raised, for the next discovery is the next try.
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
    """Discover between two hours where the last try met a federated credential that was not known yet.

    A new installation would else wait for an hour: Entra knows the credential some minutes after it was made.
    """
    problem = (await tenants.discovery()).problem
    if problem is None or problem.code not in NOT_KNOWN_YET or now - problem.began_at >= _TRIED_AGAIN_FOR:
        return NOTHING
    return await discover(directories, tenants, gdap=gdap, by_settings=by_settings, telemetry=telemetry, now=now)


async def _keep(trouble: Trouble, tenants: Tenants, *, now: datetime) -> Problem | None:
    """The trouble as it is kept; None: storage is away."""
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
    """One entry a tenant. Relationships add status and end to a customer, they never make one."""
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
    """Of each tenant's relationships the living one that lasts longest; expired and unapproved ones say nothing."""
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
