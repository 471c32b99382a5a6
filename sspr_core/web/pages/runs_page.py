"""All runs, newest first."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from sspr_core.model.paging import RUN, continuation_after, continued_from
from sspr_core.model.run import RunId
from sspr_core.runs.known import recent_within
from sspr_core.runs.queries import at_last_scan
from sspr_core.runs.responses import run_view
from sspr_core.web.caller import scope_of
from sspr_core.web.dependencies import Now, Reader, TheWorld
from sspr_core.web.pages.render import show
from sspr_core.web.pages.route import PageRoute, read_query
from sspr_core.web.requests.queries import Paged

router = APIRouter(route_class=PageRoute, include_in_schema=False)


class RunsPageQuery(Paged):
    limit: int = Field(25, ge=1, le=1000)


@router.get("/p/runs")
async def runs_page(request: Request, world: TheWorld, caller: Reader, now: Now) -> Response:
    query = read_query(RunsPageQuery, request)
    before = continued_from("runs", query.continuation, ids=RUN)
    runs, last = await recent_within(
        scope_of(caller), world.post, before=RunId(before) if before else None, limit=query.limit
    )
    pacing, numbers, off = await world.post.pacing.read(), world.post.numbers, world.post.sending_off
    return show(
        request,
        caller,
        "runs.html",
        runs=[run_view(run, at_last_scan(run), pacing, now=now, numbers=numbers, sending_off=off) for run in runs],
        continuation=continuation_after("runs", last),
        foreign=await world.post.runs.foreign(),
    )
