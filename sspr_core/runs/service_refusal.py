"""Handles a refusal by the mail service that concerns the app or the sender, not the single email."""

from dataclasses import replace
from functools import partial

from sspr_core.model.errors import Conflict
from sspr_core.model.run import Run, RunState
from sspr_core.ports.mail import Runs
from sspr_core.runs.writes import update_run

_MOST = 400  # characters of a problem


async def note_problem(run: Run, reason: str, runs: Runs) -> None:
    """Record on the run that the mail service accepts nothing from the app; a concurrent write of the run wins."""
    try:
        await runs.save(replace(run, problem=reason[:_MOST]))
    except Conflict:
        return  # the next such answer records it


async def pause_for_sender(run: Run, sender: str, reason: str, runs: Runs) -> None:
    """Pause a run whose pinned sender the mail service does not accept: it would refuse every email from it."""
    problem = f"The mail service does not take emails from {sender} ({reason})."
    await update_run(runs, run, partial(paused_for, problem=problem[:_MOST]))


def paused_for(run: Run, *, problem: str) -> Run | None:
    """The run paused with its problem; None if it no longer sends anyway."""
    if run.state.sends or run.state is RunState.PAUSED:
        return replace(run, state=RunState.PAUSED, problem=problem)
    return None
