"""The simulated mail service's rules."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from dev.cloud.http import Response
from dev.cloud.mail import receipt_status
from tests.dev.clouds import Clouds


def a_mail(to: str = "ana@contoso.example") -> dict[str, Any]:
    return {
        "senderAddress": "donotreply@simulated.example",
        "content": {"subject": "Register", "plainText": "…"},
        "recipients": {"to": [{"address": to, "displayName": "Ana"}]},
    }


def a_file(**said: str) -> dict[str, str]:
    return {"name": "chart.png", "contentType": "image/png", "contentInBase64": "iVBORw0KGgo=", **said}


def send(clouds: Clouds, operation_id: str | None = None, mail: Any = None) -> Response:
    headers = clouds.mail_headers() | ({"operation-id": operation_id} if operation_id else {})
    return clouds.ask("POST", "/emails:send?api-version=2025-03-31", content=mail or a_mail(), headers=headers)


def operation(clouds: Clouds, operation_id: str) -> tuple[int, Any]:
    answer = clouds.ask(
        "GET", f"/emails/operations/{operation_id}?api-version=2025-03-31", headers=clouds.mail_headers()
    )
    return answer.status, json.loads(answer.body)


def code(answer: Response) -> tuple[int, str]:
    assert answer.headers["x-ms-error-code"] == json.loads(answer.body)["error"]["code"]
    return answer.status, answer.headers["x-ms-error-code"]


def address_that(status: str) -> str:
    return next(one for n in range(10_000) if receipt_status(one := f"user{n}@contoso.example") == status)


@pytest.fixture
def clouds(tmp_path: Path) -> Clouds:
    return Clouds(tmp_path, tenants=1, lookup_lag=0)


def test_a_mail_is_accepted_with_an_operation_to_look_at_and_lies_in_the_mailbox(clouds):
    begun = datetime.now(UTC)
    answer = send(clouds)
    operation_id = json.loads(answer.body)["id"]

    assert (answer.status, json.loads(answer.body)["status"]) == (202, "Running")
    assert operation_id in answer.headers["Operation-Location"]
    [taken] = clouds.control("GET", "mailbox")
    assert (taken["operation_id"], taken["message"]) == (operation_id, a_mail())
    assert taken["recipients"] == ["ana@contoso.example"]
    assert [one for one in taken["accepted_at"] if not begun <= datetime.fromisoformat(one) <= datetime.now(UTC)] == []
    assert len(taken["accepted_at"]) == 1


def test_the_same_request_with_the_same_operation_id_is_one_mail(clouds):
    operation_id = str(uuid4())

    assert [send(clouds, operation_id).status for _ in range(3)] == [202, 202, 202]
    assert len(clouds.control("GET", "mailbox")) == 1


def test_another_request_with_the_same_operation_id_is_refused(clouds):
    operation_id = str(uuid4())
    send(clouds, operation_id)

    assert code(send(clouds, operation_id, a_mail("bo@contoso.example"))) == (400, "OperationIdReused")


def test_without_an_operation_id_every_request_is_a_mail(clouds):
    send(clouds)
    send(clouds)

    assert len(clouds.control("GET", "mailbox")) == 2


@pytest.mark.parametrize(
    "mail",
    [
        {},
        a_mail() | {"recipients": {"to": []}},
        a_mail() | {"recipients": {}},
        a_mail() | {"content": {}},
        {name: value for name, value in a_mail().items() if name != "senderAddress"},
        a_mail() | {"senderAddress": '"Partner" <donotreply@simulated.example>'},
        a_mail() | {"senderAddress": "donotreply"},
        a_mail() | {"attachments": [{"name": "a.csv", "contentType": "text/csv"}]},
        a_mail() | {"attachments": [a_file() | {"contentInBase64": "no base 64"}]},
        a_mail() | {"attachments": [a_file() | {"contentInBase64": ""}]},
        a_mail() | {"attachments": [a_file(contentId="chart"), a_file(contentId="chart")]},
        [1],
    ],
)
def test_a_mail_that_does_not_fit_the_contract_is_refused(clouds, mail):
    answer = clouds.ask("POST", "/emails:send", content=mail, headers=clouds.mail_headers())

    assert code(answer) == (400, "BadRequest")


def test_files_and_pictures_come_with_a_mail(clouds):
    mail = a_mail() | {"attachments": [a_file(contentId="chart"), a_file(), a_file()]}

    assert send(clouds, mail=mail).status == 202

    [taken] = clouds.control("GET", "mailbox")
    assert taken["message"] == mail


def test_a_request_of_more_than_ten_megabytes_is_not_taken(clouds):
    large = a_file(contentInBase64="AAAA" * 2_700_000)

    assert code(send(clouds, mail=a_mail() | {"attachments": [large]})) == (413, "RequestEntityTooLarge")


def test_an_operation_id_that_is_no_uuid_is_refused(clouds):
    assert code(send(clouds, "first")) == (400, "BadRequest")


def test_just_after_it_was_accepted_an_operation_is_not_known_yet(tmp_path):
    clouds = Clouds(tmp_path, tenants=1, lookup_lag=60)
    operation_id = json.loads(send(clouds).body)["id"]

    assert operation(clouds, operation_id)[0] == 404


@pytest.mark.parametrize(("becomes", "status"), [("Delivered", "Succeeded"), ("Bounced", "Succeeded")])
def test_an_operation_succeeds_when_the_mail_left_the_house(clouds, becomes, status):
    operation_id = json.loads(send(clouds, mail=a_mail(address_that(becomes))).body)["id"]

    assert operation(clouds, operation_id) == (200, {"id": operation_id, "status": status, "error": None})


def test_an_operation_fails_with_a_reason_when_it_did_not(clouds):
    operation_id = json.loads(send(clouds, mail=a_mail(address_that("Failed"))).body)["id"]

    status, content = operation(clouds, operation_id)

    assert (status, content["status"], content["error"]["code"]) == (200, "Failed", "EmailDropped")


def test_an_operation_nobody_began_is_not_known(clouds):
    assert operation(clouds, str(uuid4()))[0] == 404


@pytest.mark.parametrize(("quota", "longest"), [("mail_per_minute", 61), ("mail_per_hour", 3601)])
def test_over_its_quota_the_service_refuses_and_says_how_long(tmp_path, quota, longest):
    clouds = Clouds(tmp_path, tenants=1, **{quota: 2})

    answers = [send(clouds) for _ in range(3)]

    assert [one.status for one in answers] == [202, 202, 429]
    assert longest - 5 < int(answers[-1].headers["Retry-After"]) <= longest
    assert len(clouds.control("GET", "mailbox")) == 2


def test_repeating_an_accepted_mail_costs_no_quota(tmp_path):
    clouds, operation_id = Clouds(tmp_path, tenants=1, mail_per_minute=2), str(uuid4())

    assert [send(clouds, operation_id).status for _ in range(4)] == [202] * 4


def test_nobody_sends_without_a_signature_or_a_token(clouds):
    assert code(clouds.ask("POST", "/emails:send", content=a_mail())) == (401, "Denied")


@pytest.mark.parametrize(
    "scope", ["https://graph.microsoft.com/.default", "https://communication.azure.com.evil/.default"]
)
def test_a_token_for_another_service_sends_nothing(clouds, scope):
    assert (
        code(clouds.ask("POST", "/emails:send", content=a_mail(), headers=clouds.mail_headers(scope=scope)))[0] == 401
    )


def test_a_customers_token_sends_nothing_on_the_partners_account(clouds):
    headers = clouds.mail_headers(clouds.tenant_ids[0])

    assert code(clouds.ask("POST", "/emails:send", content=a_mail(), headers=headers)) == (401, "Denied")


@pytest.mark.parametrize(("method", "path"), [("GET", "/emails:send"), ("DELETE", "/emails/operations/1")])
def test_a_method_that_an_address_does_not_have_is_405(clouds, method, path):
    assert code(clouds.ask(method, path, headers=clouds.mail_headers())) == (405, "MethodNotAllowed")


@pytest.mark.parametrize(
    ("status", "error"),
    [(429, "TooManyRequests"), (500, "InternalServerError"), (403, "Forbidden"), (422, "BadRequest")],
)
def test_a_fault_looks_like_the_mail_services_own(clouds, status, error):
    clouds.control("POST", "faults", {"path": "/emails", "status": status, "retry_after": 9})

    answer = send(clouds)

    assert code(answer) == (status, error)
    assert answer.headers["Retry-After"] == "9"


def test_what_becomes_of_a_mail_depends_on_the_address_alone():
    statuses = [receipt_status(f"user{number}@contoso.example") for number in range(2_000)]

    assert statuses == [receipt_status(f"user{number}@contoso.example") for number in range(2_000)]
    assert set(statuses) == {"Delivered", "Bounced", "Suppressed", "Quarantined", "FilteredSpam", "Failed"}
    assert statuses.count("Delivered") > 1_800
