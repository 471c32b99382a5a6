"""A delivery's next state: one pure function over a frozen row, an event and the time (protocol, section 3).

None: the event changes nothing in this state. Storage checks, by etag, that the row is still the one that was read.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sspr_core.model.backoff import Backoff
from sspr_core.model.delivery import MOST_EPOCHS, NEVER, Delivery, DeliveryState
from sspr_core.model.mail import Receipt
from sspr_core.model.sending import SendingLimits


@dataclass(frozen=True, slots=True)
class Claimed:
    """Transition 1: a POST will follow under this claim."""

    claim: str


@dataclass(frozen=True, slots=True)
class WasAccepted:
    """Transition 2: 202, or the lookup knows the operation."""


@dataclass(frozen=True, slots=True)
class NotSent:
    """Transition 3: this claim's POST was certainly not accepted; `before` is the row as it was before the claim."""

    before: Delivery
    slot: datetime


@dataclass(frozen=True, slots=True)
class WasRefused:
    """400, 404, 422 to the POST: transition 4, or 5 where there was doubt before this claim."""

    before: Delivery
    reason: str
    number_of_pass: int


@dataclass(frozen=True, slots=True)
class OutcomeUnknown:
    """Transition 5: the POST's outcome is not known, or a lookup got no answer."""

    reason: str | None = None


@dataclass(frozen=True, slots=True)
class LookupInconclusive:
    """The lookup answered 404 or did not answer: transition 5, 6 or 7."""

    knows_nothing: bool  # 404; False: no answer
    run_goes_on: bool  # sending or paused, so that it may be sent again
    number_of_pass: int = 0


@dataclass(frozen=True, slots=True)
class NotAsked:
    """Sending is off, so the lookup cannot be asked: transition 7 once the service no longer remembers the email."""

    number_of_pass: int = 0


@dataclass(frozen=True, slots=True)
class ServiceFailed:
    """The lookup knows the operation, and it failed at the service."""

    reason: str
    number_of_pass: int


@dataclass(frozen=True, slots=True)
class NewSlot:
    """A pending row moves to another slot, or beyond the horizon (NEVER)."""

    slot: datetime


@dataclass(frozen=True, slots=True)
class Omitted:
    """Transition 8, or 7 in doubt: the check before sending found a reason against the email."""

    reason: str
    number_of_pass: int = 0


@dataclass(frozen=True, slots=True)
class RunCancelled:
    """Transition 8, or 7 in doubt."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A delivery report arrived: proof, whatever the state."""

    receipt: Receipt
    epoch: int
    number_of_pass: int = 0  # the run's, if the receipt reports a failure


@dataclass(frozen=True, slots=True)
class RetryAsked:
    """retry-failed, in this pass; `unsure_too`: the operator accepts that an unsure email may arrive twice."""

    number_of_pass: int
    unsure_too: bool = False


@dataclass(frozen=True, slots=True)
class Rescheduled:
    """The sweep plans a lookup for an overdue claim."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class Poisoned:
    """The delivery's message failed ten times."""

    number_of_pass: int


type Event = (
    Claimed
    | WasAccepted
    | NotSent
    | WasRefused
    | OutcomeUnknown
    | LookupInconclusive
    | NotAsked
    | ServiceFailed
    | NewSlot
    | Omitted
    | RunCancelled
    | Reported
    | RetryAsked
    | Rescheduled
    | Poisoned
)

_PENDING, _CLAIMED = DeliveryState.PENDING, DeliveryState.CLAIMED
_NEVER_SAID = "the mail service did not say whether it took this email"
_ENOUGH = "an earlier try was accepted after all"
_NEXT_QUESTIONS = (timedelta(seconds=30), timedelta(minutes=2))  # the third is when a 404 can be believed


def after(  # noqa: C901, PLR0912 - a case per event, and nothing else
    row: Delivery, event: Event, *, now: datetime, numbers: SendingLimits
) -> Delivery | None:
    """The row as it is to be written; None when the event changes nothing."""
    match event:
        case Claimed(claim):
            return _intended(row, claim, now=now, numbers=numbers)
        case WasAccepted():
            return _accepted(row, now=now)
        case NotSent(before, slot):
            return _not_sent(row, before, slot)
        case WasRefused(before, reason, number_of_pass):
            return _refused(row, before, reason, number_of_pass, now=now, numbers=numbers)
        case OutcomeUnknown():
            return _ask_later(row, now=now, numbers=numbers) if row.state is _CLAIMED else None
        case LookupInconclusive():
            return _asked_in_vain(row, event, now=now, numbers=numbers)
        case NotAsked(number_of_pass):
            return _not_asked(row, number_of_pass, now=now, numbers=numbers)
        case ServiceFailed(reason, number_of_pass):
            return _given_up(row, reason, number_of_pass, now=now)
        case NewSlot(slot):
            return replace(row, due_at=slot) if row.state is _PENDING and row.due_at != slot else None
        case Omitted(reason, number_of_pass):
            return _withdrawn(row, DeliveryState.SKIPPED, reason, number_of_pass)
        case RunCancelled():
            return _withdrawn(row, DeliveryState.CANCELLED, "the run was cancelled")
        case Reported():
            return _reported(row, event)
        case RetryAsked(number_of_pass, unsure_too):
            return _retried(row, number_of_pass, unsure_too=unsure_too)
        case Rescheduled(due_at):
            return replace(row, due_at=due_at) if row.state is _CLAIMED else None
        case Poisoned(number_of_pass):
            return _poisoned(row, number_of_pass, numbers=numbers)


def may_be_claimed(row: Delivery, *, now: datetime, numbers: SendingLimits) -> bool:
    """Transition 1's preconditions on the row (not on the run): its slot is now, and the service still remembers
    any earlier try that is in doubt.

    Without a quota a late email harms nothing.
    """
    young = row.doubt_since is None or now - row.doubt_since < numbers.memory_safe
    late = bool(numbers.spacing) and now > row.due_at + numbers.grace
    return row.state is _PENDING and row.due_at <= now and not late and young


def _intended(row: Delivery, claim: str, *, now: datetime, numbers: SendingLimits) -> Delivery | None:
    if not may_be_claimed(row, now=now, numbers=numbers):
        return None
    return replace(
        row,
        state=_CLAIMED,
        claim=claim,
        due_at=now + numbers.lease,
        posted_at=now,
        doubt_since=row.doubt_since or now,
        attempts=row.attempts + 1,
        questions=0,
    )


def _accepted(row: Delivery, *, now: datetime) -> Delivery | None:
    """Proof of acceptance replaces every state except one that a receipt has set."""
    if row.receipt is not None or row.state in (DeliveryState.ACCEPTED, DeliveryState.DELIVERED):
        return None
    return replace(
        _settled(row), state=DeliveryState.ACCEPTED, accepted_at=row.accepted_at or now, reason=None, failed_in=None
    )


def _not_sent(row: Delivery, before: Delivery, slot: datetime) -> Delivery | None:
    """Restore doubt and attempts from before the claim, which left no trace at the service."""
    if row.state is not _CLAIMED:
        return None
    return _pending_again(
        row,
        due_at=slot,
        doubt_since=before.doubt_since,
        posted_at=before.posted_at,
        attempts=before.attempts,
        questions=before.questions,
    )


def _refused(
    row: Delivery, before: Delivery, reason: str, number_of_pass: int, *, now: datetime, numbers: SendingLimits
) -> Delivery | None:
    """A failure is certain only if no earlier POST could have been accepted: a known operation id is refused too."""
    if row.state is not _CLAIMED:
        return None
    if not before.in_doubt:
        return _failed(row, reason, number_of_pass)
    return replace(_ask_later(row, now=now, numbers=numbers), contradicted=True)


def _ask_later(row: Delivery, *, now: datetime, numbers: SendingLimits) -> Delivery:
    """Plan the next lookup: after 30 s, after 2 min, when a 404 can be believed, then with a growing interval, because
    lookups have a quota.
    """
    believed = (row.posted_at or now) + numbers.settle
    if row.questions < len(_NEXT_QUESTIONS):
        due_at = now + _NEXT_QUESTIONS[row.questions]
    else:
        later = questions_apart(numbers).after(row.questions - len(_NEXT_QUESTIONS))
        due_at = believed if now < believed else now + later
    return replace(row, due_at=due_at, questions=row.questions + 1)


def questions_apart(numbers: SendingLimits) -> Backoff:
    """The interval between two lookups once a 404 can be believed."""
    return Backoff(first=numbers.settle, longest=8 * numbers.settle)


def _asked_in_vain(
    row: Delivery, asked: LookupInconclusive, *, now: datetime, numbers: SendingLimits
) -> Delivery | None:
    if row.state is not _CLAIMED:
        return None
    row = replace(row, asked_at=now)
    unsure = partial(_unsure, row, number_of_pass=asked.number_of_pass)
    if _is_forgotten(row, now=now, numbers=numbers):
        return unsure(_NEVER_SAID)
    settled = row.posted_at is not None and now - row.posted_at >= numbers.settle
    if not asked.knows_nothing or not settled:
        return _ask_later(row, now=now, numbers=numbers)
    if row.contradicted:
        return unsure("the mail service refused the email as known, and says it does not know it")
    if row.attempts >= numbers.attempts:
        return unsure(f"{row.attempts} tries ended without a clear answer")
    if not asked.run_goes_on:
        return unsure("the run was cancelled before the mail service said whether it took this email")
    return _pending_again(row, due_at=NEVER)


def _not_asked(row: Delivery, number_of_pass: int, *, now: datetime, numbers: SendingLimits) -> Delivery | None:
    """Only after the claim has expired: until then its POST may be running in a process that has sending on."""
    ended = row.state is _CLAIMED and row.due_at <= now
    if not ended or not _is_forgotten(row, now=now, numbers=numbers):
        return None
    return _unsure(row, _NEVER_SAID, number_of_pass=number_of_pass)


def _is_forgotten(row: Delivery, *, now: datetime, numbers: SendingLimits) -> bool:
    return row.doubt_since is not None and now - row.doubt_since >= numbers.memory_safe


def _pending_again(row: Delivery, **changes: Any) -> Delivery:
    """Pending, to be sent in another slot, unless a receipt has shown meanwhile that an earlier try was accepted."""
    if row.arrived_after_all:
        return replace(_settled(row), state=DeliveryState.ACCEPTED, reason=_ENOUGH)
    return replace(row, state=_PENDING, claim=None, **changes)


def _withdrawn(row: Delivery, state: DeliveryState, reason: str, number_of_pass: int = 0) -> Delivery | None:
    if row.state is not _PENDING:
        return None
    if row.in_doubt:
        return _unsure(row, reason, number_of_pass=number_of_pass)
    return replace(row, state=state, reason=reason, due_at=NEVER)


def _unsure(row: Delivery, reason: str, *, number_of_pass: int) -> Delivery:
    return replace(row, state=DeliveryState.UNSURE, reason=reason, failed_in=number_of_pass, claim=None, due_at=NEVER)


def _failed(row: Delivery, reason: str, number_of_pass: int) -> Delivery:
    return replace(_settled(row), state=DeliveryState.FAILED, reason=reason, failed_in=number_of_pass)


def _given_up(row: Delivery, reason: str, number_of_pass: int, *, now: datetime) -> Delivery | None:
    """Failed after it was accepted."""
    if row.state not in (_CLAIMED, DeliveryState.ACCEPTED):
        return None
    return replace(_failed(row, reason, number_of_pass), accepted_at=row.accepted_at or now)


def _settled(row: Delivery) -> Delivery:
    """The row without claim, doubt and slot."""
    return replace(row, claim=None, doubt_since=None, contradicted=False, due_at=NEVER)


_WORDS = {
    "delivered": DeliveryState.DELIVERED,
    "expanded": DeliveryState.DELIVERED,
    "bounced": DeliveryState.BOUNCED,
    "suppressed": DeliveryState.SUPPRESSED,
}  # FilteredSpam, Quarantined, Failed and what is new: any value other than Delivered is a failure
_WORSE = {DeliveryState.DELIVERED: 0, DeliveryState.FAILED: 1, DeliveryState.SUPPRESSED: 2, DeliveryState.BOUNCED: 3}


def state_of(receipt: Receipt) -> DeliveryState:
    """The delivery's state for the receipt's status."""
    return _WORDS.get(receipt.status.lower(), DeliveryState.FAILED)


def _reported(row: Delivery, report: Reported) -> Delivery | None:
    """The order of receipts does not matter: the latest counts; of two with the same time, the worse."""
    at, state, receipt = datetime.fromisoformat(report.receipt.at), state_of(report.receipt), report.receipt
    if report.epoch > row.epoch:
        return None  # nothing was sent under that id
    if report.epoch < row.epoch:
        return _arrived_after_all(row, state, receipt, at)
    if row.receipt_at is not None:
        if at < row.receipt_at:
            return None
        if at == row.receipt_at and (_WORSE[state], receipt.status) <= (_WORSE.get(row.state, 0), row.receipt or ""):
            return None
    return replace(
        _settled(row),
        state=state,
        receipt=receipt.status,
        receipt_at=at,
        reason=None if state is DeliveryState.DELIVERED else _told(receipt),
        failed_in=report.number_of_pass if state is DeliveryState.FAILED else None,
        accepted_at=row.accepted_at or at,
    )


def _told(receipt: Receipt) -> str:
    return (receipt.details or receipt.status)[:400]


def _arrived_after_all(row: Delivery, state: DeliveryState, receipt: Receipt, at: datetime) -> Delivery | None:
    """A receipt of an earlier epoch: the user has that email, or the address is bad and gets no other try."""
    if row.arrived_after_all or state is DeliveryState.FAILED:
        return None  # this failure is the reason for the retry
    told = replace(row, arrived_after_all=True)
    if row.state is not _PENDING:
        return told
    if state is DeliveryState.DELIVERED:
        return replace(_settled(told), state=DeliveryState.ACCEPTED, accepted_at=at, reason=_ENOUGH)
    return replace(_settled(told), state=state, receipt=receipt.status, receipt_at=at, reason=_told(receipt))


def _retried(row: Delivery, number_of_pass: int, *, unsure_too: bool) -> Delivery | None:
    """Only rows that failed before this pass: else a slow duplicate of the pass would reopen rows that failed in it,
    perhaps after the run has finished.
    """
    again = row.state is DeliveryState.FAILED or (unsure_too and row.state is DeliveryState.UNSURE)
    earlier = row.failed_in is not None and row.failed_in < number_of_pass
    if not (again and earlier) or row.arrived_after_all or row.epoch >= MOST_EPOCHS:
        return None
    return replace(
        _settled(row),
        state=_PENDING,
        epoch=row.epoch + 1,
        attempts=0,
        questions=0,
        posted_at=None,
        asked_at=None,
        accepted_at=None,
        failed_in=None,
        reason=None,
        receipt=None,
        receipt_at=None,
        poisonings=0,
    )


def _poisoned(row: Delivery, number_of_pass: int, *, numbers: SendingLimits) -> Delivery | None:
    """Record it; the sweep queues the delivery again. The third time it ends: unsure if in doubt, else failed."""
    if row.state.final:
        return None
    told = replace(row, poisonings=row.poisonings + 1)
    if told.poisonings < numbers.poisonings:
        return told
    reason = f"its message failed {told.poisonings} times over; the app's log has the errors"
    unsure = row.in_doubt
    return _unsure(told, reason, number_of_pass=number_of_pass) if unsure else _failed(told, reason, number_of_pass)
