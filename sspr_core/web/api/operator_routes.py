"""The tenants: what operators do."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from sspr_core.model.errors import Invalid
from sspr_core.model.tenant import Lifecycle
from sspr_core.model.times import rfc3339
from sspr_core.status.responses import tenant_details
from sspr_core.tenants.administration import add_by_hand, refresh, switch_off, switch_on
from sspr_core.tenants.csv_import import MOST_BYTES, read_csv
from sspr_core.web.caller import scope_of
from sspr_core.web.dependencies import Now, Operator, TheTenant, TheWorld, as_json
from sspr_core.web.openapi import shapes
from sspr_core.web.openapi.answers import FILE, answers, success
from sspr_core.web.problems import Refused
from sspr_core.web.requests.lengths import read_needed
from sspr_core.web.requests.queries import NoQuery, TenantPatch, TenantPut

operator_router = APIRouter(prefix="/api/v1/tenants", tags=["Operation"])

Nothing = Annotated[NoQuery, Query()]


def _not_read(lifecycle: Lifecycle) -> Refused:
    return Refused(409, "not_read", f"The tenant is {lifecycle} and is not read.")


def _removed() -> Refused:
    return Refused(409, "removed", "The tenant is removed; add it again, or wait until discovery finds it.")


def _too_large() -> Refused:
    return Refused(413, "too_large", f"At most {MOST_BYTES} bytes.")


@operator_router.post(
    "/{tenant_id}/refresh",
    status_code=202,
    response_model=None,
    responses=answers(
        shapes.RefreshShape, 404, 422, ok=202, description="Asked for", refused=_not_read(Lifecycle.INACTIVE)
    ),
)
async def refresh_tenant(world: TheWorld, caller: Operator, tenant: TheTenant, now: Now, _query: Nothing) -> Response:
    """Take a snapshot now. Look at the tenant's `last_success_at` and `problem` to see it come in."""
    known = await world.tenants.get(scope_of(caller), tenant)
    if known.lifecycle in (Lifecycle.REMOVED, Lifecycle.INACTIVE):
        raise _not_read(known.lifecycle)
    after = await refresh(tenant, scope_of(caller), world.tenants, world.jobs, now=now)
    content = {"tenant_id": tenant, "next_due_at": rfc3339(after.status.next_due_at)}
    return as_json(content, 202, {"Location": f"/api/v1/tenants/{tenant}"})


@operator_router.patch(
    "/{tenant_id}",
    response_model=None,
    responses=answers(shapes.TenantDetailsShape, 404, 422, refused=_removed()),
)
async def patch_tenant(
    world: TheWorld, caller: Operator, tenant: TheTenant, now: Now, body: TenantPatch, _query: Nothing
) -> Response:
    """Set a tenant inactive, which needs a reason, or active again."""
    scope = scope_of(caller)
    if body.lifecycle == "active" and body.reason is not None:
        raise Invalid("reason", "goes with inactive only")
    known = await world.tenants.get(scope, tenant)
    if known.lifecycle is Lifecycle.REMOVED:
        raise _removed()
    if body.lifecycle == "active":
        await switch_on(tenant, scope, world.tenants)
    elif body.reason is None:
        raise Invalid("reason", "is needed to set a tenant inactive")
    else:
        await switch_off(tenant, scope, world.tenants, by=caller.name, reason=body.reason, now=now)
    return as_json(tenant_details(await world.tenants.get(scope, tenant), world.terms, now=now))


@operator_router.put(
    "/{tenant_id}",
    response_model=None,
    responses=answers(shapes.TenantDetailsShape, 422) | success(shapes.TenantDetailsShape, 201, "New"),
)
async def put_tenant(
    world: TheWorld, caller: Operator, tenant: TheTenant, now: Now, body: TenantPut, _query: Nothing
) -> Response:
    """Add a tenant without GDAP, or give one its name."""
    scope = scope_of(caller)
    new_count = await add_by_hand({tenant: body.display_name}, scope, world.tenants, now=now)
    known = await world.tenants.get(scope, tenant)
    return as_json(tenant_details(known, world.terms, now=now), 201 if new_count else 200)


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
async def import_tenants(request: Request, world: TheWorld, caller: Operator, now: Now, _query: Nothing) -> Response:
    """Add tenants without GDAP from CSV with the columns tenant_id and display_name: all are checked first."""
    body = await read_needed(request)
    if len(body) > MOST_BYTES:
        raise _too_large()
    names = read_csv(body)
    new_count = await add_by_hand(names, scope_of(caller), world.tenants, now=now)
    return as_json({"tenant_count": len(names), "new_count": new_count})
