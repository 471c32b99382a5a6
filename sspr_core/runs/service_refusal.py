"""What becomes of a run whose emails the mail service refuses for a reason that is not the email's own."""

from dataclasses import replace
from functools import partial

from sspr_core.model.errors import Conflict
from sspr_core.model.run import Run, RunState
from sspr_core.ports.mail import Runs
from sspr_core.runs.writes import update_run

_MOST = 400  # characters of a problem


async def note_problem(run: Run, reason: str, runs: Runs) -> None:
    """Show on the run that nothing is taken from the app now; where the run was written meanwhile, that stands."""
    try:
        await runs.save(replace(run, problem=reason[:_MOST]))
    except Conflict:
        return  # it is noted again at the next answer of the kind


async def pause_for_sender(run: Run, sender: str, reason: str, runs: Runs) -> None:
    """Pause a run whose pinned sender the mail service does not take: every email of it would be refused."""
    problem = f"The mail service does not take emails from {sender} ({reason})."
    await update_run(runs, run, partial(paused_for, problem=problem[:_MOST]))


def paused_for(run: Run, *, problem: str) -> Run | None:
    """The run paused with its problem; None where it sends no more anyway."""
    if run.state.sends or run.state is RunState.PAUSED:
        return replace(run, state=RunState.PAUSED, problem=problem)
    return None
