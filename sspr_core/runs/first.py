"""Reports and samples get slots before the emails of other runs: few, and somebody waits for each.

Slots that are given out stay where they are, an hour ahead at most: so long a report may wait behind a large run.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

from sspr_core.model.run import Run
from sspr_core.ports.mail import Post
from sspr_core.runs.pacing import within_horizon

type GiveSlots = Callable[[Run], Awaitable[None]]


async def first_things_first(run: Run, post: Post, give: GiveSlots, *, now: datetime) -> None:
    """Before `run` takes slots: `give` them to those that go first, the oldest first, while there are any.

    They have messages of their own too: whoever comes second finds nothing waiting.
    """
    if run.goes_first or not post.numbers.spacing:
        return
    for one in reversed(await post.runs.unfinished(now=now)):
        if not within_horizon(await post.pacing.read(), 1, now=now, numbers=post.numbers):
            return
        if one.goes_first and waits(one, now=now):
            await give(one)


def waits(run: Run, *, now: datetime) -> bool:
    """Whether some of its deliveries are without a slot that they might have."""
    return run.state.sends and not run.scheduled and (run.not_before is None or run.not_before <= now)
