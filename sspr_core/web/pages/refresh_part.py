"""Refresh now, and how far it is."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from sspr_core.model.errors import Invalid
from sspr_core.model.tenant import Known, Lifecycle
from sspr_core.model.times import rfc3339
from sspr_core.status.responses import problem_view
from sspr_core.tenants.administration import refresh
from sspr_core.web.caller import scope_of
from sspr_core.web.dependencies import Now, Operator, Reader, TheTenant, TheWorld
from sspr_core.web.pages.render import show
from sspr_core.web.pages.route import PageRoute
from sspr_core.web.problems import Refused

router = APIRouter(route_class=PageRoute, include_in_schema=False)

LOOKED_FOR = timedelta(minutes=10)  # a page polls so long; a large tenant takes longer


@router.post("/p/tenants/{tenant_id}/refresh")
async def refresh_part(request: Request, world: TheWorld, caller: Operator, tenant: TheTenant, now: Now) -> Response:
    """Asks for a snapshot; with htmx a part that goes on looking, else back to the tenant."""
    known = await world.tenants.get(scope_of(caller), tenant)
    if known.lifecycle in (Lifecycle.REMOVED, Lifecycle.INACTIVE):
        raise Refused(409, "not_read", f"The tenant is {known.lifecycle} and is not read.")
    await refresh(tenant, scope_of(caller), world.tenants, world.jobs, now=now)
    if request.headers.get("hx-request") != "true":
        return RedirectResponse(f"/p/tenants/{tenant}", 303)
    since = rfc3339(now) or ""
    return show(request, caller, "progress.html", base=f"/p/tenants/{tenant}", since=since, state="waiting")


@router.get("/p/tenants/{tenant_id}/progress")
async def progress_part(
    request: Request,
    *,
    world: TheWorld,
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
    known = await world.tenants.get(scope_of(caller), tenant)
    return show(
        request,
        caller,
        "progress.html",
        base=f"/p/tenants/{tenant}",
        since=since,
        state=state_of(known, asked_at, now=now),
        problem=problem_view(known, world.terms),
    )


def state_of(known: Known, asked_at: datetime, *, now: datetime) -> str:
    """done, failed, waiting, or long: a snapshot begun or licences read since, or a try since that made trouble."""
    status = known.status
    if any(at is not None and at >= asked_at for at in (status.last_started_at, status.licences_read_at)):
        return "failed" if status.problem else "done"
    tried_since = status.problem is not None and status.next_due_at is not None and status.next_due_at > asked_at
    if tried_since:
        return "failed"
    return "waiting" if now - asked_at < LOOKED_FOR else "long"
