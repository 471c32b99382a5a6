"""One run: how far it is, what became of each email, and what it has brought."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from sspr_core.model.delivery import DeliveryState
from sspr_core.model.paging import DELIVERY, continuation_after, continued_from
from sspr_core.model.run import Run
from sspr_core.ports.services import World
from sspr_core.runs.delivery_view import delivery_view
from sspr_core.runs.known import run_within
from sspr_core.runs.outcome import outcome
from sspr_core.runs.responses import shown
from sspr_core.web.caller import Caller, Role, scope_of
from sspr_core.web.dependencies import Now, Reader, TheWorld
from sspr_core.web.pages.outcome_chart import outcome_chart
from sspr_core.web.pages.render import show
from sspr_core.web.pages.route import PageRoute, read_query
from sspr_core.web.pages.run_offers import offers, wants_watching
from sspr_core.web.requests.queries import NoQuery, Paged
from sspr_core.web.requests.runs import TheRun

router = APIRouter(route_class=PageRoute, include_in_schema=False)

A_PAGE = 50  # deliveries
SOON, SELDOM, MANY = 3, 15, 1_000  # seconds between two looks; seldom where each look reads that many rows


class RunPageQuery(Paged):
    limit: int = Field(A_PAGE, ge=1, le=1000)
    state: DeliveryState | None = None


class LiveQuery(NoQuery):
    seen: str | None = None  # what the page offers


@router.get("/p/runs/{run_id}")
async def run_page(request: Request, world: TheWorld, caller: Reader, run: TheRun, now: Now) -> Response:
    query, scope = read_query(RunPageQuery, request), scope_of(caller)
    known = await run_within(scope, run, world.post)
    order = f"deliveries {run} {query.state}"
    after = continued_from(order, query.continuation, ids=DELIVERY)
    rows, last = await world.post.deliveries.page(
        scope, run, states={query.state} if query.state else None, after=after, limit=query.limit
    )
    return show(
        request,
        caller,
        "run.html",
        **await _live(known, world, caller, now=now),
        deliveries=[delivery_view(row, now=now) for row in rows],
        continuation=continuation_after(order, last),
        chosen=query,
    )


@router.get("/p/runs/{run_id}/live")
async def live_part(request: Request, world: TheWorld, caller: Reader, run: TheRun, now: Now) -> Response:
    """How far it is; the whole page anew once something else is to be offered than the page does."""
    query = read_query(LiveQuery, request)
    known = await run_within(scope_of(caller), run, world.post)
    content = await _live(known, world, caller, now=now)
    if query.seen is not None and query.seen != content["seen"]:
        return Response(headers={"HX-Refresh": "true"})
    return show(request, caller, "run_moved.html", **content)


async def _live(run: Run, world: World, caller: Caller, *, now: datetime) -> dict[str, Any]:
    view = await shown(run, world, now=now)
    offered = offers(run, view, sending_off=world.post.sending_off) if caller.role >= Role.OPERATOR else ()
    return {
        "run": view,
        "tenant_names": run.tenants,
        "base": f"/p/runs/{run.run_id}",
        "offered": offered,
        "seen": ",".join((*offered, "ended" if run.finished_at else "")),
        "watched": wants_watching(run, view),
        "every": SELDOM if run.recipient_count > MANY else SOON,
        "terms": world.terms,
    }


@router.get("/p/runs/{run_id}/outcome")
async def outcome_part(request: Request, world: TheWorld, caller: Reader, run: TheRun, now: Now) -> Response:
    """By itself, as it reads a row for each of those mailed; a page of its own without htmx."""
    read_query(NoQuery, request)
    scope = scope_of(caller)
    known = await run_within(scope, run, world.post)
    found = await outcome(known, scope, world.post, world.registrations, now=now)
    return show(
        request,
        caller,
        "run_outcome.html",
        part=request.headers.get("hx-request") == "true",
        run_id=run,
        outcome=found,
        chart=outcome_chart(found),
    )
