"""Handles the queue messages and timers of runs. The rows are the truth: a message without a row is counted and
dropped; a poison message is recorded, and the recovery queues its work again (protocol, section 6).
"""

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import replace
from datetime import datetime

from sspr_core.model.clock import Clock
from sspr_core.model.delivery import DeliveryKey
from sspr_core.model.errors import Conflict, NotFound, TryAgain
from sspr_core.model.queue_messages import DELIVERY_REPORTS, EXPAND_RUNS, SEND_EMAILS, Foreign, delivery_in, run_in
from sspr_core.model.run import Run, RunId
from sspr_core.ports.mail import Mailing, Runs
from sspr_core.ports.services import Services
from sspr_core.runs.completion import finish, has_open, is_due
from sspr_core.runs.compose_mail import composing
from sspr_core.runs.deliver import Sender, deliver
from sspr_core.runs.expand import expand
from sspr_core.runs.receipts import NotOurs, events, record
from sspr_core.runs.recheck import looking_again
from sspr_core.runs.recovery import delete_orphans, sweep
from sspr_core.runs.state_machine import Poisoned, after

log = logging.getLogger(__name__)

_TRIES = 5


def foreign_view(foreign: Foreign) -> dict[str, object]:
    return {"counts_by_queue": dict(foreign.counts), "last_at": foreign.last_at}


async def note_foreign(runs: Runs, queue: str, kind: str, *, now: datetime) -> None:
    """Count one more foreign message. When many come at once the count may miss one; the log does not."""
    log.warning("queue %s: a message that is none of ours is dropped: %s", queue, kind)
    for _ in range(_TRIES):
        there = await runs.foreign()
        counts = {**there.counts, queue: there.counts.get(queue, 0) + 1}
        try:
            await runs.save_foreign(replace(there, counts=counts, last_at=now))
        except Conflict:
            continue
        return


def sender(services: Services, *, clock: Clock) -> Sender:
    """What deliver() needs, from the app's services."""
    post = services.post
    return Sender(
        post=post,
        look_again=looking_again(services.tenants, services.registrations, post.contacts, moment=post.numbers.moment),
        compose=composing(post.runs),
        clock=clock,
    )


async def handle_send_message(body: bytes, by: Sender) -> None:
    """Raises TryAgain when the tables cannot be reached: the message is retried and reads the row as it is then."""
    found = delivery_in(body)
    if found is None or not await deliver(*found, by):
        kind = "a delivery that is not known" if found else f"{len(body)} bytes"
        await note_foreign(by.post.runs, SEND_EMAILS, kind, now=by.clock())


async def handle_expand_message(body: bytes, post: Mailing, *, clock: Clock) -> None:
    """While storage is unavailable, drop the message: the sweep queues it again, and ten tries within minutes would
    make it a poison message.
    """
    found = run_in(body)
    try:
        if found is None or not await expand(found, post, clock=clock):
            kind = "a run that is not known" if found else f"{len(body)} bytes"
            await note_foreign(post.runs, EXPAND_RUNS, kind, now=clock())
    except TryAgain:
        log.warning("run %s: not expanded, storage is away; the sweep asks anew", found)


async def handle_delivery_report(body: bytes, post: Mailing, *, clock: Clock) -> None:
    """Record each event of the message; repeats are safe. Raises TryAgain: the message is retried."""
    for event in events(body):
        if isinstance(event, NotOurs):
            await note_foreign(post.runs, DELIVERY_REPORTS, event.kind, now=clock())
        elif not await record(event, post, now=clock()):
            await note_foreign(post.runs, DELIVERY_REPORTS, "a report on no delivery of ours", now=clock())


async def poisoned_email(body: bytes, post: Mailing, *, clock: Clock) -> None:
    """Record it on the delivery and its run; the third time the delivery ends: unsure if in doubt, else failed."""
    if found := delivery_in(body):
        log.error("run %s: the message of delivery %s failed ten times", *found)
        await _unless_away(_poisoned(*found, post, clock=clock))
    else:
        await _unless_away(note_foreign(post.runs, SEND_EMAILS, f"{len(body)} bytes, poison", now=clock()))


async def poisoned_expand(body: bytes, post: Mailing, *, clock: Clock) -> None:
    """Record it on the run."""
    if found := run_in(body):
        log.error("run %s: expanding it failed ten times", found)
        await _unless_away(_one_more(found, EXPAND_RUNS, post, clock=clock))
    else:
        await _unless_away(note_foreign(post.runs, EXPAND_RUNS, f"{len(body)} bytes, poison", now=clock()))


async def poisoned_report(body: bytes, post: Mailing, *, clock: Clock) -> None:
    """Try once more, minutes later, and again while storage is unavailable: no sweep recovers a lost receipt.

    Raises TryAgain: a poison queue has no poison queue, so the message stays and is visible again after ten minutes.
    """
    log.error("a delivery report of %d bytes failed ten times", len(body))
    await handle_delivery_report(body, post, clock=clock)


async def _poisoned(run: RunId, key: DeliveryKey, post: Mailing, *, clock: Clock) -> None:
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


async def _one_more(run: RunId, queue: str, post: Mailing, *, clock: Clock) -> Run | None:
    """Count one more poison message on the run; None: no such run. Two concurrent writers write the same number, so
    the content cannot show whose write was stored: if an answer was lost, the count may be one too high.
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
    """Do it, or log that storage is unavailable: the message may be lost, as a sweep queues its work again."""
    try:
        await noting
    except TryAgain:
        log.error("that could not be recorded, storage is away; the sweep finds what is overdue")


async def watch(post: Mailing, *, clock: Clock) -> None:
    """Sweep and count every unfinished run. An error in one run does not stop the others; it is raised at the end."""
    now = clock()
    jobs = [_look_after(run, post, clock) for run in await post.runs.unfinished(now=now)]
    if now.minute == 0:
        jobs.append(delete_orphans(post.runs, now=now))
    done = await asyncio.gather(*jobs, return_exceptions=True)
    if troubles := [one for one in done if isinstance(one, Exception)]:
        raise ExceptionGroup("runs could not be looked after", troubles)


async def _look_after(run: Run, post: Mailing, clock: Clock) -> None:
    if run.state.unfinished or has_open(run.counts):
        await sweep(run, post, clock=clock)
    if is_due(run, now=clock()):
        await finish(run.run_id, post, now=clock())
