"""Scripts for a simulation in which every step is given: which worker continues, up to which call, and what happens."""

from datetime import timedelta

from sspr_core.model.delivery import Delivery
from sspr_core.model.run import Run
from tests.runs.delivery_builders import SECOND
from tests.runs.simulation.mail_service import Request
from tests.runs.simulation.simulation import Stage
from tests.runs.simulation.stepping import Fate, Work
from tests.runs.simulation.time import forward


async def until(stage: Stage, work: Work, call: str, fate: Fate | None = None) -> None:
    """Every call succeeds up to this one, which waits or has this fate."""
    while work.waiting[0].name != call:
        await stage.let_be(work.waiting[0])
    if fate is not None:
        await stage.let(work.waiting[0], fate)


async def to_the_end(stage: Stage, work: Work) -> None:
    while work.waiting:
        await stage.let_be(work.waiting[0])


async def expanded(stage: Stage, *names: str) -> Run:
    """A run whose deliveries are written and queued."""
    run = stage.add_run(*names)
    await to_the_end(stage, await stage.hand_over(stage.queue.visible()[0]))
    return run


async def next_one(stage: Stage, *, late: timedelta = 0 * SECOND, clock_error: float = 0, kept: bool = False) -> Work:
    """Starts work on the next message, at its time."""
    message = min(stage.queue.messages, key=lambda one: one.due_at)
    await forward(stage, max(message.due_at + late - stage.now, 0 * SECOND))
    return await stage.hand_over(message, clock_error=clock_error, kept=kept)


async def posting(stage: Stage, work: Work) -> Request:
    """Runs the work up to its POST, which is then in progress."""
    await until(stage, work, "mailer.send")
    return stage.service.request_of(work.waiting[0])


async def operated(stage: Stage, word: str, run: Run) -> None:
    await to_the_end(stage, await stage.operate(word, run.run_id))


async def watched(stage: Stage) -> None:
    await to_the_end(stage, await stage.sweep())


def only_row(stage: Stage) -> Delivery:
    (row,) = [row for run in stage.runs.rows.values() for row in stage.rows(run)]
    return row


def now_is(stage: Stage, run: Run) -> Run:
    return stage.runs.rows[run.run_id]
