"""Every minute: look after each run that is not done, or was done only lately."""

import asyncio

from sspr_core.model.clock import Clock
from sspr_core.model.run import Run
from sspr_core.ports.mail import Post
from sspr_core.runs.completion import finish, has_open, is_due
from sspr_core.runs.orphans import delete_orphans
from sspr_core.runs.recovery import sweep


async def watch(post: Post, *, clock: Clock) -> None:
    """Trouble with one run keeps nobody from the others; it is raised when all have been looked after."""
    now = clock()
    jobs = [_look_after(run, post, clock) for run in await post.runs.unfinished(now=now)]
    if now.minute == 0:
        jobs.append(delete_orphans(post.runs, now=now))
    done = await asyncio.gather(*jobs, return_exceptions=True)
    if troubles := [one for one in done if isinstance(one, Exception)]:
        raise ExceptionGroup("runs could not be looked after", troubles)


async def _look_after(run: Run, post: Post, clock: Clock) -> None:
    if run.state.unfinished or has_open(run.counts):
        await sweep(run, post, clock=clock)
    if is_due(run, now=clock()):
        await finish(run.run_id, post, now=clock())
