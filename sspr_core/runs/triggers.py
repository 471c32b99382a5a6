"""What the queues' messages ask for. The rows are the truth: a message that leads to none is noted and dropped."""

import logging

from sspr_core.model.clock import Clock
from sspr_core.model.errors import TryAgain
from sspr_core.model.messages import delivery_in, run_in
from sspr_core.model.queues import DELIVERY_REPORTS, EXPAND_RUNS, SEND_EMAILS
from sspr_core.ports.mail import Post
from sspr_core.ports.services import World
from sspr_core.runs.compose_mail import composing
from sspr_core.runs.deliver import Sender, deliver
from sspr_core.runs.event_grid import NotOurs, events
from sspr_core.runs.expand import expand
from sspr_core.runs.foreign import note_foreign
from sspr_core.runs.receipts import record
from sspr_core.runs.recheck import looking_again

log = logging.getLogger(__name__)


def sender(world: World, *, clock: Clock) -> Sender:
    """What delivering needs of the world."""
    post = world.post
    return Sender(
        post=post,
        look_again=looking_again(world.tenants, world.registrations, post.contacts, moment=post.numbers.moment),
        compose=composing(post.runs),
        clock=clock,
    )


async def deliver_nudged(body: bytes, by: Sender) -> None:
    """Raises TryAgain when the tables cannot be reached: the message comes back, and meets a row that says more."""
    found = delivery_in(body)
    if found is None or not await deliver(*found, by):
        kind = "a delivery that is not known" if found else f"{len(body)} bytes"
        await note_foreign(by.post.runs, SEND_EMAILS, kind, now=by.clock())


async def expand_nudged(body: bytes, post: Post, *, clock: Clock) -> None:
    """While storage is away the message is let go: the sweep asks anew, and ten tries in minutes would be poison."""
    found = run_in(body)
    try:
        if found is None or not await expand(found, post, clock=clock):
            kind = "a run that is not known" if found else f"{len(body)} bytes"
            await note_foreign(post.runs, EXPAND_RUNS, kind, now=clock())
    except TryAgain:
        log.warning("run %s: not expanded, storage is away; the sweep asks anew", found)


async def reported(body: bytes, post: Post, *, clock: Clock) -> None:
    """Each event of the message; all of them are safe to repeat. Raises TryAgain, and the message comes back."""
    for event in events(body):
        if isinstance(event, NotOurs):
            await note_foreign(post.runs, DELIVERY_REPORTS, event.kind, now=clock())
        elif not await record(event, post, now=clock()):
            await note_foreign(post.runs, DELIVERY_REPORTS, "a report on no delivery of ours", now=clock())
