"""Writes a run's deliveries from its pinned recipients, and gives slots to reports and samples first."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import batched

from sspr_core.model.clock import Clock
from sspr_core.model.delivery import NEVER, Delivery, delivery_key
from sspr_core.model.errors import NotFound
from sspr_core.model.run import PinnedRecipient, Run, RunId, RunState
from sspr_core.ports.mail import MOST_PER_INSERT, MOST_PER_PAGE, Mailing, Runs
from sspr_core.runs import writes
from sspr_core.runs.pacing import Ahead, within_horizon
from sspr_core.runs.slots import schedule
from sspr_core.runs.state_machine import RetryAsked, after
from sspr_core.runs.writes import nudge, update_run

type GiveSlots = Callable[[Run], Awaitable[None]]

_SIDE_BY_SIDE = 8  # chunks


async def schedule_priority_runs(run: Run, post: Mailing, give: GiveSlots, *, now: datetime) -> None:
    """Before `run` takes slots, `give` slots to the priority runs, oldest first, until the horizon is full.

    Those runs also have their own messages: the second of the two handlers finds nothing waiting.
    """
    if run.goes_first or not post.numbers.spacing:
        return
    for one in reversed(await post.runs.unfinished(now=now)):
        if not within_horizon(await post.pacing.read(), 1, now=now, numbers=post.numbers):
            return
        if one.goes_first and waits(one, now=now):
            await give(one)


def waits(run: Run, *, now: datetime) -> bool:
    """Whether some of its deliveries have no slot but could get one."""
    return run.state.sends and not run.scheduled and (run.not_before is None or run.not_before <= now)


async def expand(run_id: RunId, post: Mailing, *, clock: Clock) -> bool:
    """Write the run's deliveries that are still missing, then give slots to those that wait for one.

    Priority runs get their slots first. Does nothing while sending is off: the sweep queues the run again when it
    is on. False: the run is not known.
    """
    try:
        run = await post.runs.get(run_id)
    except NotFound:
        return False
    if post.sending_off:
        return True
    give = partial(_expand_and_schedule, post=post, clock=clock)
    if run.state.sends:
        await schedule_priority_runs(run, post, give, now=clock())
    await give(run)
    return True


async def _expand_and_schedule(run: Run, *, post: Mailing, clock: Clock) -> None:
    if run.state.sends and not run.expanded:
        ahead = Ahead(rows=post.pacing, numbers=post.numbers, run=run)
        run = await _expand(run, _Writing(post=post, ahead=ahead, clock=clock))
    if run.state.sends and run.expanded:
        await schedule(run, post, clock=clock)


def advanced(run: Run, cursor: int, *, number_of_pass: int, now: datetime) -> Run | None:
    """The run after rows and messages up to `cursor`; None for a caller of another pass, or one that was overtaken."""
    if run.number_of_pass != number_of_pass or run.expanded:
        return None
    if run.cursor >= cursor and run.state is not RunState.QUEUED:
        return None
    state = RunState.EXPANDING if run.state is RunState.QUEUED else run.state
    return replace(run, state=state, cursor=max(run.cursor, cursor), touched_at=now)


def completed(run: Run, *, number_of_pass: int, now: datetime) -> Run | None:
    """The run when every row is written. A paused run stays paused; a cancelled run does not change."""
    if run.number_of_pass != number_of_pass or run.expanded or not run.state.unfinished:
        return None
    return replace(run, state=RunState.SENDING if run.state.sends else run.state, expanded=True, touched_at=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writing:
    """What writing a chunk needs."""

    post: Mailing
    ahead: Ahead
    clock: Clock


async def _expand(run: Run, by: _Writing) -> Run:
    """Write the rows. Returns the run as it is when all are written, or when it no longer sends."""
    begun, runs = run.number_of_pass, by.post.runs
    run = await update_run(runs, run, lambda row: advanced(row, row.cursor, number_of_pass=begun, now=by.clock()))
    end = run.cursor
    async for chunks in _chunks(run, runs):
        await asyncio.gather(*(_write(run, chunk, by) for chunk in chunks))
        end += sum(len(chunk) for chunk in chunks)
        run = await update_run(runs, run, partial(advanced, cursor=end, number_of_pass=begun, now=by.clock()))
        if not run.state.sends or run.number_of_pass != begun:
            return run
    return await update_run(runs, run, partial(completed, number_of_pass=begun, now=by.clock()))


async def _chunks(run: Run, runs: Runs) -> AsyncIterator[list[Sequence[PinnedRecipient]]]:
    """Recipients from the cursor on, in groups of chunks that are written concurrently."""
    begun, passed = divmod(run.cursor, MOST_PER_PAGE)
    for page in range(begun, run.page_count):
        recipients = (await runs.recipients(run.run_id, page))[passed if page == begun else 0 :]
        for some in batched(batched(recipients, MOST_PER_INSERT, strict=False), _SIDE_BY_SIDE, strict=False):
            yield list(some)


async def _write(run: Run, chunk: Sequence[PinnedRecipient], by: _Writing) -> None:
    """Write one chunk: the rows, then the messages, timed by the slots in the rows."""
    count = len(chunk)
    slots = [NEVER] * count if run.number_of_pass else await by.ahead.take(count, now=by.clock())
    rows = [first_delivery(run, one, slot) for one, slot in zip(chunk, slots, strict=True)]
    there = await by.post.deliveries.insert(rows)
    if run.number_of_pass:
        there = await _tried_again(run, there, by)
    await nudge(there, by.post.send_queue, now=by.clock())


async def _tried_again(run: Run, rows: Sequence[Delivery], by: _Writing) -> list[Delivery]:
    """Set rows that failed before this pass to pending again; returns those that were written."""
    now = by.clock()
    asked = RetryAsked(run.number_of_pass, run.unsure_too)
    again = [changed for row in rows if (changed := after(row, asked, now=now, numbers=by.post.numbers))]
    slots = await by.ahead.take(len(again), now=now)
    slotted = [replace(row, due_at=slot) for row, slot in zip(again, slots, strict=True)]
    return await writes.write(slotted, by.post.deliveries)


def first_delivery(run: Run, one: PinnedRecipient, due_at: datetime) -> Delivery:
    """A recipient's row before the first attempt."""
    return Delivery(
        run_id=run.run_id,
        key=delivery_key(one.tenant_id, one.user_id),
        tenant_id=one.tenant_id,
        user_id=one.user_id,
        address=one.address,
        display_name=one.display_name,
        language=one.language,
        due_at=due_at,
        to_user=run.report is None,
    )
