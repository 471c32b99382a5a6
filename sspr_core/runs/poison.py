"""Messages that failed ten times: on record, and nothing else. The sweep brings work back (protocol, section 6)."""

import logging
from collections.abc import Awaitable
from dataclasses import replace

from sspr_core.model.clock import Clock
from sspr_core.model.delivery import DeliveryKey
from sspr_core.model.errors import Conflict, NotFound, TryAgain
from sspr_core.model.messages import delivery_in, run_in
from sspr_core.model.queues import EXPAND_RUNS, SEND_EMAILS
from sspr_core.model.run import Run, RunId
from sspr_core.ports.mail import Post
from sspr_core.runs.foreign import note_foreign
from sspr_core.runs.state_machine import Poisoned, after
from sspr_core.runs.triggers import reported

log = logging.getLogger(__name__)


async def poisoned_email(body: bytes, post: Post, *, clock: Clock) -> None:
    """On the delivery and its run; the third time the delivery is given up, for what is certain of it."""
    if found := delivery_in(body):
        log.error("run %s: the message of delivery %s failed ten times", *found)
        await _unless_away(_poisoned(*found, post, clock=clock))
    else:
        await _unless_away(note_foreign(post.runs, SEND_EMAILS, f"{len(body)} bytes, poison", now=clock()))


async def poisoned_expand(body: bytes, post: Post, *, clock: Clock) -> None:
    """On the run."""
    if found := run_in(body):
        log.error("run %s: expanding it failed ten times", found)
        await _unless_away(_one_more(found, EXPAND_RUNS, post, clock=clock))
    else:
        await _unless_away(note_foreign(post.runs, EXPAND_RUNS, f"{len(body)} bytes, poison", now=clock()))


async def poisoned_report(body: bytes, post: Post, *, clock: Clock) -> None:
    """Tried once more, minutes later, and as long as storage is away: no sweep brings a receipt back.

    Raises TryAgain: a poison queue has none of its own, so the message stays, and is seen again after ten minutes.
    """
    log.error("a delivery report of %d bytes failed ten times", len(body))
    await reported(body, post, clock=clock)


async def _poisoned(run: RunId, key: DeliveryKey, post: Post, *, clock: Clock) -> None:
    known = await _one_more(run, SEND_EMAILS, post, clock=clock)
    row = await post.deliveries.get(run, key) if known else None
    while known and row:
        changed = after(row, Poisoned(known.number_of_pass), now=clock(), numbers=post.numbers)
        if changed is None:
            return
        try:
            await post.deliveries.replace(changed)
        except Conflict:
            row = await post.deliveries.get(run, key)
        else:
            return


async def _one_more(run: RunId, queue: str, post: Post, *, clock: Clock) -> Run | None:
    """Counted on the run; None: there is none. Two who count at once write the same figure, so content tells nothing
    of whose it is: where an answer was lost, it is rather one too many.
    """
    while True:
        try:
            known = await post.runs.get(run)
        except NotFound:
            await note_foreign(post.runs, queue, "a run that is not known, poison", now=clock())
            return None
        try:
            return await post.runs.save(replace(known, poisoned_count=known.poisoned_count + 1))
        except Conflict:
            continue


async def _unless_away(noting: Awaitable[object]) -> None:
    """The message may go: a sweep brings the work back."""
    try:
        await noting
    except TryAgain:
        log.error("that could not be recorded, storage is away; the sweep finds what is overdue")
