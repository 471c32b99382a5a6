"""A mail service's answers, independent of the service."""

from dataclasses import dataclass
from datetime import timedelta

from sspr_core.model.report import Attachment, Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One email to one person, ready to send. The same operation id means the same bytes."""

    operation_id: str
    sender: str
    to: str
    to_name: str
    subject: str
    text: str
    html: str
    reply_to: str | None = None
    pictures: tuple[Picture, ...] = ()  # shown inside the HTML
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """202: the service has it; or it knows the operation and has not dropped it."""


@dataclass(frozen=True, slots=True)
class Throttled:
    """429: certainly not accepted."""

    after: timedelta | None


@dataclass(frozen=True, slots=True)
class Unauthorized:
    """401, 403, or a code that means that the service takes no email now: certainly not accepted, for all emails."""

    reason: str


@dataclass(frozen=True, slots=True)
class SenderRefused:
    """Certainly not accepted: the service does not know this sender, but takes emails from others."""

    reason: str


@dataclass(frozen=True, slots=True)
class ConnectFailed:
    """The connection was refused: no byte was sent."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """400, 404, 413, 422 to a POST: the service refuses this email, or knows the operation already."""

    reason: str


@dataclass(frozen=True, slots=True)
class UnknownOutcome:
    """5xx, a timeout, a dropped connection: it may have been accepted."""

    reason: str


type MailAnswer = Accepted | Throttled | Unauthorized | SenderRefused | ConnectFailed | Rejected | UnknownOutcome


@dataclass(frozen=True, slots=True)
class KnownOperation:
    """The lookup knows the operation. `failed`: the service has also dropped it, for this reason."""

    failed: str | None = None


@dataclass(frozen=True, slots=True)
class UnknownOperation:
    """404 from the lookup."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The lookup gave no usable answer: 429, 5xx, a timeout."""


type LookupAnswer = KnownOperation | UnknownOperation | NoAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the service reports later of one recipient (Event Grid `EmailDeliveryReportReceived`)."""

    operation_id: str
    sender: str
    recipient: str
    status: str  # the service's own word: Delivered, Bounced, Suppressed, Failed, FilteredSpam, Quarantined, Expanded
    at: str  # RFC 3339
    details: str = ""
