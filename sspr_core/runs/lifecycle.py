"""Pause, resume, cancel and retry: each writes the run once, then does what follows (protocol, section 6).

Each raises NotFound unless every tenant of the run is within the scope, and Conflict, with a sentence for users,
when the run's state does not allow it. Pause, resume and cancel are idempotent.
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
    """From now on only emails whose claim is already written go out; rows and messages stay as they are."""
    return await update_run(post.runs, await run_within(scope, run, post), paused)


async def resume(run: RunId, scope: Scope, post: Mailing, *, now: datetime) -> Run:
    """Continue where the run stopped: slots that passed meanwhile are replaced at once."""
    known = await run_within(scope, run, post)
    _must_send(post)
    known = await update_run(post.runs, known, partial(resumed, now=now))
    if not (known.expanded and known.scheduled):
        await post.send_queue.expand(run)
    await sweep(known, post, clock=lambda: now, overdue=timedelta(0), most=_AT_ONCE)
    return known


async def cancel(run: RunId, scope: Scope, post: Mailing, *, now: datetime) -> Run:
    """Cancel for good. The lookup is asked about emails that may have been accepted, until their outcome is known."""
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
    """Start a new pass over the recipients. `unsure_too`: the caller accepts that those emails may arrive twice."""
    begun = partial(retried, unsure_too=unsure_too, now=now)
    known = await run_within(scope, run, post)
    _must_send(post)
    begun(known)  # a conflict of the run is reported before a conflict of its rows
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
    return replace(run, state=state, touched_at=now, problem=None)  # the cause may be gone: try again


def cancelled(run: Run, *, now: datetime) -> Run | None:
    if run.state is RunState.CANCELLED:
        return None
    if not run.state.unfinished:
        raise Conflict("The run is finished: nothing is left to cancel.")
    return replace(run, state=RunState.CANCELLED, finished_at=now)


def retried(run: Run, *, unsure_too: bool, now: datetime) -> Run:
    """The run at the beginning of another pass. Written once, before any row: in the other order a concurrent
    finish() of the run would win.
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
