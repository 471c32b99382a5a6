"""Delivery reports, put on a storage queue as Event Grid puts them."""

import asyncio
import contextlib
import logging
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec
from azure.core.exceptions import AzureError, ResourceExistsError
from azure.storage.queue import TextBase64EncodePolicy
from azure.storage.queue.aio import QueueClient

from dev.cloud.mail import Accepted, Mail, receipt_status

log = logging.getLogger(__name__)


async def report_deliveries(mail: Mail, connection: str, queue_name: str) -> None:
    """For ever: an event per recipient of every email accepted since the last look."""
    queue = QueueClient.from_connection_string(connection, queue_name, message_encode_policy=TextBase64EncodePolicy())
    async with queue:
        while True:
            await asyncio.sleep(1)
            try:
                await _report(mail, queue)
            except AzureError as error:
                log.warning("delivery reports wait: %s", type(error).__name__)


async def _report(mail: Mail, queue: QueueClient) -> None:
    if not mail.fresh:
        return
    with contextlib.suppress(ResourceExistsError):
        await queue.create_queue()
    while mail.fresh:
        for to in mail.fresh[0].message["recipients"]["to"]:
            await queue.send_message(msgspec.json.encode(event(mail.fresh[0], to["address"])).decode())
        mail.fresh.pop(0)


def event(accepted: Accepted, address: str) -> dict[str, Any]:
    """Event Grid's schema; the time is spelled in either of the two ways that are seen."""
    spelling = "deliveryAttemptTimeStamp" if int(accepted.operation_id[0], 16) % 2 else "deliveryAttemptTimestamp"
    now = datetime.now(UTC)
    sender = accepted.message["senderAddress"]
    return {
        "id": str(uuid4()),
        "topic": "/subscriptions/simulated/providers/microsoft.communication/communicationservices/simulated",
        "subject": f"sender/{sender}/message/{accepted.operation_id}",
        "data": {
            "sender": sender,
            "recipient": address,
            "messageId": accepted.operation_id,
            "internetMessageId": f"<{accepted.operation_id}@simulated.example>",
            "status": receipt_status(address),
            "deliveryStatusDetails": {"statusMessage": "", "recipientMailServerHostName": "mail.example"},
            spelling: now.isoformat(),
        },
        "eventType": "Microsoft.Communication.EmailDeliveryReportReceived",
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "eventTime": now.isoformat(),
    }
