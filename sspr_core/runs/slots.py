"""Gives slots to deliveries that wait for one, as the horizon moves (protocol, section 6).

Keeps no cursor: it finds every waiting row, also one that waits again.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import batched

from sspr_core.model.clock import Clock
from sspr_core.model.delivery import NEVER, Delivery, DeliveryState
from sspr_core.model.run import Run
from sspr_core.model.sending import Pacing, SendingLimits
from sspr_core.ports.mail import MOST_PER_INSERT, Mailing
from sspr_core.runs import writes
from sspr_core.runs.pacing import Ahead, first_slot
from sspr_core.runs.state_machine import NewSlot, after
from sspr_core.runs.writes import nudge, update_run


async def schedule(run: Run, post: Mailing, *, clock: Clock) -> None:
    """Fill the horizon; if rows still wait, queue another look for when half of it has passed."""
    numbers = post.numbers
    ahead = Ahead(rows=post.pacing, numbers=numbers, run=run)
    left = False
    async for page in post.deliveries.pages(run.run_id, states={DeliveryState.PENDING}):
        waiting = [row for row in page if row.due_at == NEVER]
        for some in batched(waiting, MOST_PER_INSERT, strict=False):
            left = left or not await _all_given(some, ahead, post, clock=clock)
        if left:
            break
    now = clock()
    look_at = next_look(run, await post.pacing.read(), now=now, numbers=numbers) if left else None
    planned = await update_run(
        post.runs, run, partial(looked, look_at=look_at, number_of_pass=run.number_of_pass, now=now, numbers=numbers)
    )
    if look_at is not None and planned.touched_at == look_at != run.touched_at:
        await post.send_queue.expand(run.run_id, after=look_at - now)


def next_look(run: Run, pacing: Pacing, *, now: datetime, numbers: SendingLimits) -> datetime:
    """When half of the horizon's slots have passed, or when the run may begin."""
    if run.not_before is not None and run.not_before > now:
        return run.not_before
    return max(first_slot(pacing, now=now, numbers=numbers) - numbers.horizon / 2, now + numbers.horizon / 60)


def looked(
    run: Run, *, look_at: datetime | None, number_of_pass: int, now: datetime, numbers: SendingLimits
) -> Run | None:
    """The run after a look: `touched_at` is when the next look is planned, so that the sweep leaves the run alone.

    None if a handler of the same message has planned one: each look plans the next, so a second would stay for ever.
    """
    if run.number_of_pass != number_of_pass or not run.expanded or not run.state.sends:
        return None
    if look_at is None:
        return None if run.scheduled else replace(run, scheduled=True, touched_at=now)
    if not run.scheduled and run.touched_at > now + 2 * numbers.clock_error:
        return None
    return replace(run, scheduled=False, touched_at=look_at)


async def _all_given(waiting: Sequence[Delivery], ahead: Ahead, post: Mailing, *, clock: Clock) -> bool:
    """Give slots to the first rows; False when some got none."""
    now = clock()
    slots = await ahead.take(len(waiting), now=now)
    pairs = zip(waiting, slots, strict=True)
    changed = [row for one, slot in pairs if (row := after(one, NewSlot(slot), now=now, numbers=post.numbers))]
    await nudge(await writes.write(changed, post.deliveries), post.send_queue, now=clock())
    return NEVER not in slots
