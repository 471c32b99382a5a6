"""Runs: looking."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from sspr_core.model.errors import Invalid
from sspr_core.model.paging import DELIVERY, RUN, continuation_after, continued_from
from sspr_core.model.run import RunId
from sspr_core.runs.delivery_view import as_csv, delivery_view
from sspr_core.runs.foreign import foreign_view
from sspr_core.runs.known import recent_within, run_within
from sspr_core.runs.outcome import outcome, outcome_view
from sspr_core.runs.queries import at_last_scan
from sspr_core.runs.responses import run_view, shown
from sspr_core.web.attachment import attachment
from sspr_core.web.caller import scope_of
from sspr_core.web.dependencies import Now, Reader, TheWorld, as_json
from sspr_core.web.openapi import run_shapes
from sspr_core.web.openapi.answers import answers
from sspr_core.web.requests.queries import NoQuery
from sspr_core.web.requests.runs import DeliveriesQuery, RunsQuery, TheRun

router = APIRouter(prefix="/api/v1/runs", tags=["Runs"])

CSV = "text/csv"


@router.get("", response_model=None, responses=answers(run_shapes.RunsShape, 422))
async def list_runs(world: TheWorld, caller: Reader, now: Now, query: Annotated[RunsQuery, Query()]) -> Response:
    """The runs whose tenants are all yours to see, newest first, with the counts of the last scan."""
    before = continued_from("runs", query.continuation, ids=RUN)
    runs, last = await recent_within(
        scope_of(caller), world.post, before=RunId(before) if before else None, limit=query.limit
    )
    pacing, numbers, off = await world.post.pacing.read(), world.post.numbers, world.post.sending_off
    items = [run_view(run, at_last_scan(run), pacing, now=now, numbers=numbers, sending_off=off) for run in runs]
    foreign = foreign_view(await world.post.runs.foreign())
    return as_json({"items": items, "continuation": continuation_after("runs", last), "foreign_messages": foreign})


@router.get("/{run_id}", response_model=None, responses=answers(run_shapes.RunShape, 404, 422))
async def get_run(
    world: TheWorld, caller: Reader, run: TheRun, now: Now, _query: Annotated[NoQuery, Query()]
) -> Response:
    """A run: its state, its deliveries by state, what is in doubt, what holds it back, and when it is done."""
    known = await run_within(scope_of(caller), run, world.post)
    return as_json(await shown(known, world, now=now))


@router.get(
    "/{run_id}/deliveries",
    response_model=None,
    responses=answers(run_shapes.DeliveriesShape, 404, 422, files=[CSV]),
)
async def list_deliveries(
    world: TheWorld, caller: Reader, run: TheRun, now: Now, query: Annotated[DeliveriesQuery, Query()]
) -> Response:
    """What became of each email, in no order that means anything; as CSV (RFC 4180, UTF-8 with BOM) all of them.

    `unsure`: the mail service did not say whether it took the email; a receipt may still settle it.
    """
    scope, states = scope_of(caller), {query.state} if query.state else None
    await run_within(scope, run, world.post)
    if query.format == "csv":
        if query.continuation:
            raise Invalid("continuation", "goes with pages; a file has all of them")
        content = await as_csv(world.post.deliveries.pages(run, states=states), now=now)
        return Response(content, media_type=CSV, headers=attachment(f"sspr-run-{run}", "-deliveries.csv"))
    order = f"deliveries {run} {query.state}"
    after = continued_from(order, query.continuation, ids=DELIVERY)
    rows, last = await world.post.deliveries.page(scope, run, states=states, after=after, limit=query.limit)
    items = [delivery_view(row, now=now) for row in rows]
    return as_json({"items": items, "continuation": continuation_after(order, last)})


@router.get("/{run_id}/outcome", response_model=None, responses=answers(run_shapes.OutcomeShape, 404, 422))
async def get_outcome(
    world: TheWorld, caller: Reader, run: TheRun, now: Now, _query: Annotated[NoQuery, Query()]
) -> Response:
    """How many of those mailed were registered 1, 3, 7, 14 and 30 days later.

    A snapshot shows a span of time in which somebody registered, so there are two counts; of a run that mailed more
    than 5,000 users, 5,000 chosen by chance (the same each time) stand for all.
    """
    scope = scope_of(caller)
    known = await run_within(scope, run, world.post)
    found = await outcome(known, scope, world.post, world.registrations, now=now)
    return as_json(outcome_view(known, found))
