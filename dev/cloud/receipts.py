"""Puts delivery reports on a storage queue, as Event Grid does."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec
from azure.core.exceptions import AzureError, ResourceExistsError
from azure.storage.queue import TextBase64EncodePolicy
from azure.storage.queue.aio import QueueClient

from dev.cloud.mail import Accepted, Mail, receipt_status

log = logging.getLogger(__name__)

_TOPIC = "/subscriptions/simulated/providers/microsoft.communication/communicationservices/simulated"
_DELIVERED = "Microsoft.Communication.EmailDeliveryReportReceived"
_LOOKED_AT = "Microsoft.Communication.EmailEngagementTrackingReportReceived"


async def report_deliveries(mail: Mail, connection: str, queue_name: str) -> None:
    """Runs forever: sends an event for each recipient of the emails accepted since the last pass."""
    queue = QueueClient.from_connection_string(connection, queue_name, message_encode_policy=TextBase64EncodePolicy())
    async with queue:
        while True:
            await asyncio.sleep(1)
            try:
                await _report(mail, queue)
            except AzureError as error:
                log.warning("delivery reports wait: %s", type(error).__name__)


async def _report(mail: Mail, queue: QueueClient) -> None:
    ripe = [one for one in mail.fresh if one.at <= time.monotonic()]
    if not ripe:
        return
    with contextlib.suppress(ResourceExistsError):
        await queue.create_queue()
    for one in events(ripe, mail):
        await queue.send_message(msgspec.json.encode(one).decode())
    mail.fresh = [one for one in mail.fresh if one not in ripe]  # after sending: better twice than never


def events(accepted: list[Accepted], mail: Mail) -> list[dict[str, Any]]:
    """The events that Event Grid sends: at least once, in any order, among other events of its subscription."""
    found = [one for email in accepted for one in _of(email, mail)]
    if mail.modes.receipts_doubled:
        found += found
    if mail.modes.receipts_shuffled:
        mail.dice.shuffle(found)
    return found


def _of(email: Accepted, mail: Mail) -> Iterator[dict[str, Any]]:
    for to in email.message["recipients"]["to"]:
        yield _in_form(event(email, to["address"]), mail)
        if mail.dice.random() < mail.modes.receipts_foreign:
            yield _in_form(mail.dice.choice([looked_at, of_somebody_else])(email, to["address"]), mail)


def _in_form(one: dict[str, Any], mail: Mail) -> dict[str, Any]:
    form = mail.modes.receipts_as
    if form == "either":
        form = mail.dice.choice(["event_grid", "cloud_events"])
    return as_cloud_event(one) if form == "cloud_events" else one


def event(accepted: Accepted, address: str) -> dict[str, Any]:
    """Event Grid's schema; the time is written in either of the two formats seen in practice."""
    spelling = "deliveryAttemptTimeStamp" if int(accepted.operation_id[0], 16) % 2 else "deliveryAttemptTimestamp"
    sender = accepted.message["senderAddress"]
    data = {
        "sender": sender,
        "recipient": address,
        "messageId": accepted.operation_id,
        "internetMessageId": f"<{accepted.operation_id}@simulated.example>",
        "status": receipt_status(address),
        "deliveryStatusDetails": {"statusMessage": "", "recipientMailServerHostName": "mail.example"},
        spelling: datetime.now(UTC).isoformat(),
    }
    return _event(_DELIVERED, f"sender/{sender}/message/{accepted.operation_id}", data)


def looked_at(accepted: Accepted, address: str) -> dict[str, Any]:
    """An event that the email was opened: no delivery report, though it may be in the same queue."""
    told = {"userActionTimeStamp": datetime.now(UTC).isoformat(), "engagementType": "view"}
    plain = event(accepted, address)
    return plain | {"eventType": _LOOKED_AT, "data": told | {"messageId": accepted.operation_id}}


def of_somebody_else(accepted: Accepted, address: str) -> dict[str, Any]:
    """A report on an email that another application sent on the same subscription."""
    other = Accepted(str(uuid4()), 0, b"", accepted.message | {"senderAddress": "shop@elsewhere.example"})
    return event(other, address)


def as_cloud_event(one: dict[str, Any]) -> dict[str, Any]:
    """The same event in CloudEvents, the other schema that Event Grid can use."""
    return {
        "specversion": "1.0",
        "id": one["id"],
        "source": one["topic"],
        "subject": one["subject"],
        "type": one["eventType"],
        "time": one["eventTime"],
        "data": one["data"],
    }


def _event(kind: str, subject: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "topic": _TOPIC,
        "subject": subject,
        "data": data,
        "eventType": kind,
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "eventTime": datetime.now(UTC).isoformat(),
    }
