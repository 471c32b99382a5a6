"""Pages of runs: the list, one run, and its actions."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import Field

from sspr_core.model.delivery import DeliveryState
from sspr_core.model.errors import Conflict
from sspr_core.model.mail_service import SENDING_IS_OFF, SENDING_OFF, TO_SEND
from sspr_core.model.paging import DELIVERY, RUN, continuation_after, continued_from
from sspr_core.model.run import Run, RunId, RunState
from sspr_core.ports.services import Services
from sspr_core.runs import lifecycle
from sspr_core.runs.outcome import outcome
from sspr_core.runs.queries import at_last_scan, recent_within, run_within
from sspr_core.runs.responses import Json, delivery_view, run_view, shown
from sspr_core.web.caller import Caller, Role, scope_of
from sspr_core.web.dependencies import Now, Operator, Reader, TheWorld
from sspr_core.web.pages.forms import read_form, value_of
from sspr_core.web.pages.outcome_chart import outcome_chart
from sspr_core.web.pages.render import show
from sspr_core.web.pages.route import PageRoute, read_query
from sspr_core.web.problems import RequestRefused, not_possible
from sspr_core.web.requests.queries import NoQuery, Paged
from sspr_core.web.requests.runs import TheRun

_NEVER_AGAIN = (RunState.PAUSED, RunState.CANCELLED)

router = APIRouter(route_class=PageRoute, include_in_schema=False)

A_PAGE = 50  # deliveries
SOON, SELDOM, MANY = 3, 15, 1_000  # seconds between two polls; SELDOM if each poll reads MANY rows


def offers(run: Run, view: Json, *, sending_off: bool) -> tuple[str, ...]:
    """Names of the possible actions; none that sends emails while sending is off."""
    again = run.expanded and run.state not in _NEVER_AGAIN and _any(view, DeliveryState.FAILED, DeliveryState.UNSURE)
    possible = {
        "pause": run.state.sends,
        "resume": run.state is RunState.PAUSED and not sending_off,
        "cancel": run.state.unfinished,
        "retry": again and not sending_off,
    }
    return tuple(name for name, is_possible in possible.items() if is_possible)


def wants_watching(run: Run, view: Json) -> bool:
    """Whether the page polls: the run is unfinished, or the lookup is still asked about some deliveries."""
    return run.state.unfinished or _any(view, DeliveryState.PENDING, DeliveryState.CLAIMED)


def _any(view: Json, *states: DeliveryState) -> bool:
    counts = view["counts"]
    assert isinstance(counts, dict)  # noqa: S101 - our own answer
    return any(counts[state] for state in states)


class RunPageQuery(Paged):
    limit: int = Field(A_PAGE, ge=1, le=1000)
    state: DeliveryState | None = None


class LiveQuery(NoQuery):
    seen: str | None = None  # the actions that the page shows


@router.get("/p/runs/{run_id}")
async def run_page(request: Request, services: TheWorld, caller: Reader, run: TheRun, now: Now) -> Response:
    query, scope = read_query(RunPageQuery, request), scope_of(caller)
    known = await run_within(scope, run, services.post)
    order = f"deliveries {run} {query.state}"
    after = continued_from(order, query.continuation, ids=DELIVERY)
    rows, last = await services.post.deliveries.page(
        scope, run, states={query.state} if query.state else None, after=after, limit=query.limit
    )
    return show(
        request,
        caller,
        "run.html",
        **await _live(known, services, caller, now=now),
        deliveries=[delivery_view(row, now=now) for row in rows],
        continuation=continuation_after(order, last),
        chosen=query,
    )


@router.get("/p/runs/{run_id}/live")
async def live_part(request: Request, services: TheWorld, caller: Reader, run: TheRun, now: Now) -> Response:
    """The run's progress; a reload of the whole page once the possible actions differ from those it shows."""
    query = read_query(LiveQuery, request)
    known = await run_within(scope_of(caller), run, services.post)
    content = await _live(known, services, caller, now=now)
    if query.seen is not None and query.seen != content["seen"]:
        return Response(headers={"HX-Refresh": "true"})
    return show(request, caller, "run_moved.html", **content)


async def _live(run: Run, services: Services, caller: Caller, *, now: datetime) -> dict[str, Any]:
    view = await shown(run, services, now=now)
    offered = offers(run, view, sending_off=services.post.sending_off) if caller.role >= Role.OPERATOR else ()
    return {
        "run": view,
        "tenant_names": run.tenants,
        "base": f"/p/runs/{run.run_id}",
        "offered": offered,
        "seen": ",".join((*offered, "ended" if run.finished_at else "")),
        "watched": wants_watching(run, view),
        "every": SELDOM if run.recipient_count > MANY else SOON,
        "terms": services.terms,
    }


@router.get("/p/runs/{run_id}/outcome")
async def outcome_part(request: Request, services: TheWorld, caller: Reader, run: TheRun, now: Now) -> Response:
    """The outcome, loaded separately as it reads a row for each mailed user; without htmx a full page."""
    read_query(NoQuery, request)
    scope = scope_of(caller)
    known = await run_within(scope, run, services.post)
    found = await outcome(known, scope, services.post, services.registrations, now=now)
    return show(
        request,
        caller,
        "run_outcome.html",
        part=request.headers.get("hx-request") == "true",
        run_id=run,
        outcome=found,
        chart=outcome_chart(found),
    )


@router.post("/p/runs/{run_id}/pause")
async def pause_run(services: TheWorld, caller: Operator, run: TheRun, now: Now) -> Response:
    return await _done(lifecycle.pause(run, scope_of(caller), services.post, now=now))


@router.post("/p/runs/{run_id}/resume")
async def resume_run(services: TheWorld, caller: Operator, run: TheRun, now: Now) -> Response:
    return await _done(lifecycle.resume(run, scope_of(caller), services.post, now=now))


@router.get("/p/runs/{run_id}/cancel")
async def ask_to_cancel(request: Request, services: TheWorld, caller: Operator, run: TheRun, now: Now) -> Response:
    return await _asked(request, "cancel", services, caller, run=run, now=now)


@router.post("/p/runs/{run_id}/cancel")
async def cancel_run(services: TheWorld, caller: Operator, run: TheRun, now: Now) -> Response:
    return await _done(lifecycle.cancel(run, scope_of(caller), services.post, now=now))


@router.get("/p/runs/{run_id}/retry")
async def ask_to_retry(request: Request, services: TheWorld, caller: Operator, run: TheRun, now: Now) -> Response:
    return await _asked(request, "retry", services, caller, run=run, now=now)


@router.post("/p/runs/{run_id}/retry")
async def retry_run(request: Request, services: TheWorld, caller: Operator, run: TheRun, now: Now) -> Response:
    """Retries failed deliveries; with the box ticked, also unsure ones."""
    twice, scope = value_of(await read_form(request), "unsure_too") is not None, scope_of(caller)
    return await _done(lifecycle.retry_failed(run, scope, services.post, unsure_too=twice, now=now))


async def _asked(
    request: Request, what: str, services: Services, caller: Caller, *, run: RunId, now: datetime
) -> Response:
    """Asks for confirmation, in the dialog; without htmx on a full page."""
    known = await run_within(scope_of(caller), run, services.post)
    view = await shown(known, services, now=now)
    if what not in offers(known, view, sending_off=services.post.sending_off):
        if what == "retry" and services.post.sending_off:
            raise RequestRefused(409, SENDING_OFF, f"{SENDING_IS_OFF} {TO_SEND}")
        raise RequestRefused(
            409, "not_possible", f"The run is {known.state.replace('_', ' ')}: there is nothing to {what}."
        )
    return show(
        request,
        caller,
        "run_ask.html",
        part=request.headers.get("hx-request") == "true",
        what=what,
        run=view,
        base=f"/p/runs/{run}",
    )


async def _done(doing: Awaitable[Run]) -> Response:
    try:
        run = await doing
    except Conflict as error:
        raise not_possible(error) from error
    return RedirectResponse(f"/p/runs/{run.run_id}", 303)


class RunsPageQuery(Paged):
    limit: int = Field(25, ge=1, le=1000)


@router.get("/p/runs")
async def runs_page(request: Request, services: TheWorld, caller: Reader, now: Now) -> Response:
    query = read_query(RunsPageQuery, request)
    before = continued_from("runs", query.continuation, ids=RUN)
    runs, last = await recent_within(
        scope_of(caller), services.post, before=RunId(before) if before else None, limit=query.limit
    )
    pacing, numbers, off = await services.post.pacing.read(), services.post.numbers, services.post.sending_off
    return show(
        request,
        caller,
        "runs.html",
        runs=[run_view(run, at_last_scan(run), pacing, now=now, numbers=numbers, sending_off=off) for run in runs],
        continuation=continuation_after("runs", last),
        foreign=await services.post.runs.foreign(),
    )
