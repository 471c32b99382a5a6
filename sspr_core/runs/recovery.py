"""Recovers a run's lost work, and deletes the recipients of runs that were never accepted."""

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import batched

from sspr_core.model.clock import Clock
from sspr_core.model.delivery import NEVER, Delivery, DeliveryState
from sspr_core.model.errors import NotFound
from sspr_core.model.run import Run, RunId, RunState, first_run_id
from sspr_core.model.sending import SendingLimits
from sspr_core.ports.mail import MOST_PER_INSERT, Mailing, Runs
from sspr_core.runs import writes
from sspr_core.runs.pacing import Ahead
from sspr_core.runs.state_machine import Event, NewSlot, NotAsked, Rescheduled, RunCancelled, after
from sspr_core.runs.writes import nudge, update_run

log = logging.getLogger(__name__)

_PENDING, _CLAIMED = DeliveryState.PENDING, DeliveryState.CLAIMED

_LATEST = timedelta(hours=1)  # accepting takes minutes at most; a younger run may still be in it
_EARLIEST = timedelta(days=2)  # the hourly check sees each run many times before that


async def sweep(
    run: Run, post: Mailing, *, clock: Clock, overdue: timedelta | None = None, most: int | None = None
) -> None:
    """Handle deliveries overdue by `overdue`, at most about `most` rows.

    `overdue` None: so long that the row's own message must be lost.
    """
    await requeue_stalled(run, post, now=clock())
    by = _Sweeping(run, post, clock)
    seen_count = 0
    async for rows in _overdue(run, post, clock() - (post.numbers.overdue if overdue is None else overdue)):
        for some in batched(rows, MOST_PER_INSERT, strict=False):
            await by.claimed([row for row in some if row.state is _CLAIMED])
            await by.pending([row for row in some if row.state is _PENDING])
        seen_count += len(rows)
        if most is not None and seen_count >= most:
            return


async def requeue_stalled(run: Run, post: Mailing, *, now: datetime) -> None:
    """Queue expand again if the run has not been touched for too long: write the run first, then send the message."""
    if post.sending_off:
        return

    def touched(row: Run) -> Run | None:
        return replace(row, touched_at=now) if is_left_alone(row, now=now, numbers=post.numbers) else None

    if touched(run) and (await update_run(post.runs, run, touched)).touched_at == now:
        await post.send_queue.expand(run.run_id)


def is_left_alone(run: Run, *, now: datetime, numbers: SendingLimits) -> bool:
    """Whether rows or slots should have been written by now but were not. A run with all its slots is checked too,
    once per horizon, in case one of its deliveries waits for a slot again.
    """
    patience = numbers.horizon if run.expanded and run.scheduled else numbers.overdue
    return run.state.sends and run.touched_at <= now - patience


async def _overdue(run: Run, post: Mailing, before: datetime) -> AsyncIterator[Sequence[Delivery]]:
    """Overdue claimed rows in any run; overdue pending rows if the run sends; all pending rows if it is cancelled."""
    looks: list[tuple[set[DeliveryState], datetime | None]] = [({_CLAIMED}, before)]
    if run.state.sends and not post.sending_off:
        looks = [({_CLAIMED, _PENDING}, before)]
    elif run.state is RunState.CANCELLED:
        looks.append(({_PENDING}, None))
    for states, due_before in looks:
        async for page in post.deliveries.pages(run.run_id, states=states, due_before=due_before):
            yield page


class _Sweeping:
    """One sweep of one run."""

    def __init__(self, run: Run, post: Mailing, clock: Clock) -> None:
        self._run, self._post, self._clock = run, post, clock
        self._ahead = Ahead(rows=post.pacing, numbers=post.numbers, run=run)

    async def claimed(self, rows: Sequence[Delivery]) -> None:
        """Schedule a lookup for claims that are overdue by more than a normal message can be, in any run.

        While sending is off, claims so old that the service may have forgotten the email become unsure; others wait.
        """
        now = self._clock()
        forgotten = [row for row in rows if row.due_at <= now - self._post.numbers.overdue]
        if forgotten:
            event = await self._not_asked() if self._post.sending_off else Rescheduled(now + self._post.numbers.overdue)
            await self._write([(row, event) for row in forgotten])

    async def _not_asked(self) -> NotAsked:
        """With the run's current pass: an earlier pass's number would let this pass reopen the rows."""
        return NotAsked((await self._post.runs.get(self._run.run_id)).number_of_pass)

    async def pending(self, rows: Sequence[Delivery]) -> None:
        """Cancel the rows of a cancelled run; else queue rows whose slot is still good, and give late ones a new slot
        within the horizon.
        """
        if self._run.state is RunState.CANCELLED:
            await self._write([(row, RunCancelled()) for row in rows])
            return
        now = self._clock()
        good = [row for row in rows if now <= row.due_at + self._post.numbers.grace]
        late = [row for row in rows if now > row.due_at + self._post.numbers.grace]
        slots = await self._ahead.take(len(late), now=now, again=True)
        await self._write([(row, NewSlot(slot)) for row, slot in zip(late, slots, strict=True) if slot != NEVER])
        await nudge(good, self._post.send_queue, now=now)

    async def _write(self, events: Sequence[tuple[Delivery, Event]]) -> None:
        """Write the rows first, then queue their messages."""
        now = self._clock()
        changed = [to for row, event in events if (to := after(row, event, now=now, numbers=self._post.numbers))]
        await nudge(await writes.write(changed, self._post.deliveries), self._post.send_queue, now=now)


async def delete_orphans(runs: Runs, *, now: datetime) -> None:
    """Delete recipients without a run: names and addresses are not kept without a reason. Safe to repeat."""
    for run in await runs.pinned(first=first_run_id(now - _EARLIEST), last=first_run_id(now - _LATEST)):
        if not await _is_accepted(run, runs):
            log.info("run %s was never accepted; its recipients are deleted", run)
            await runs.delete_recipients(run)


async def _is_accepted(run: RunId, runs: Runs) -> bool:
    try:
        await runs.get(run)
    except NotFound:
        return False
    return True
