"""Messages of Event Grid: what the mail service says of its emails, in either schema, one event or several."""

from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from sspr_core.model.mail import Receipt

_REPORT = "microsoft.communication.emaildeliveryreportreceived"


class _Report(msgspec.Struct, frozen=True, rename="camel"):
    """The event's data, as far as it is read; the time is sent in one spelling, and described in another."""

    message_id: str
    sender: str
    recipient: str
    status: str
    delivery_attempt_time_stamp: str | None = None
    delivery_attempt_timestamp: str | None = None
    delivery_status_details: object = None  # with the receiving server's own sentence


@dataclass(frozen=True, slots=True)
class NotOurs:
    """An event that is no delivery report; `kind` is its type, or what is wrong with it."""

    kind: str


def events(body: bytes) -> list[Receipt | NotOurs]:
    """What the message holds, in its order; a message that cannot be read is one event that is none of ours."""
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
    """Raises ValueError without a time."""
    return Receipt(
        operation_id=report.message_id,
        sender=report.sender,
        recipient=report.recipient,
        status=report.status,
        at=_time(report.delivery_attempt_time_stamp or report.delivery_attempt_timestamp or str(event_at)),
        details=_details(report.delivery_status_details),
    )


def _time(text: str) -> str:
    """RFC 3339 with its zone; one that names none is UTC, as all of Azure's are."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).isoformat()


def _details(details: object) -> str:
    message = details.get("statusMessage") if isinstance(details, dict) else details
    return message if isinstance(message, str) else ""
