"""The simulated delivery reports: both schemas, at least once, in any order, among other events."""

import json
from pathlib import Path
from typing import Any

import pytest

from dev.cloud.mail import Accepted
from dev.cloud.receipts import event, events
from tests.dev.clouds import Clouds
from tests.dev.test_cloud_mail import a_mail, send


def reports(tmp_path: Path, count: int = 1, **modes: Any) -> list[dict[str, Any]]:
    clouds = Clouds(tmp_path, tenants=1, mail=json.dumps(modes))
    for _ in range(count):
        send(clouds)
    return events(clouds.cloud.mail.fresh, clouds.cloud.mail)


def test_a_report_is_an_event_grid_event_and_spells_its_time_in_either_way():
    found = [event(Accepted(f"{digit}0000000", 0, b"", a_mail()), "ana@contoso.example") for digit in "12"]

    assert {"id", "topic", "subject", "data", "eventType", "dataVersion", "metadataVersion", "eventTime"} == set(
        found[0]
    )
    assert found[0]["eventType"] == "Microsoft.Communication.EmailDeliveryReportReceived"
    assert found[0]["subject"] == "sender/donotreply@simulated.example/message/10000000"
    assert found[0]["data"]["messageId"] == "10000000"
    assert [[name for name in one["data"] if "timestamp" in name.lower()] for one in found] == [
        ["deliveryAttemptTimeStamp"],
        ["deliveryAttemptTimestamp"],
    ]


def test_a_report_may_be_a_cloud_event(tmp_path):
    [found] = reports(tmp_path, receipts_as="cloud_events")

    assert {"specversion", "id", "source", "subject", "type", "time", "data"} == set(found)
    assert (found["specversion"], found["type"]) == ("1.0", "Microsoft.Communication.EmailDeliveryReportReceived")
    assert found["data"]["recipient"] == "ana@contoso.example"


def test_reports_may_come_in_either_schema(tmp_path):
    found = reports(tmp_path, 40, receipts_as="either")

    assert {"specversion" in one for one in found} == {True, False}


def test_reports_may_come_twice(tmp_path):
    found = reports(tmp_path, 3, receipts_doubled=True)

    assert len(found) == 6
    assert len({one["id"] for one in found}) == 3


@pytest.mark.parametrize("shuffled", [False, True])
def test_reports_come_in_the_order_of_the_mails_unless_they_are_shuffled(tmp_path, shuffled):
    clouds = Clouds(tmp_path, tenants=1, mail=json.dumps({"receipts_shuffled": shuffled}))
    sent = [json.loads(send(clouds).body)["id"] for _ in range(20)]

    found = [one["data"]["messageId"] for one in events(clouds.cloud.mail.fresh, clouds.cloud.mail)]

    assert sorted(found) == sorted(sent)
    assert (found == sent) is not shuffled


def test_foreign_events_come_beside_them_as_other_kinds_and_of_other_senders(tmp_path):
    found = reports(tmp_path, 30, receipts_foreign=1)

    kinds = [one["eventType"] for one in found]
    senders = [one["data"].get("sender") for one in found]
    assert len(found) == 60
    assert "Microsoft.Communication.EmailEngagementTrackingReportReceived" in kinds
    assert "shop@elsewhere.example" in senders
    assert senders.count("donotreply@simulated.example") == 30


def test_a_mail_taken_twice_is_reported_on_twice(tmp_path):
    clouds = Clouds(tmp_path, tenants=1, mail='{"same_id": "twice"}')
    for _ in range(2):
        send(clouds, "8b4f9a52-7c1d-4c7e-9a56-0d9a6a3f2b11")

    assert len(events(clouds.cloud.mail.fresh, clouds.cloud.mail)) == 2
