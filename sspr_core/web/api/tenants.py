"""The API of tenants: reading their status, and what operators do to them."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from sspr_core.model.errors import Invalid
from sspr_core.model.tenant import Lifecycle
from sspr_core.model.text import rfc3339
from sspr_core.status.history import change_list, history
from sspr_core.status.overview import overview
from sspr_core.status.responses import tenant_details
from sspr_core.status.tenant_list import tenant_list
from sspr_core.status.user_list import user_list
from sspr_core.tenants.administration import add_by_hand, refresh, switch_off, switch_on
from sspr_core.tenants.csv_import import MOST_BYTES, read_csv
from sspr_core.web.caller import scope_of
from sspr_core.web.dependencies import Now, Operator, Reader, TheTenant, TheWorld, as_json
from sspr_core.web.openapi import shapes
from sspr_core.web.openapi.answers import FILE, answers, success
from sspr_core.web.problems import RequestRefused
from sspr_core.web.requests.lengths import read_needed
from sspr_core.web.requests.queries import (
    HistoryQuery,
    NoQuery,
    Paged,
    TenantPatch,
    TenantPut,
    TenantsQuery,
    UsersQuery,
)

router = APIRouter(prefix="/api/v1", tags=["Status"])

operator_router = APIRouter(prefix="/api/v1/tenants", tags=["Operation"])

Nothing = Annotated[NoQuery, Query()]


@router.get("/overview", response_model=None, responses=answers(shapes.OverviewShape, 422))
async def get_overview(services: TheWorld, caller: Reader, now: Now, _query: Annotated[NoQuery, Query()]) -> Response:
    """All tenants at once: totals, course of 92 days, and how complete that is."""
    return as_json(overview(await services.tenants.known(scope_of(caller)), services.terms, now=now))


@router.get("/tenants", response_model=None, responses=answers(shapes.TenantsShape, 422))
async def list_tenants(
    services: TheWorld, caller: Reader, now: Now, query: Annotated[TenantsQuery, Query()]
) -> Response:
    """The tenants: filtered, searched, sorted, page by page."""
    known = await services.tenants.known(scope_of(caller))
    return as_json(
        tenant_list(
            known,
            services.terms,
            query.chosen(),
            sort=query.sort,
            limit=query.limit,
            continuation=query.continuation,
            now=now,
        )
    )


@router.get("/tenants/{tenant_id}", response_model=None, responses=answers(shapes.TenantDetailsShape, 404, 422))
async def get_tenant(
    services: TheWorld, caller: Reader, tenant: TheTenant, now: Now, _query: Annotated[NoQuery, Query()]
) -> Response:
    """One tenant: counts, eligibility with its reason, licences, problem with its remedy, links into Entra."""
    return as_json(tenant_details(await services.tenants.get(scope_of(caller), tenant), services.terms, now=now))


@router.get("/tenants/{tenant_id}/users", response_model=None, responses=answers(shapes.UsersShape, 404, 422))
async def list_users(
    services: TheWorld, caller: Reader, tenant: TheTenant, query: Annotated[UsersQuery, Query()]
) -> Response:
    """The users of a tenant, with their methods and since when they are registered."""
    scope = scope_of(caller)
    known = await services.tenants.get(scope, tenant)
    return as_json(
        await user_list(
            services.registrations,
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
    services: TheWorld, caller: Reader, tenant: TheTenant, now: Now, query: Annotated[HistoryQuery, Query()]
) -> Response:
    """A row a day, newest first: the figures of the day's last complete snapshot, and what failed."""
    scope = scope_of(caller)
    await services.tenants.get(scope, tenant)
    return as_json(
        await history(
            services.coverage,
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
    services: TheWorld, caller: Reader, tenant: TheTenant, query: Annotated[Paged, Query()]
) -> Response:
    """What differed between snapshots, newest first."""
    scope = scope_of(caller)
    await services.tenants.get(scope, tenant)
    return as_json(
        await change_list(services.registrations, scope, tenant, limit=query.limit, continuation=query.continuation)
    )


def _not_read(lifecycle: Lifecycle) -> RequestRefused:
    return RequestRefused(409, "not_read", f"The tenant is {lifecycle} and is not read.")


def _removed() -> RequestRefused:
    return RequestRefused(409, "removed", "The tenant is removed; add it again, or wait until discovery finds it.")


def _too_large() -> RequestRefused:
    return RequestRefused(413, "too_large", f"At most {MOST_BYTES} bytes.")


@operator_router.post(
    "/{tenant_id}/refresh",
    status_code=202,
    response_model=None,
    responses=answers(
        shapes.RefreshShape, 404, 422, ok=202, description="Asked for", refused=_not_read(Lifecycle.INACTIVE)
    ),
)
async def refresh_tenant(
    services: TheWorld, caller: Operator, tenant: TheTenant, now: Now, _query: Nothing
) -> Response:
    """Take a snapshot now. Look at the tenant's `last_success_at` and `problem` to see it come in."""
    known = await services.tenants.get(scope_of(caller), tenant)
    if known.lifecycle in (Lifecycle.REMOVED, Lifecycle.INACTIVE):
        raise _not_read(known.lifecycle)
    after = await refresh(tenant, scope_of(caller), services.tenants, services.jobs, now=now)
    content = {"tenant_id": tenant, "next_due_at": rfc3339(after.status.next_due_at)}
    return as_json(content, 202, {"Location": f"/api/v1/tenants/{tenant}"})


@operator_router.patch(
    "/{tenant_id}",
    response_model=None,
    responses=answers(shapes.TenantDetailsShape, 404, 422, refused=_removed()),
)
async def patch_tenant(
    services: TheWorld, caller: Operator, tenant: TheTenant, now: Now, body: TenantPatch, _query: Nothing
) -> Response:
    """Set a tenant inactive, which needs a reason, or active again."""
    scope = scope_of(caller)
    if body.lifecycle == "active" and body.reason is not None:
        raise Invalid("reason", "goes with inactive only")
    known = await services.tenants.get(scope, tenant)
    if known.lifecycle is Lifecycle.REMOVED:
        raise _removed()
    if body.lifecycle == "active":
        await switch_on(tenant, scope, services.tenants)
    elif body.reason is None:
        raise Invalid("reason", "is needed to set a tenant inactive")
    else:
        await switch_off(tenant, scope, services.tenants, by=caller.name, reason=body.reason, now=now)
    return as_json(tenant_details(await services.tenants.get(scope, tenant), services.terms, now=now))


@operator_router.put(
    "/{tenant_id}",
    response_model=None,
    responses=answers(shapes.TenantDetailsShape, 422) | success(shapes.TenantDetailsShape, 201, "New"),
)
async def put_tenant(
    services: TheWorld, caller: Operator, tenant: TheTenant, now: Now, body: TenantPut, _query: Nothing
) -> Response:
    """Add a tenant without GDAP, or give one its name."""
    scope = scope_of(caller)
    new_count = await add_by_hand({tenant: body.display_name}, scope, services.tenants, now=now)
    known = await services.tenants.get(scope, tenant)
    return as_json(tenant_details(known, services.terms, now=now), 201 if new_count else 200)


@operator_router.post(
    "/import",
    response_model=None,
    responses=answers(shapes.ImportShape, 422, refused=_too_large()),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "text/csv": {
                    "schema": FILE,
                    "example": "tenant_id,display_name\n6f1c5ff5-9d2e-4a6b-8a51-1f8f3e5f7a10,Contoso Dental\n",
                }
            },
        }
    },
)
async def import_tenants(request: Request, services: TheWorld, caller: Operator, now: Now, _query: Nothing) -> Response:
    """Add tenants without GDAP from CSV with the columns tenant_id and display_name: all are checked first."""
    body = await read_needed(request)
    if len(body) > MOST_BYTES:
        raise _too_large()
    names = read_csv(body)
    new_count = await add_by_hand(names, scope_of(caller), services.tenants, now=now)
    return as_json({"tenant_count": len(names), "new_count": new_count})
