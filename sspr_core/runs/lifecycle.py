"""Pause, resume, cancel, try again: one write of the run each, then whatever follows from it (protocol, section 6).

Each raises NotFound unless every tenant of the run is within the scope, and Conflict, with a sentence for people,
when the run cannot become that. To pause, resume or cancel twice is to do it once.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from sspr_core.model.delivery import MOST_EPOCHS, DeliveryState
from sspr_core.model.errors import Conflict, SendingOff
from sspr_core.model.ids import Scope
from sspr_core.model.mail_service import SENDING_IS_OFF, TO_SEND
from sspr_core.model.run import Run, RunId, RunState
from sspr_core.ports.mail import Mailing
from sspr_core.runs.queries import run_within
from sspr_core.runs.recovery import sweep
from sspr_core.runs.writes import update_run

_AT_ONCE = 1000  # rows that a caller waits for; the sweep of the next minute does the rest


async def pause(run: RunId, scope: Scope, post: Mailing, *, now: datetime) -> Run:  # noqa: ARG001
    """No email begins from now on but those whose claims are written; rows and messages stay as they are."""
    return await update_run(post.runs, await run_within(scope, run, post), paused)


async def resume(run: RunId, scope: Scope, post: Mailing, *, now: datetime) -> Run:
    """Goes on where it was: slots that went by meanwhile are replaced at once."""
    known = await run_within(scope, run, post)
    _must_send(post)
    known = await update_run(post.runs, known, partial(resumed, now=now))
    if not (known.expanded and known.scheduled):
        await post.send_queue.expand(run)
    await sweep(known, post, clock=lambda: now, overdue=timedelta(0), most=_AT_ONCE)
    return known


async def cancel(run: RunId, scope: Scope, post: Mailing, *, now: datetime) -> Run:
    """For good. What may have been accepted is asked about until it is known."""
    known = await update_run(post.runs, await run_within(scope, run, post), partial(cancelled, now=now))
    await sweep(known, post, clock=lambda: now, most=_AT_ONCE)
    return known


async def retry_failed(
    run: RunId,
    scope: Scope,
    post: Mailing,
    *,
    unsure_too: bool,
    now: datetime,
) -> Run:
    """A new pass over the recipients. `unsure_too`: somebody accepts that those emails may arrive twice."""
    begun = partial(retried, unsure_too=unsure_too, now=now)
    known = await run_within(scope, run, post)
    _must_send(post)
    begun(known)  # what it says against that comes before what the rows say
    await _must_have_some(known, post, unsure_too=unsure_too)
    known = await update_run(post.runs, known, begun)
    await post.send_queue.expand(run)
    return known


def paused(run: Run) -> Run | None:
    if run.state is RunState.PAUSED:
        return None
    if not run.state.sends:
        raise Conflict(f"A run that is {_word(run)} cannot be paused.")
    return replace(run, state=RunState.PAUSED)


def resumed(run: Run, *, now: datetime) -> Run | None:
    if run.state.sends:
        return None
    if run.state is not RunState.PAUSED:
        raise Conflict(f"A run that is {_word(run)} cannot be resumed.")
    state = RunState.SENDING if run.expanded else RunState.EXPANDING
    return replace(run, state=state, touched_at=now, problem=None)  # what was in the way is tried again


def cancelled(run: Run, *, now: datetime) -> Run | None:
    if run.state is RunState.CANCELLED:
        return None
    if not run.state.unfinished:
        raise Conflict("The run is finished: nothing is left to cancel.")
    return replace(run, state=RunState.CANCELLED, finished_at=now)


def retried(run: Run, *, unsure_too: bool, now: datetime) -> Run:
    """The run at the begin of another pass. One write, and rows only after it: the other way round loses against
    whoever finishes the run.
    """
    if run.state in (RunState.PAUSED, RunState.CANCELLED):
        raise Conflict(f"A run that is {_word(run)} does not try again.")
    if not run.expanded:
        raise Conflict("The run is still being prepared; try again when it is sending.")
    if run.number_of_pass >= MOST_EPOCHS:
        raise Conflict("The run has been tried again so often that only a new run can be sent.")
    return replace(
        run,
        state=RunState.EXPANDING,
        number_of_pass=run.number_of_pass + 1,
        unsure_too=unsure_too,
        expanded=False,
        scheduled=False,
        cursor=0,
        finished_at=None,
        touched_at=now,
    )


def _must_send(post: Mailing) -> None:
    if post.sending_off:
        raise SendingOff(f"{SENDING_IS_OFF} {TO_SEND}")


def _word(run: Run) -> str:
    return run.state.replace("_", " ")


async def _must_have_some(run: Run, post: Mailing, *, unsure_too: bool) -> None:
    counts = (await post.deliveries.counts(run.run_id)).by_state
    states = (DeliveryState.FAILED, DeliveryState.UNSURE) if unsure_too else (DeliveryState.FAILED,)
    if not any(counts.get(state) for state in states):
        raise Conflict("No delivery of the run has failed: there is nothing to try again.")
