"""The API of runs: reading them, asking for one, and what operators do to one."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from sspr_core.model.errors import Conflict, Invalid
from sspr_core.model.paging import DELIVERY, RUN, continuation_after, continued_from
from sspr_core.model.run import Run, RunId
from sspr_core.ports.services import Services
from sspr_core.runs import lifecycle
from sspr_core.runs.accept import Submission, accept, dry_run
from sspr_core.runs.outcome import outcome, outcome_view
from sspr_core.runs.queries import at_last_scan, in_flight_count, recent_within, run_within
from sspr_core.runs.request import RunRefused
from sspr_core.runs.responses import accepted_view, as_csv, delivery_view, plan_view, run_view, shown
from sspr_core.runs.triggers import foreign_view
from sspr_core.web.caller import scope_of
from sspr_core.web.dependencies import Now, Operator, Reader, TheWorld, as_json
from sspr_core.web.downloads import attachment
from sspr_core.web.openapi import run_shapes
from sspr_core.web.openapi.answers import answers, success
from sspr_core.web.problems import RequestRefused, not_possible
from sspr_core.web.requests.lengths import Whole
from sspr_core.web.requests.queries import NoQuery
from sspr_core.web.requests.runs import DeliveriesQuery, RetryWanted, RunsQuery, RunWanted, TheRun, requester

router = APIRouter(prefix="/api/v1/runs", tags=["Runs"])

CSV = "text/csv"

operator_router = APIRouter(prefix="/api/v1/runs", tags=["Runs"])

Nothing = Annotated[NoQuery, Query()]

_NOT_UNSURE = RetryWanted(unsure_too=False)


@router.get("", response_model=None, responses=answers(run_shapes.RunsShape, 422))
async def list_runs(services: TheWorld, caller: Reader, now: Now, query: Annotated[RunsQuery, Query()]) -> Response:
    """The runs whose tenants are all yours to see, newest first, with the counts of the last scan."""
    before = continued_from("runs", query.continuation, ids=RUN)
    runs, last = await recent_within(
        scope_of(caller), services.post, before=RunId(before) if before else None, limit=query.limit
    )
    pacing, numbers, off = await services.post.pacing.read(), services.post.numbers, services.post.sending_off
    items = [run_view(run, at_last_scan(run), pacing, now=now, numbers=numbers, sending_off=off) for run in runs]
    foreign = foreign_view(await services.post.runs.foreign())
    return as_json({"items": items, "continuation": continuation_after("runs", last), "foreign_messages": foreign})


@router.get("/{run_id}", response_model=None, responses=answers(run_shapes.RunShape, 404, 422))
async def get_run(
    services: TheWorld, caller: Reader, run: TheRun, now: Now, _query: Annotated[NoQuery, Query()]
) -> Response:
    """A run: its state, its deliveries by state, what is in doubt, what holds it back, and when it is done."""
    known = await run_within(scope_of(caller), run, services.post)
    return as_json(await shown(known, services, now=now))


@router.get(
    "/{run_id}/deliveries",
    response_model=None,
    responses=answers(run_shapes.DeliveriesShape, 404, 422, files=[CSV]),
)
async def list_deliveries(
    services: TheWorld, caller: Reader, run: TheRun, now: Now, query: Annotated[DeliveriesQuery, Query()]
) -> Response:
    """What became of each email, in no order that means anything; as CSV (RFC 4180, UTF-8 with BOM) all of them.

    `unsure`: the mail service did not say whether it took the email; a receipt may still settle it.
    """
    scope, states = scope_of(caller), {query.state} if query.state else None
    await run_within(scope, run, services.post)
    if query.format == "csv":
        if query.continuation:
            raise Invalid("continuation", "goes with pages; a file has all of them")
        content = await as_csv(services.post.deliveries.pages(run, states=states), now=now)
        return Response(content, media_type=CSV, headers=attachment(f"sspr-run-{run}", "-deliveries.csv"))
    order = f"deliveries {run} {query.state}"
    after = continued_from(order, query.continuation, ids=DELIVERY)
    rows, last = await services.post.deliveries.page(scope, run, states=states, after=after, limit=query.limit)
    items = [delivery_view(row, now=now) for row in rows]
    return as_json({"items": items, "continuation": continuation_after(order, last)})


@router.get("/{run_id}/outcome", response_model=None, responses=answers(run_shapes.OutcomeShape, 404, 422))
async def get_outcome(
    services: TheWorld, caller: Reader, run: TheRun, now: Now, _query: Annotated[NoQuery, Query()]
) -> Response:
    """How many of those mailed were registered 1, 3, 7, 14 and 30 days later.

    A snapshot shows a span of time in which somebody registered, so there are two counts; of a run that mailed more
    than 5,000 users, 5,000 chosen by chance (the same each time) stand for all.
    """
    scope = scope_of(caller)
    known = await run_within(scope, run, services.post)
    found = await outcome(known, scope, services.post, services.registrations, now=now)
    return as_json(outcome_view(known, found))


def _refused() -> RequestRefused:
    return RequestRefused(
        409, "nobody_to_send_to", "All who are chosen are left out: 3 registered_meanwhile. A dry run names them."
    )


def _not_possible() -> RequestRefused:
    return not_possible(Conflict("A run that is finished cannot be paused."))


@operator_router.post(
    "",
    status_code=202,
    response_model=None,
    responses=answers(run_shapes.RunAcceptedShape, 404, 422, ok=202, description="Accepted", refused=_refused())
    | success(run_shapes.DryRunShape, 200, "A dry run"),
)
async def create_run(
    services: TheWorld,
    caller: Operator,
    now: Now,
    body: RunWanted,
    _query: Nothing,
    idempotency_key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            min_length=1,
            max_length=200,
            description="the same request under the same key is the same run, however often it is sent",
        ),
    ] = None,
) -> Response:
    """Send one email to each of the chosen users, over the quota that all runs share.

    Accepted whole or refused whole, with the arithmetic where it would take too long. Users who were emailed within
    the cool-down, whose address bounced, who wait in another run and so on are left out, each with the reason. What
    was accepted is looked at once more before each email.
    """
    wanted, by, scope = body.wanted(), requester(caller), scope_of(caller)
    if body.dry_run:
        found = await dry_run(wanted, by, scope, services, now=now)
        return as_json(plan_view(found, wanted.template, services.post.senders))
    request = Submission(wanted=wanted, by=by, body=body.model_dump_json().encode(), key=idempotency_key)
    try:
        accepted = await accept(request, scope, services, now=now)
    except RunRefused as error:
        raise RequestRefused(409, error.refusal.code, error.refusal.detail) from error
    content = await accepted_view(accepted, services, now=now)
    return as_json(content, 202, {"Location": f"/api/v1/runs/{accepted.run.run_id}"})


@operator_router.post(
    "/{run_id}/pause", response_model=None, responses=answers(run_shapes.RunShape, 404, 422, refused=_not_possible())
)
async def pause_run(services: TheWorld, caller: Operator, run: TheRun, now: Now, _query: Nothing) -> Response:
    """Send nothing more until it is resumed. What is in flight may still be taken within the next minute."""
    return await _done(lifecycle.pause(run, scope_of(caller), services.post, now=now), services, now)


@operator_router.post(
    "/{run_id}/resume", response_model=None, responses=answers(run_shapes.RunShape, 404, 422, refused=_not_possible())
)
async def resume_run(services: TheWorld, caller: Operator, run: TheRun, now: Now, _query: Nothing) -> Response:
    """Go on where it was paused."""
    return await _done(lifecycle.resume(run, scope_of(caller), services.post, now=now), services, now)


@operator_router.post(
    "/{run_id}/cancel", response_model=None, responses=answers(run_shapes.RunShape, 404, 422, refused=_not_possible())
)
async def cancel_run(services: TheWorld, caller: Operator, run: TheRun, now: Now, _query: Nothing) -> Response:
    """Send nothing more, for good. What is in flight or in doubt is asked about until it is known, or too old."""
    return await _done(lifecycle.cancel(run, scope_of(caller), services.post, now=now), services, now)


@operator_router.post(
    "/{run_id}/retry-failed",
    response_model=None,
    responses=answers(run_shapes.RunShape, 404, 422, refused=_not_possible()),
)
async def retry_failed(
    services: TheWorld,
    caller: Operator,
    _whole: Whole,
    run: TheRun,
    now: Now,
    _query: Nothing,
    body: RetryWanted = _NOT_UNSURE,
) -> Response:
    """Try again what failed; with `unsure_too` also what nobody knows of, which may then arrive twice."""
    again = lifecycle.retry_failed(run, scope_of(caller), services.post, unsure_too=body.unsure_too, now=now)
    return await _done(again, services, now)


async def _done(doing: Awaitable[Run], services: Services, now: datetime) -> Response:
    """The run as it is then."""
    try:
        run = await doing
    except Conflict as error:
        raise not_possible(error) from error
    told = await shown(run, services, now=now)
    if told["in_flight_count"] is None:  # also of a large run: these may still be taken, whatever was asked
        told["in_flight_count"] = await in_flight_count(run.run_id, services.post, now=now)
    return as_json(told)
