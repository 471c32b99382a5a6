"""Pause, resume, cancel, try again: from a run's page, and back to it."""

from collections.abc import Awaitable
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from sspr_core.model.errors import Conflict
from sspr_core.model.mail_service import SENDING_IS_OFF, SENDING_OFF, TO_SEND
from sspr_core.model.run import Run, RunId
from sspr_core.ports.services import World
from sspr_core.runs import lifecycle
from sspr_core.runs.known import run_within
from sspr_core.runs.responses import shown
from sspr_core.web.caller import Caller, scope_of
from sspr_core.web.dependencies import Now, Operator, TheWorld
from sspr_core.web.pages.forms import one, read_form
from sspr_core.web.pages.render import show
from sspr_core.web.pages.route import PageRoute
from sspr_core.web.pages.run_offers import offers
from sspr_core.web.problems import Refused, not_possible
from sspr_core.web.requests.runs import TheRun

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.post("/p/runs/{run_id}/pause")
async def pause_run(world: TheWorld, caller: Operator, run: TheRun, now: Now) -> Response:
    return await _done(lifecycle.pause(run, scope_of(caller), world.post, now=now))


@router.post("/p/runs/{run_id}/resume")
async def resume_run(world: TheWorld, caller: Operator, run: TheRun, now: Now) -> Response:
    return await _done(lifecycle.resume(run, scope_of(caller), world.post, now=now))


@router.get("/p/runs/{run_id}/cancel")
async def ask_to_cancel(request: Request, world: TheWorld, caller: Operator, run: TheRun, now: Now) -> Response:
    return await _asked(request, "cancel", world, caller, run=run, now=now)


@router.post("/p/runs/{run_id}/cancel")
async def cancel_run(world: TheWorld, caller: Operator, run: TheRun, now: Now) -> Response:
    return await _done(lifecycle.cancel(run, scope_of(caller), world.post, now=now))


@router.get("/p/runs/{run_id}/retry")
async def ask_to_retry(request: Request, world: TheWorld, caller: Operator, run: TheRun, now: Now) -> Response:
    return await _asked(request, "retry", world, caller, run=run, now=now)


@router.post("/p/runs/{run_id}/retry")
async def retry_run(request: Request, world: TheWorld, caller: Operator, run: TheRun, now: Now) -> Response:
    """With the tick also what is unsure."""
    twice, scope = one(await read_form(request), "unsure_too") is not None, scope_of(caller)
    return await _done(lifecycle.retry_failed(run, scope, world.post, unsure_too=twice, now=now))


async def _asked(request: Request, what: str, world: World, caller: Caller, *, run: RunId, now: datetime) -> Response:
    """The question before it, in the dialog; a page of its own without htmx."""
    known = await run_within(scope_of(caller), run, world.post)
    view = await shown(known, world, now=now)
    if what not in offers(known, view, sending_off=world.post.sending_off):
        if what == "retry" and world.post.sending_off:
            raise Refused(409, SENDING_OFF, f"{SENDING_IS_OFF} {TO_SEND}")
        raise Refused(409, "not_possible", f"The run is {known.state.replace('_', ' ')}: there is nothing to {what}.")
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
