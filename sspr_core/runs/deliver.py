"""Handles one delivery: checks again whether it is wanted, claims, sends, records the outcome (protocol, section 4).

The only code that sends. Every expected case ends with a row that says what comes next; the row is written before
the message is queued. Raises TryAgain only when the tables cannot be reached: never while a POST may be going on.
"""

import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from sspr_core.model.clock import Clock
from sspr_core.model.delivery import NEVER, Delivery, DeliveryKey, DeliveryState
from sspr_core.model.errors import Conflict, NotFound
from sspr_core.model.mail import (
    Accepted,
    ConnectFailed,
    KnownOperation,
    Mail,
    MailAnswer,
    NoAnswer,
    Rejected,
    SenderRefused,
    Throttled,
    Unauthorized,
    UnknownOperation,
)
from sspr_core.model.run import Run, RunId, RunState
from sspr_core.ports.mail import Mailing
from sspr_core.runs import pacing
from sspr_core.runs.sender import sender_of
from sspr_core.runs.service_refusal import note_problem, pause_for_sender
from sspr_core.runs.state_machine import (
    Claimed,
    Event,
    LookupInconclusive,
    NewSlot,
    NotSent,
    Omitted,
    OutcomeUnknown,
    RunCancelled,
    ServiceFailed,
    WasAccepted,
    WasRefused,
    after,
    may_be_claimed,
)

log = logging.getLogger(__name__)

type LookAgain = Callable[[Run, Delivery], Awaitable[str | None]]
type Compose = Callable[[Run, Delivery], Awaitable[Mail]]

_LET_IN_AGAIN = timedelta(minutes=5)  # 401 and 403 need a fix on our side: all sending waits this long


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What deliver() needs besides the ports: functions of other modules, and the clocks."""

    post: Mailing
    look_again: LookAgain
    compose: Compose
    clock: Clock
    monotonic: Callable[[], float] = time.monotonic


async def deliver(run_id: RunId, key: DeliveryKey, by: Sender) -> bool:
    """Handle a message for this delivery. While sending is off the row waits. False: the delivery is not known."""
    if by.post.sending_off:
        log.info("run %s: sending is off; its deliveries wait", run_id)
        return True
    row = await by.post.deliveries.get(run_id, key)
    if row is None:
        return False
    if not row.state.final:  # else a stale message
        await _look_at(row, by)
    return True


async def _look_at(row: Delivery, by: Sender) -> None:
    now = by.clock()
    if row.due_at > now:  # the message is early, or the claim is still valid
        if row.due_at - now <= by.post.numbers.soon:
            await _nudge(row, by)
        return
    if row.state is DeliveryState.CLAIMED:
        await ask(row, by)
        return
    run = await _first_look(row, by)
    if run is None:
        return
    if run.state is RunState.CANCELLED:
        await _apply(row, RunCancelled(), by)
        return
    if not run.state.sends:
        return  # the row stays as it is: resume() finds it, or the check of finished runs
    if reason := await by.look_again(run, row):
        await _leave_out(row, reason, by)
        return
    await _send(row, run, by)


async def _send(row: Delivery, run: Run, by: Sender) -> None:
    """Claim, read the run again, ask the mail service if there is doubt, and send once."""
    now, numbers = by.clock(), by.post.numbers
    held = (await by.post.pacing.lately(within=numbers.moment)).hold_until
    if not may_be_claimed(row, now=now, numbers=numbers) or (held is not None and held > now):
        if row.doubt_since is not None and now - row.doubt_since >= numbers.memory_safe:
            await _leave_out(row, "the mail service did not say whether it took this email", by)
            return
        await move_to_new_slot(row, by)
        return
    try:
        mail = await by.compose(run, row)  # before the claim: a bug here must not leave doubt
    except NotFound:
        await _leave_out(row, "the letter of the report is gone", by)
        return
    begun = by.monotonic()
    claimed = await _claim(row, by)
    if claimed is None:
        return
    run = await by.post.runs.get(row.run_id)  # after the claim: sees any pause that was confirmed before it
    if not run.state.sends:
        await _write_while_claimed(claimed, NotSent(row, row.due_at), by)
        return
    if row.in_doubt and not await _is_unknown(claimed, row, run, by):
        return
    if by.monotonic() - begun > numbers.budget.total_seconds():
        await _nudge(claimed, by)  # too late to send: the claim stays, and the lookup is asked later
        return
    await _note(await _posted(mail, by), claimed, row, run, by)


async def _posted(mail: Mail, by: Sender) -> MailAnswer:
    assert by.post.mailer is not None  # noqa: S101 - runs are refused without one
    return await by.post.mailer.send(mail, timeout=by.post.numbers.post_timeout)


async def _claim(row: Delivery, by: Sender) -> Delivery | None:
    """Write transition 1; None when a concurrent write won."""
    claim = str(uuid4())
    intended = after(row, Claimed(claim), now=by.clock(), numbers=by.post.numbers)
    if intended is None:
        return None
    try:
        return await by.post.deliveries.replace(intended)
    except Conflict:
        there = await by.post.deliveries.get(row.run_id, row.key)
        return there if there and there.claim == claim else None  # our own write, whose answer was lost


async def _is_unknown(claimed: Delivery, before: Delivery, run: Run, by: Sender) -> bool:
    """Ask the lookup before sending again; True: it answered 404, so the email may be sent."""
    assert by.post.mailer is not None  # noqa: S101
    match await by.post.mailer.ask(claimed.operation_id, timeout=by.post.numbers.ask_timeout):
        case KnownOperation(failed):
            event = WasAccepted() if failed is None else ServiceFailed(failed, run.number_of_pass)
            await _write_until_stored(claimed, event, by)
            await _record_contact(claimed, by)
            return False
        case UnknownOperation():
            return True
        case _:
            await _back_to_new_slot(claimed, before, by)
            return False


async def _note(answer: MailAnswer, claimed: Delivery, before: Delivery, run: Run, by: Sender) -> None:
    """Record the POST's answer on the row."""
    match answer:
        case Accepted():
            await _write_until_stored(claimed, WasAccepted(), by)
            await pacing.released(by.post.pacing, numbers=by.post.numbers)
            await _record_contact(claimed, by)
        case Throttled(wait):
            await pacing.hold(by.post.pacing, wait, now=by.clock())
            await _back_to_new_slot(claimed, before, by)
        case Unauthorized(reason):
            log.error("run %s: the mail service takes nothing from the app: %s", run.run_id, reason)
            await pacing.hold(by.post.pacing, _LET_IN_AGAIN, now=by.clock())
            await note_problem(run, reason, by.post.runs)
            await _back_to_new_slot(claimed, before, by)
        case SenderRefused(reason):
            log.error("run %s: the mail service does not know its sender, and it is paused: %s", run.run_id, reason)
            await pause_for_sender(run, sender_of(run, claimed), reason, by.post.runs)
            await _write_while_claimed(
                claimed, NotSent(before, _no_slot(by)), by
            )  # resume() gives it a new slot; this one is used up
        case ConnectFailed():
            await _back_to_new_slot(claimed, before, by)
        case Rejected(reason):
            await _write_while_claimed(claimed, WasRefused(before, reason, run.number_of_pass), by)
        case _:
            await _write_while_claimed(claimed, OutcomeUnknown(), by)


async def ask(row: Delivery, by: Sender) -> None:
    """Ask the lookup about an expired claim. Asking sends nothing, so it also happens in paused and cancelled runs."""
    assert by.post.mailer is not None  # noqa: S101
    run = await _run_of(row, by)
    if run is None:
        return
    goes_on = run.state is not RunState.CANCELLED
    asked_at = by.clock()  # whether a 404 can be believed depends on when it was asked for, not when it is written
    match await by.post.mailer.ask(row.operation_id, timeout=by.post.numbers.ask_timeout):
        case KnownOperation(None):
            await _write_until_stored(row, WasAccepted(), by)
            await _record_contact(row, by)
        case KnownOperation(str(reason)):
            await _write_until_stored(row, ServiceFailed(reason, run.number_of_pass), by)
        case UnknownOperation() | NoAnswer() as answer:
            nothing = isinstance(answer, UnknownOperation)
            event = LookupInconclusive(knows_nothing=nothing, run_goes_on=goes_on, number_of_pass=run.number_of_pass)
            await _write_while_claimed(row, event, by, now=asked_at)


async def _first_look(row: Delivery, by: Sender) -> Run | None:
    """The run from the cache if it sends there, as it is read again after the claim; otherwise always from storage:
    a message dropped by mistake, just after resuming, would be missing for minutes."""
    with suppress(NotFound):
        run = await by.post.runs.lately(row.run_id, within=by.post.numbers.moment)
        if run.state.sends:
            return run
    return await _run_of(row, by)


async def _run_of(row: Delivery, by: Sender) -> Run | None:
    try:
        return await by.post.runs.get(row.run_id)
    except NotFound:
        log.error("run %s: a delivery without its run; it is left alone", row.run_id)
        return None


async def move_to_new_slot(row: Delivery, by: Sender) -> None:
    """Give a pending row a new slot; if none can be reserved, the sweep does it later, in bulk."""
    slots = await pacing.reserve(by.post.pacing, 1, now=by.clock(), numbers=by.post.numbers, again=True)
    if slots:
        await _apply(row, NewSlot(slots[0]), by)


async def _leave_out(row: Delivery, reason: str, by: Sender) -> None:
    """Leave the row out, in the pass that the run is in now: with an earlier pass's number, retry-failed would reopen
    it.
    """
    if run := await _run_of(row, by):
        await _apply(row, Omitted(reason, run.number_of_pass), by)


async def _back_to_new_slot(claimed: Delivery, before: Delivery, by: Sender) -> None:
    slots = await pacing.reserve(by.post.pacing, 1, now=by.clock(), numbers=by.post.numbers)
    await _write_while_claimed(claimed, NotSent(before, slots[0] if slots else _no_slot(by)), by)


def _no_slot(by: Sender) -> datetime:
    """A slot too old to be used: the next handler of the row reserves another."""
    return by.clock() - 2 * by.post.numbers.grace


async def _apply(row: Delivery, event: Event, by: Sender) -> None:
    """Write once; on a conflict the other writer owns the row."""
    changed = after(row, event, now=by.clock(), numbers=by.post.numbers)
    if changed is None:
        return
    try:
        await _nudge(await by.post.deliveries.replace(changed), by)
    except Conflict:
        return


async def _write_while_claimed(row: Delivery, event: Event, by: Sender, *, now: datetime | None = None) -> None:
    """Write while the row still has our claim. `now`: the time of the event; None: it is happening now."""
    claim = row.claim
    current: Delivery | None = row
    while current is not None and current.claim == claim and current.state is DeliveryState.CLAIMED:
        changed = after(current, event, now=now or by.clock(), numbers=by.post.numbers)
        if changed is None:
            return
        wanted = await _with_slot(changed, by)
        try:
            await _nudge(await by.post.deliveries.replace(wanted), by)
        except Conflict:
            there = await by.post.deliveries.get(row.run_id, row.key)
            if there is not None and replace(there, etag=None) == replace(wanted, etag=None):
                await _nudge(there, by)  # our own write, whose answer was lost
                return
            current = there
        else:
            return


async def _with_slot(row: Delivery, by: Sender) -> Delivery:
    """A row that is pending again in doubt (transition 6) gets a slot within the hour; else the sweep gives one."""
    if row.state is not DeliveryState.PENDING or row.due_at != NEVER or not row.in_doubt:
        return row
    slots = await pacing.reserve(by.post.pacing, 1, now=by.clock(), numbers=by.post.numbers)
    return replace(row, due_at=slots[0] if slots else _no_slot(by))


async def _write_until_stored(row: Delivery, event: Event, by: Sender) -> None:
    """Write proof of the outcome: read and write again until it is stored."""
    current: Delivery | None = row
    while current is not None:
        if isinstance(event, ServiceFailed) and current.epoch != row.epoch:
            return  # the earlier epoch failed and is being retried under another id
        changed = after(current, event, now=by.clock(), numbers=by.post.numbers)
        if changed is None:
            return
        if current.state.final and current.state is not DeliveryState.ACCEPTED:
            log.error("run %s: delivery %s was %s, and is proved otherwise", row.run_id, row.key, current.state)
        try:
            await by.post.deliveries.replace(changed)
        except Conflict:
            current = await by.post.deliveries.get(row.run_id, row.key)
        else:
            return


async def _record_contact(row: Delivery, by: Sender) -> None:
    if row.to_user:
        await by.post.contacts.emailed(row.tenant_id, row.user_id, at=row.posted_at or by.clock())


async def _nudge(row: Delivery, by: Sender) -> None:
    """Queue the row's next message, one second late rather than early."""
    if row.state.final or row.due_at == NEVER:
        return
    wait = max(timedelta(0), row.due_at - by.clock())
    await by.post.send_queue.deliver([(row.run_id, row.key)], after=wait + timedelta(seconds=1))
