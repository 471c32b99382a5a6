"""Reads delivery reports from Event Grid, and records each on the delivery it belongs to."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from sspr_core.model.delivery import Delivery, DeliveryState, of_operation
from sspr_core.model.errors import Conflict, NotFound
from sspr_core.model.mail import Receipt
from sspr_core.model.mail_service import is_same
from sspr_core.model.run import RunId
from sspr_core.ports.mail import Mailing
from sspr_core.runs.sender import sender_of
from sspr_core.runs.state_machine import Reported, after, state_of

log = logging.getLogger(__name__)

_ANY_TIME = timedelta(days=1)  # a run's senders never change

_REPORT = "microsoft.communication.emaildeliveryreportreceived"


async def record(receipt: Receipt, post: Mailing, *, now: datetime) -> bool:
    """Write the receipt to its row, again until it is stored; False: no email of this app. Safe to repeat, in any
    order.
    """
    try:
        run, key, epoch = of_operation(receipt.operation_id)
        at = datetime.fromisoformat(receipt.at)
    except ValueError:
        return False
    if at.tzinfo is None:
        return False  # a time without a zone cannot be compared with one that has a zone
    row = await post.deliveries.get(run, key)
    if row is None or epoch > row.epoch or not await _is_of(row, receipt, post):
        return False
    report = Reported(receipt, epoch, await _pass_of(receipt, run, post))
    while row is not None:
        changed = after(row, report, now=now, numbers=post.numbers)
        if changed is None:
            break
        if _was_certain(row):
            log.error("run %s: delivery %s was %s, and its receipt says otherwise", run, key, row.state)
        try:
            row = await post.deliveries.replace(changed)
        except Conflict:
            row = await post.deliveries.get(run, key)
        else:
            break
    if row is not None:
        await _feed_contacts(row, receipt, post)
    return True


async def _is_of(row: Delivery, receipt: Receipt, post: Mailing) -> bool:
    """Whether the report is about this email: same recipient, same sender. Neither ever changes."""
    if not is_same(row.address, receipt.recipient):
        return False
    try:
        return is_same(sender_of(await post.runs.lately(row.run_id, within=_ANY_TIME), row), receipt.sender)
    except NotFound:
        return True  # the run was deleted before its rows: the report can be of no other email


def _was_certain(row: Delivery) -> bool:
    """Whether no receipt should exist in this state: the protocol's promise, or an assumption, did not hold."""
    refused = row.state is DeliveryState.FAILED and row.accepted_at is None
    return refused or row.state in (DeliveryState.CANCELLED, DeliveryState.SKIPPED, DeliveryState.UNSURE)


async def _pass_of(receipt: Receipt, run: RunId, post: Mailing) -> int:
    """The run's pass, so that retry-failed knows what failed before it; 0, without a read, for receipts but FAILED."""
    if state_of(receipt) is not DeliveryState.FAILED:
        return 0
    try:
        return (await post.runs.get(run)).number_of_pass
    except NotFound:
        return 0


async def _feed_contacts(row: Delivery, receipt: Receipt, post: Mailing) -> None:
    """Record the outcome so that the next run omits bad addresses: each further try would prolong the suppression."""
    if not row.to_user:
        return
    at = datetime.fromisoformat(receipt.at)
    await post.contacts.emailed(row.tenant_id, row.user_id, at=row.posted_at or at)
    if row.state in (DeliveryState.BOUNCED, DeliveryState.SUPPRESSED):
        await post.contacts.bounced(row.tenant_id, row.user_id, address=row.address, word=row.state, at=at)


class _Report(msgspec.Struct, frozen=True, rename="camel"):
    """The fields that are read of the event's data; the time's real name differs from the documented one."""

    message_id: str
    sender: str
    recipient: str
    status: str
    delivery_attempt_time_stamp: str | None = None
    delivery_attempt_timestamp: str | None = None
    delivery_status_details: object = None  # contains the receiving server's message


@dataclass(frozen=True, slots=True)
class NotOurs:
    """An event that is no delivery report; `kind` is its type, or what is wrong with it."""

    kind: str


def events(body: bytes) -> list[Receipt | NotOurs]:
    """The message's events in order; a message that cannot be read counts as one event that is no delivery report."""
    try:
        content = msgspec.json.decode(body)
    except ValueError:
        return [NotOurs("no JSON")]
    return [_event(one) for one in (content if isinstance(content, list) else [content])]


def _event(event: object) -> Receipt | NotOurs:
    if not isinstance(event, dict):
        return NotOurs("no event")
    kind = event.get("eventType", event.get("type"))
    if not isinstance(kind, str):
        return NotOurs("no event")
    if kind.lower() != _REPORT:
        return NotOurs(kind[:100])
    try:
        return _receipt(msgspec.convert(event.get("data"), _Report), event.get("eventTime", event.get("time")))
    except ValueError:
        return NotOurs("a report that cannot be read")


def _receipt(report: _Report, event_at: object) -> Receipt:
    """Raises ValueError if there is no time."""
    return Receipt(
        operation_id=report.message_id,
        sender=report.sender,
        recipient=report.recipient,
        status=report.status,
        at=_time(report.delivery_attempt_time_stamp or report.delivery_attempt_timestamp or str(event_at)),
        details=_details(report.delivery_status_details),
    )


def _time(text: str) -> str:
    """RFC 3339 with a zone; a time that names none is UTC, as all times in Azure are."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).isoformat()


def _details(details: object) -> str:
    message = details.get("statusMessage") if isinstance(details, dict) else details
    return message if isinstance(message, str) else ""
