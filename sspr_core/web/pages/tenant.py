"""One tenant: its figures, its users, and what can be done about them."""

import asyncio
from collections.abc import Sequence
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from sspr_core.formats.chart import chart
from sspr_core.model.errors import NotFound
from sspr_core.model.ids import TenantId
from sspr_core.model.registration import Change
from sspr_core.model.scope import Scope
from sspr_core.model.times import rfc3339
from sspr_core.ports.storage import Registrations
from sspr_core.status.days import course_of
from sspr_core.status.responses import Json, tenant_details
from sspr_core.status.user_list import user_list
from sspr_core.web.caller import scope_of
from sspr_core.web.dependencies import Now, Reader, TheTenant, TheWorld
from sspr_core.web.pages.overview import days_of
from sspr_core.web.pages.render import show
from sspr_core.web.pages.route import PageRoute, read_query
from sspr_core.web.pages.told import told
from sspr_core.web.requests.queries import UsersQuery

router = APIRouter(route_class=PageRoute, include_in_schema=False)

A_PAGE = 50  # users
CHANGES = 5  # shown beside the course


class PageQuery(UsersQuery):
    limit: int = Field(A_PAGE, ge=1, le=1000)


@router.get("/p/tenants/{tenant_id}")
async def tenant_page(request: Request, world: TheWorld, caller: Reader, tenant: TheTenant, now: Now) -> Response:
    query = read_query(PageQuery, request)
    scope = scope_of(caller)
    known = await world.tenants.get(scope, tenant)
    users, changes = await asyncio.gather(
        user_list(
            world.registrations,
            scope,
            tenant,
            query.chosen(),
            user_count=known.status.user_count,
            sort=query.sort,
            limit=query.limit,
            continuation=query.continuation,
        ),
        recent_changes(world.registrations, scope, tenant),
    )
    days = course_of([known.status.course], today=now.date())
    filters = query.model_dump(mode="json", exclude={"limit", "continuation", "sort"}, exclude_none=True)
    return show(
        request,
        caller,
        "tenant.html",
        tenant=tenant_details(known, world.terms, now=now),
        users=users,
        sortable=users["search"] == "substring",
        changes=changes,
        days=days,
        chart=chart(days_of(days), what=f"Coverage of {known.display_name}"),
        chosen=query,
        filters=filters,
        filtered=bool(filters),
        export_query=f"{urlencode(filters)}&" if filters else "",
    )


async def recent_changes(registrations: Registrations, scope: Scope, tenant: TenantId) -> Sequence[Json]:
    """The newest changes with the names of those who are still there."""
    changes, _ = await registrations.changes(scope, tenant, after=None, limit=CHANGES)

    async def named(change: Change) -> Json:
        try:
            user = (await registrations.user(scope, tenant, change.user_id)).user
        except NotFound:
            name = f"User {change.user_id[:8]}…"
        else:
            name = user.display_name or user.upn
        return {"name": name, "what": told(change), "changed_at": rfc3339(change.changed_at)}

    return await asyncio.gather(*map(named, changes))
