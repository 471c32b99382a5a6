"""A tenant's page, and its refresh."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import Field

from sspr_core.formats.chart import chart
from sspr_core.model.errors import Invalid, NotFound
from sspr_core.model.ids import Scope, TenantId
from sspr_core.model.registration import Change
from sspr_core.model.tenant import Lifecycle, TenantRecord
from sspr_core.model.text import rfc3339
from sspr_core.ports.storage import Registrations
from sspr_core.status.history import course_of
from sspr_core.status.responses import Json, problem_view, tenant_details
from sspr_core.status.user_list import user_list
from sspr_core.tenants.administration import refresh
from sspr_core.web.caller import scope_of
from sspr_core.web.dependencies import Now, Operator, Reader, TheTenant, TheWorld
from sspr_core.web.pages.labels import change_sentence
from sspr_core.web.pages.overview import days_of
from sspr_core.web.pages.render import show
from sspr_core.web.pages.route import PageRoute, read_query
from sspr_core.web.problems import RequestRefused
from sspr_core.web.requests.queries import UsersQuery

router = APIRouter(route_class=PageRoute, include_in_schema=False)

A_PAGE = 50  # users
CHANGES = 5  # shown beside the course

LOOKED_FOR = timedelta(minutes=10)  # how long a page polls; a large tenant takes longer


class PageQuery(UsersQuery):
    limit: int = Field(A_PAGE, ge=1, le=1000)


@router.get("/p/tenants/{tenant_id}")
async def tenant_page(request: Request, services: TheWorld, caller: Reader, tenant: TheTenant, now: Now) -> Response:
    query = read_query(PageQuery, request)
    scope = scope_of(caller)
    known = await services.tenants.get(scope, tenant)
    users, changes = await asyncio.gather(
        user_list(
            services.registrations,
            scope,
            tenant,
            query.chosen(),
            user_count=known.status.user_count,
            sort=query.sort,
            limit=query.limit,
            continuation=query.continuation,
        ),
        recent_changes(services.registrations, scope, tenant),
    )
    days = course_of([known.status.course], today=now.date())
    filters = query.model_dump(mode="json", exclude={"limit", "continuation", "sort"}, exclude_none=True)
    return show(
        request,
        caller,
        "tenant.html",
        tenant=tenant_details(known, services.terms, now=now),
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
    """The newest changes, with the names of users who still exist."""
    changes, _ = await registrations.changes(scope, tenant, after=None, limit=CHANGES)

    async def named(change: Change) -> Json:
        try:
            user = (await registrations.user(scope, tenant, change.user_id)).user
        except NotFound:
            name = f"User {change.user_id[:8]}…"
        else:
            name = user.display_name or user.upn
        return {"name": name, "what": change_sentence(change), "changed_at": rfc3339(change.changed_at)}

    return await asyncio.gather(*map(named, changes))


@router.post("/p/tenants/{tenant_id}/refresh")
async def refresh_part(request: Request, services: TheWorld, caller: Operator, tenant: TheTenant, now: Now) -> Response:
    """Requests a snapshot; with htmx returns a part that polls, else redirects to the tenant."""
    known = await services.tenants.get(scope_of(caller), tenant)
    if known.lifecycle in (Lifecycle.REMOVED, Lifecycle.INACTIVE):
        raise RequestRefused(409, "not_read", f"The tenant is {known.lifecycle} and is not read.")
    await refresh(tenant, scope_of(caller), services.tenants, services.jobs, now=now)
    if request.headers.get("hx-request") != "true":
        return RedirectResponse(f"/p/tenants/{tenant}", 303)
    since = rfc3339(now) or ""
    return show(request, caller, "progress.html", base=f"/p/tenants/{tenant}", since=since, state="waiting")


@router.get("/p/tenants/{tenant_id}/progress")
async def progress_part(
    request: Request,
    *,
    services: TheWorld,
    caller: Reader,
    tenant: TheTenant,
    now: Now,
    since: Annotated[str, Query(max_length=40)],
) -> Response:
    try:
        asked_at = datetime.fromisoformat(since)
    except ValueError:
        raise Invalid("since", "is not a time") from None
    if asked_at.tzinfo is None:
        raise Invalid("since", "has no time zone")
    known = await services.tenants.get(scope_of(caller), tenant)
    return show(
        request,
        caller,
        "progress.html",
        base=f"/p/tenants/{tenant}",
        since=since,
        state=state_of(known, asked_at, now=now),
        problem=problem_view(known, services.terms),
    )


def state_of(known: TenantRecord, asked_at: datetime, *, now: datetime) -> str:
    """The state of a refresh: done, failed, waiting or long.

    done: since the request a snapshot began or licences were read. failed: there is a problem, or a try since then
    failed. long: it takes longer than the page polls.
    """
    status = known.status
    if any(at is not None and at >= asked_at for at in (status.last_started_at, status.licences_read_at)):
        return "failed" if status.problem else "done"
    tried_since = status.problem is not None and status.next_due_at is not None and status.next_due_at > asked_at
    if tried_since:
        return "failed"
    return "waiting" if now - asked_at < LOOKED_FOR else "long"
