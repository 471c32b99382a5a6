"""The tenants: reading."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from sspr_core.status.change_list import change_list
from sspr_core.status.history import history
from sspr_core.status.overview import overview
from sspr_core.status.responses import tenant_details
from sspr_core.status.tenant_list import tenant_list
from sspr_core.status.user_list import user_list
from sspr_core.web.caller import scope_of
from sspr_core.web.dependencies import Now, Reader, TheTenant, TheWorld, as_json
from sspr_core.web.openapi import shapes
from sspr_core.web.openapi.answers import answers
from sspr_core.web.requests.queries import HistoryQuery, NoQuery, Paged, TenantsQuery, UsersQuery

router = APIRouter(prefix="/api/v1", tags=["Status"])


@router.get("/overview", response_model=None, responses=answers(shapes.OverviewShape, 422))
async def get_overview(world: TheWorld, caller: Reader, now: Now, _query: Annotated[NoQuery, Query()]) -> Response:
    """All tenants at once: totals, course of 92 days, and how complete that is."""
    return as_json(overview(await world.tenants.known(scope_of(caller)), world.terms, now=now))


@router.get("/tenants", response_model=None, responses=answers(shapes.TenantsShape, 422))
async def list_tenants(world: TheWorld, caller: Reader, now: Now, query: Annotated[TenantsQuery, Query()]) -> Response:
    """The tenants: filtered, searched, sorted, page by page."""
    known = await world.tenants.known(scope_of(caller))
    return as_json(
        tenant_list(
            known,
            world.terms,
            query.chosen(),
            sort=query.sort,
            limit=query.limit,
            continuation=query.continuation,
            now=now,
        )
    )


@router.get("/tenants/{tenant_id}", response_model=None, responses=answers(shapes.TenantDetailsShape, 404, 422))
async def get_tenant(
    world: TheWorld, caller: Reader, tenant: TheTenant, now: Now, _query: Annotated[NoQuery, Query()]
) -> Response:
    """One tenant: counts, eligibility with its reason, licences, problem with its remedy, links into Entra."""
    return as_json(tenant_details(await world.tenants.get(scope_of(caller), tenant), world.terms, now=now))


@router.get("/tenants/{tenant_id}/users", response_model=None, responses=answers(shapes.UsersShape, 404, 422))
async def list_users(
    world: TheWorld, caller: Reader, tenant: TheTenant, query: Annotated[UsersQuery, Query()]
) -> Response:
    """The users of a tenant, with their methods and since when they are registered."""
    scope = scope_of(caller)
    known = await world.tenants.get(scope, tenant)
    return as_json(
        await user_list(
            world.registrations,
            scope,
            tenant,
            query.chosen(),
            user_count=known.status.user_count,
            sort=query.sort,
            limit=query.limit,
            continuation=query.continuation,
        )
    )


@router.get("/tenants/{tenant_id}/history", response_model=None, responses=answers(shapes.HistoryShape, 404, 422))
async def get_history(
    world: TheWorld, caller: Reader, tenant: TheTenant, now: Now, query: Annotated[HistoryQuery, Query()]
) -> Response:
    """A row a day, newest first: the figures of the day's last complete snapshot, and what failed."""
    scope = scope_of(caller)
    await world.tenants.get(scope, tenant)
    return as_json(
        await history(
            world.coverage,
            scope,
            tenant,
            first=query.first,
            last=query.last or now.date(),
            limit=query.limit,
            continuation=query.continuation,
        )
    )


@router.get("/tenants/{tenant_id}/changes", response_model=None, responses=answers(shapes.ChangesShape, 404, 422))
async def list_changes(
    world: TheWorld, caller: Reader, tenant: TheTenant, query: Annotated[Paged, Query()]
) -> Response:
    """What differed between snapshots, newest first."""
    scope = scope_of(caller)
    await world.tenants.get(scope, tenant)
    return as_json(
        await change_list(world.registrations, scope, tenant, limit=query.limit, continuation=query.continuation)
    )
