"""Without further faults everything comes to its end, which is S2."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sspr_core.model.delivery import NEVER
from sspr_core.model.run import RunState
from tests.runs.delivery_builders import MINUTE, SECOND
from tests.runs.simulation.simulation import Stage
from tests.runs.simulation.time import forward

_STEPS = 2500  # many times what any example has needed


async def settle(stage: Stage) -> None:
    """Stops all faults, resumes paused runs, and lets time pass."""
    for work in stage.works:
        work.stalled_until = None
    for _ in range(_STEPS):
        if has_ended(stage):
            return
        paused = [run.run_id for run in stage.runs.rows.values() if run.state is RunState.PAUSED]
        if paused and not stage.works:
            await stage.operate("resume", paused[0])
        else:
            await go_on(stage)
        assert not stage.broken, stage.broken
    raise AssertionError(f"S2: {[row for run in stage.runs.rows.values() for row in stage.rows(run)]}")


def has_ended(stage: Stage) -> bool:
    runs = stage.runs.rows.values()
    return (
        not stage.works
        and not stage.service.under_way
        and all(not run.state.unfinished for run in runs)
        and all(run.state is RunState.CANCELLED or len(stage.rows(run)) == run.recipient_count for run in runs)
        and all(row.state.final for run in runs for row in stage.rows(run))
    )


async def go_on(stage: Stage) -> None:
    """One step of a running worker; otherwise the next message; otherwise time passes."""
    at_work = [work for work in stage.works if work.stalled_until is None or work.stalled_until <= stage.now]
    if at_work:
        await stage.let_be(at_work[0].waiting[0])
    elif visible := stage.queue.visible():
        await stage.hand_over(visible[0])
    else:
        await _wait(stage)


async def _wait(stage: Stage) -> None:
    """Advances to the next message, or to the next minute in which the sweep has work."""
    stalled = [work.stalled_until for work in stage.works if work.stalled_until is not None]
    messages = [one.due_at for one in stage.queue.messages]
    rest = MINUTE * 2 ** min(stage.idle_sweeps, 6)  # the minutes between change nothing
    sweep_at = max(stage.swept_at + rest, min(_sweepable(stage), default=stage.now + 10 * MINUTE))
    at = min([*messages, *stalled, sweep_at])
    await forward(stage, max(at - stage.now, timedelta(0)))
    if at == sweep_at:
        await stage.sweep()


def _sweepable(stage: Stage) -> Iterator[datetime]:
    late = stage.numbers.overdue + 15 * SECOND  # clocks differ
    for run in stage.runs.rows.values():
        rows = stage.rows(run)
        yield from (row.due_at + late for row in rows if not row.state.final and row.due_at != NEVER)
        if run.state.sends and not (run.expanded and run.scheduled):
            yield run.touched_at + late
        if run.state.unfinished and all(row.state.final for row in rows):
            yield stage.now
