"""The simulated mail service's failure modes, set at start or later."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.dev.clouds import Clouds
from tests.dev.test_cloud_mail import a_mail, code, operation, send


@pytest.fixture
def clouds(tmp_path: Path) -> Clouds:
    return Clouds(tmp_path, tenants=1, lookup_lag=0)


def told(clouds: Clouds, **modes: Any) -> Any:
    return clouds.control("POST", "mail", modes)


def times_accepted(clouds: Clouds, operation_id: str) -> int:
    mailbox = {one["operation_id"]: one for one in clouds.control("GET", "mailbox")}
    return len(mailbox[operation_id]["accepted_at"]) if operation_id in mailbox else 0


def test_modes_are_told_one_by_one_and_the_others_stay(clouds):
    told(clouds, same_id="twice")
    told(clouds, lookup_lag=7)

    modes = clouds.control("GET", "mail")

    assert (modes["same_id"], modes["lookup_lag"], modes["fail_before"]) == ("twice", 7, 0)


@pytest.mark.parametrize(
    ("sender", "answer"),
    [
        ("security@partner.example", None),
        ("Security@Partner.example", None),
        ("<security@partner.example>", None),
        ("it@partner.example", (400, "InvalidSenderUserName")),
        ("donotreply@simulated.example", (404, "DomainNotLinked")),
    ],
)
def test_only_the_senders_of_its_linked_domains_are_taken(clouds, sender, answer):
    told(clouds, senders=["security@partner.example"])

    found = send(clouds, mail=a_mail() | {"senderAddress": sender})

    assert (found.status == 202) if answer is None else (code(found) == answer)


def test_a_blocked_subscription_takes_nothing_with_whatever_status(clouds):
    told(clouds, refusal={"status": 403, "code": "SubscriptionBlocked"})

    assert code(send(clouds)) == (403, "SubscriptionBlocked")
    assert clouds.control("GET", "mailbox") == []


def test_modes_may_be_there_from_the_start(tmp_path):
    clouds = Clouds(tmp_path, tenants=1, mail_per_hour=9, mail='{"same_id": "reject"}')

    modes = clouds.control("GET", "mail")

    assert (modes["same_id"], modes["per_hour"]) == ("reject", 9)


@pytest.mark.parametrize("wrong", [{"same_id": "ignore"}, {"fail_before": 2}, {"nonsense": 1}, {"lookup_lag": -1}, [1]])
def test_a_mode_that_does_not_exist_is_refused_and_changes_nothing(clouds, wrong):
    before = clouds.control("GET", "mail")

    assert clouds.ask("POST", "/_sim/mail", content=wrong).status == 400
    assert clouds.control("GET", "mail") == before


@pytest.mark.parametrize(("same_id", "answer", "times"), [("dedup", 202, 1), ("reject", 400, 1), ("twice", 202, 2)])
def test_the_same_mail_again_is_known_or_refused_or_a_second_one(clouds, same_id, answer, times):
    told(clouds, same_id=same_id)
    operation_id = str(uuid4())

    assert [send(clouds, operation_id).status for _ in range(2)] == [202, answer]
    assert times_accepted(clouds, operation_id) == times


def test_what_is_forgotten_is_not_found_and_taken_again(clouds):
    operation_id = str(uuid4())
    send(clouds, operation_id)
    told(clouds, forget_after=0, same_id="reject")

    assert operation(clouds, operation_id)[0] == 404
    assert send(clouds, operation_id).status == 202
    assert times_accepted(clouds, operation_id) == 2


@pytest.mark.parametrize(("running_for", "word", "ask_again"), [(60, "Running", "3"), (0, "Succeeded", None)])
def test_what_became_of_a_mail_may_take_a_while_to_be_known(clouds, running_for, word, ask_again):
    told(clouds, running_for=running_for)
    operation_id = str(uuid4())
    send(clouds, operation_id)

    answer = clouds.ask("GET", f"/emails/operations/{operation_id}", headers=clouds.mail_headers())

    assert (json.loads(answer.body)["status"], answer.headers.get("retry-after")) == (word, ask_again)


@pytest.mark.parametrize(
    ("mode", "status", "times"),
    [("fail_before", 500, 0), ("fail_after_accepting", 500, 1), ("drop_before", 0, 0), ("drop_after_accepting", 0, 1)],
)
def test_trouble_comes_before_the_mail_is_taken_or_after(clouds, mode, status, times):
    told(clouds, **{mode: 1})
    operation_id = str(uuid4())

    answer = send(clouds, operation_id)

    assert (answer.status, answer.drop) == (status, status == 0)
    assert times_accepted(clouds, operation_id) == times


def test_trouble_is_thrown_by_dice_that_fall_alike_for_the_same_seed(tmp_path):
    def statuses() -> list[int]:
        clouds = Clouds(tmp_path, tenants=1, seed=5, mail='{"fail_before": 0.3, "drop_after_accepting": 0.2}')
        return [send(clouds).status for _ in range(200)]

    found = statuses()

    assert found == statuses()
    assert 40 < found.count(500) < 80
    assert 15 < found.count(0) < 45


def test_slow_answers_and_mails_taken_late_cost_time_not_the_mail(clouds):
    told(clouds, accept_after=30, answer_after=70)
    operation_id, begun = str(uuid4()), datetime.now(UTC)

    answer = send(clouds, operation_id)

    assert (answer.status, answer.after) == (202, 100)
    [taken] = clouds.control("GET", "mailbox")
    at = datetime.fromisoformat(taken["accepted_at"][0])
    assert timedelta(seconds=30) <= at - begun < timedelta(seconds=35)
    assert operation(clouds, operation_id)[0] == 404  # until then


@pytest.mark.parametrize("wait", [None, 1, 600])
def test_so_many_sends_are_throttled_with_or_without_saying_how_long(clouds, wait):
    told(clouds, throttle={"count": 2, "retry_after": wait})

    answers = [send(clouds) for _ in range(3)]

    assert [one.status for one in answers] == [429, 429, 202]
    assert code(answers[0]) == (429, "TooManyRequests")
    assert answers[0].headers.get("Retry-After") == (None if wait is None else str(wait))


def test_windows_of_the_quota_may_be_shortened(clouds):
    told(clouds, per_minute=1, minute=0.0)

    assert [send(clouds).status for _ in range(3)] == [202, 202, 202]
    told(clouds, minute=10)
    answer = send(clouds)
    assert (answer.status, int(answer.headers["Retry-After"]) <= 11) == (429, True)


def test_every_send_that_reached_the_service_is_on_record_whatever_it_was_answered(clouds):
    told(clouds, throttle={"count": 1})
    clouds.control("POST", "faults", {"path": "/emails:send", "status": 503, "count": 1})
    operation_id = str(uuid4())
    for _ in range(3):
        send(clouds, operation_id)
    told(clouds, drop_after_accepting=1)
    send(clouds)
    operation(clouds, operation_id)

    posts = clouds.control("GET", "posts")

    assert [one["status"] for one in posts] == [503, 429, 202, 0]
    assert [one["operation_id"] for one in posts] == [operation_id] * 3 + [None]
    assert sorted(one["at"] for one in posts) == [one["at"] for one in posts]


def test_mailbox_and_record_can_be_emptied(clouds):
    operation_id = json.loads(send(clouds).body)["id"]

    assert clouds.control("DELETE", "mailbox") == clouds.control("DELETE", "posts") == []

    assert clouds.control("GET", "mailbox") == clouds.control("GET", "posts") == []
    assert operation(clouds, operation_id)[0] == 404
