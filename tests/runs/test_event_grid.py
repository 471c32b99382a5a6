"""A message of the delivery report queue, in any schema, is read as a receipt or reported as foreign."""

import json
from typing import Any

import pytest

from sspr_core.model.mail import Receipt
from sspr_core.runs.receipts import NotOurs, events

KIND = "Microsoft.Communication.EmailDeliveryReportReceived"
DATA = {
    "sender": "it@msp.example",
    "recipient": "ana@contoso.example",
    "messageId": "00000000-0000-4000-8000-000000000001",
    "status": "Bounced",
    "deliveryStatusDetails": {"statusMessage": "550 no such mailbox", "recipientMailServerHostName": "mx"},
    "deliveryAttemptTimeStamp": "2026-11-23T12:00:00.2855749+00:00",
}
RECEIPT = Receipt(
    operation_id="00000000-0000-4000-8000-000000000001",
    sender="it@msp.example",
    recipient="ana@contoso.example",
    status="Bounced",
    at="2026-11-23T12:00:00.285574+00:00",
    details="550 no such mailbox",
)


def of_event_grid(data: object = DATA, kind: str = KIND) -> dict[str, Any]:
    """The usual schema."""
    return {
        "id": "1",
        "topic": "/subscriptions/1",
        "subject": "sender/it@msp.example/message/1",
        "data": data,
        "eventType": kind,
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "eventTime": "2026-11-23T12:00:05Z",
    }


def cloud_event(data: object = DATA, kind: str = KIND) -> dict[str, Any]:
    """The CloudEvents schema, an option of Event Grid."""
    return {
        "id": "1",
        "source": "/subscriptions/1",
        "subject": "sender/it@msp.example/message/1",
        "data": data,
        "type": kind,
        "time": "2026-11-23T12:00:05Z",
        "specversion": "1.0",
    }


def read(content: object) -> list[Receipt | NotOurs]:
    return events(json.dumps(content).encode())


def without(*names: str, **said: object) -> dict[str, object]:
    return {name: value for name, value in DATA.items() if name not in names} | said


@pytest.mark.parametrize("schema", [of_event_grid, cloud_event])
def test_either_schema_is_read_and_each_as_one_event_or_as_many(schema):
    assert read(schema()) == [RECEIPT]
    assert read([schema(), schema()]) == [RECEIPT, RECEIPT]


def test_the_spelling_of_the_description_is_read_as_well_as_what_is_sent():
    other = without("deliveryAttemptTimeStamp", deliveryAttemptTimestamp=DATA["deliveryAttemptTimeStamp"])

    assert read(of_event_grid(other)) == [RECEIPT]


@pytest.mark.parametrize("schema", [of_event_grid, cloud_event])
def test_a_report_without_a_time_of_its_own_has_the_events(schema):
    [receipt] = read(schema(without("deliveryAttemptTimeStamp")))

    assert isinstance(receipt, Receipt)
    assert receipt.at == "2026-11-23T12:00:05+00:00"


def test_a_time_without_a_zone_is_utc():
    [receipt] = read(of_event_grid(without(deliveryAttemptTimeStamp="2026-11-23T12:00:00")))

    assert isinstance(receipt, Receipt)
    assert receipt.at == "2026-11-23T12:00:00+00:00"


@pytest.mark.parametrize(
    ("details", "told"),
    [(None, ""), ("mailbox full", "mailbox full"), ({"statusMessage": None}, ""), ({}, ""), ([1], "")],
)
def test_details_are_read_where_there_are_any(details, told):
    [receipt] = read(of_event_grid(without(deliveryStatusDetails=details)))

    assert isinstance(receipt, Receipt)
    assert receipt.details == told


@pytest.mark.parametrize("schema", [of_event_grid, cloud_event])
@pytest.mark.parametrize(
    "kind",
    [
        "Microsoft.EventGrid.SubscriptionValidationEvent",
        "Microsoft.Communication.EmailEngagementTrackingReportReceived",
        "Microsoft.Storage.BlobCreated",
    ],
)
def test_other_events_are_named_and_keep_none_from_being_read(schema, kind):
    assert read([schema({"validationCode": "x"}, kind), schema()]) == [NotOurs(kind), RECEIPT]


@pytest.mark.parametrize(
    "data",
    [
        None,
        "text",
        [],
        without("messageId"),
        without("recipient"),
        without("status"),
        without(status=5),
        without(sender=None),
        without(deliveryAttemptTimeStamp="yesterday"),
        without(deliveryAttemptTimeStamp=7),
    ],
)
def test_a_report_that_lacks_something_is_told(data):
    assert read(of_event_grid(data)) == [NotOurs("a report that cannot be read")]


def test_a_report_without_any_time_is_told():
    event = of_event_grid(without("deliveryAttemptTimeStamp"))
    del event["eventTime"]

    assert read(event) == [NotOurs("a report that cannot be read")]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "no JSON"),
        (b"garbage", "no JSON"),
        (b"\xff\xfe\x00", "no JSON"),
        (b'{"truncated": ', "no JSON"),
        (b"[" * 5000, "no JSON"),
        (b"7", "no event"),
        (b"null", "no event"),
        (b"{}", "no event"),
        (b'[{"eventType": 5}]', "no event"),
        (b'{"eventType": null, "type": 5}', "no event"),
    ],
)
def test_garbage_is_told_and_raises_nothing(body, kind):
    assert events(body) == [NotOurs(kind)]


def test_an_empty_batch_is_nothing():
    assert events(b"[]") == []
