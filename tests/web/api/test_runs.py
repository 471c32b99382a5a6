"""Runs over HTTP: requesting, reading and stopping one."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from sspr_core.model.delivery import DeliveryState
from sspr_core.model.ids import Scope
from sspr_core.model.run import RunId, RunState
from sspr_core.model.sending import SendingLimits
from sspr_core.ports.services import Services
from sspr_core.runs import queries
from sspr_core.runs.triggers import note_foreign
from sspr_core.web.api import runs
from tests.fakes.mailing import MemoryNudges, MemoryRuns
from tests.graph_rows import guid
from tests.runs.delivery_builders import HOUR, RUN, a_delivery
from tests.snapshot.snapshot_env import CONTOSO
from tests.web.web_env import (
    NOW,
    OPERATOR,
    UNKNOWN,
    a_populated_world,
    begins_again,
    principal,
    read_just_now,
    visiting,
)

RUNS = "/api/v1/runs"
OF = f"{RUNS}/{RUN}"


@pytest.fixture
async def services() -> Services:
    """Contoso was read just now: Ana and Ben are registered, Dee is not."""
    services = await a_populated_world()
    read_just_now(services)
    return services


def asked(**said: Any) -> dict[str, Any]:
    usual = {"tenant_ids": [CONTOSO], "filter": {"to_register": True}, "template": "register_now"}
    return {name: value for name, value in {**usual, **said}.items() if value is not None}


def runs_of(services: Services) -> MemoryRuns:
    assert isinstance(services.post.runs, MemoryRuns)
    return services.post.runs


async def test_an_accepted_run_is_answered_with_its_address_its_times_and_whom_it_leaves_out(
    services: Services, operator: httpx.AsyncClient
) -> None:
    answer = await operator.post(RUNS, json=asked(filter={}))

    told = answer.json()
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"{RUNS}/{told['run_id']}"
    assert (told["state"], told["recipient_count"], told["created_by_name"]) == ("queued", 1, "olga@partner.example")
    assert told["left_out_by_reason"] == {"registered_meanwhile": 2}
    assert [(one["display_name"], one["reason"]) for one in told["left_out"]] == [
        ("Ana", "registered_meanwhile"),
        ("Ben", "registered_meanwhile"),
    ]
    assert told["first_send_at"] == told["last_send_at"]
    assert RunId(told["run_id"]) in runs_of(services).rows
    assert (await operator.get(f"{RUNS}/{told['run_id']}")).json()["state"] == "queued"


async def test_users_are_chosen_by_id_too(operator: httpx.AsyncClient) -> None:
    body = asked(filter=None, user_ids=[guid("dee").upper(), UNKNOWN])

    told = (await operator.post(RUNS, json=body)).json()

    assert told["recipient_count"] == 1
    assert [(one["user_id"], one["reason"]) for one in told["left_out"]] == [(UNKNOWN, "unknown")]


async def test_the_same_request_under_the_same_key_is_answered_with_the_same_run(operator: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "monday's"}

    first = await operator.post(RUNS, json=asked(), headers=key)
    again = await operator.post(RUNS, json=asked(language=None), headers=key)
    other = await operator.post(RUNS, json=asked(template="reminder"), headers=key)

    assert (first.status_code, again.status_code) == (202, 202)
    of_now = {name: again.json()[name] for name in ("counted_at", "eta_at")}
    assert again.json() == first.json() | of_now | {"left_out": None}
    assert (other.status_code, other.json()["field"]) == (422, "Idempotency-Key")


async def test_a_dry_run_says_who_gets_what_and_writes_nothing(services: Services, operator: httpx.AsyncClient) -> None:
    before = dict(runs_of(services).rows)

    answer = await operator.post(RUNS, json=asked(dry_run=True, filter={}), headers={"Idempotency-Key": "k"})

    told = answer.json()
    assert answer.status_code == 200
    assert [(one["display_name"], one["address"]) for one in told["recipients"]] == [("Dee", "dee@contoso.example")]
    assert [(one["language"], one["recipient_count"]) for one in told["mails"]] == [("en", 1)]
    assert (told["left_out_by_reason"], told["refusal"]) == ({"registered_meanwhile": 2}, None)
    assert (runs_of(services).rows, runs_of(services).keys) == (before, {})


async def test_a_dry_run_is_never_refused_but_says_that_the_run_would_be(operator: httpx.AsyncClient) -> None:
    answer = await operator.post(RUNS, json=asked(dry_run=True, filter={"registration": "registered"}))

    assert answer.status_code == 200
    assert answer.json()["refusal"]["code"] == "nobody_to_send_to"


async def test_a_sample_goes_to_the_callers_own_address(services: Services) -> None:
    olga = principal("Operator", email="olga.mailbox@partner.example", name="Olga Silva")

    async with visiting(services, **olga) as client:
        told = (await client.post(RUNS, json=asked(test_to_me=True, filter=None))).json()

    (to,) = await services.post.runs.recipients(RunId(told["run_id"]), 0)
    assert (to.address, to.display_name) == ("olga.mailbox@partner.example", "Olga Silva")
    assert (told["test"], told["left_out"]) == (True, [])


async def test_the_name_one_signs_in_with_does_where_no_mailbox_is_told(
    services: Services, operator: httpx.AsyncClient
) -> None:
    told = (await operator.post(RUNS, json=asked(test_to_me=True))).json()

    assert (await services.post.runs.recipients(RunId(told["run_id"]), 0))[0].address == "olga@partner.example"


async def test_who_has_no_address_gets_no_sample(services: Services) -> None:
    async with visiting(services, **principal("Operator", preferred_username="a program")) as client:
        answer = await client.post(RUNS, json=asked(test_to_me=True))

    assert (answer.status_code, answer.json()["field"]) == (422, "test_to_me")


@pytest.mark.parametrize(
    ("numbers", "filter_", "code"),
    [
        (SendingLimits(), {"registration": "registered"}, "nobody_to_send_to"),
        (SendingLimits(longest_run=timedelta(seconds=1)), {"to_register": True}, "too_long"),
    ],
)
async def test_a_refused_run_says_why(numbers: SendingLimits, filter_: dict[str, Any], code: str) -> None:
    services = await a_populated_world(numbers)
    read_just_now(services)

    async with visiting(services, **OPERATOR) as client:
        answer = await client.post(RUNS, json=asked(filter=filter_))

    assert (answer.status_code, answer.json()["code"]) == (409, code)


async def test_where_sending_is_off_runs_are_refused_and_what_was_is_still_shown(services: Services) -> None:
    services = replace(services, post=replace(services.post, mailer=None))

    async with visiting(services, **OPERATOR) as client:
        answer, shown = await client.post(RUNS, json=asked()), await client.get(OF)
        sample = await client.post(RUNS, json=asked(filter=None, test_to_me=True))

    for refused in (answer, sample):
        assert (refused.status_code, refused.json()["code"]) == (409, "no_mail_service")
        assert "Sending is off" in refused.json()["detail"]
    assert shown.status_code == 200


@pytest.mark.parametrize(
    ("what", "off", "code"),
    [
        ("resume", True, "no_mail_service"),
        ("retry-failed", True, "no_mail_service"),
        ("pause", True, "not_possible"),
        ("resume", False, "not_possible"),
    ],
)
async def test_what_is_refused_because_sending_is_off_has_the_code_of_that(
    services: Services, what: str, off: bool, code: str
) -> None:
    services = replace(services, post=replace(services.post, mailer=None)) if off else services

    async with visiting(services, **OPERATOR) as client:
        answer = await client.post(f"{OF}/{what}")

    assert (answer.status_code, answer.json()["code"]) == (409, code)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"filter": None}, "user_ids"),
        ({"user_ids": [guid("dee")]}, "user_ids"),
        ({"filter": None, "user_ids": ["dee"]}, "user_ids"),
        ({"filter": None, "user_ids": [guid(f"u{one}") for one in range(1_001)]}, "user_ids"),
        ({"tenant_ids": []}, "tenant_ids"),
        ({"tenant_ids": ["contoso"]}, "tenant_ids"),
        ({"template": "poem"}, "template"),
        ({"language": "tlh"}, "language"),
        ({"not_before": "tomorrow"}, "not_before"),
        ({"not_before": "2026-11-30T07:00:00"}, "not_before"),
        ({"not_before": (NOW + timedelta(days=40)).isoformat(timespec="seconds")}, "not_before"),
        ({"dry_run": "yes"}, "dry_run"),
        ({"colour": "red"}, "colour"),
        ({"filter": {"colour": "red"}}, "filter"),
    ],
)
async def test_a_bad_value_is_422_and_named(operator: httpx.AsyncClient, said: dict[str, Any], field: str) -> None:
    answer = await operator.post(RUNS, json=asked(**said))

    assert answer.status_code == 422, answer.text
    assert answer.json()["field"] == field


@pytest.mark.parametrize("key", ["", "k" * 201])
async def test_so_is_a_bad_key(operator: httpx.AsyncClient, key: str) -> None:
    answer = await operator.post(RUNS, json=asked(), headers={"Idempotency-Key": key})

    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")


@pytest.mark.parametrize("doing", ["", f"/{RUN}/pause", f"/{RUN}/resume", f"/{RUN}/cancel", f"/{RUN}/retry-failed"])
async def test_readers_look_and_do_nothing(services: Services, reader: httpx.AsyncClient, doing: str) -> None:
    answer = await reader.post(RUNS + doing, json=asked() if not doing else {})

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_runs_are_listed_newest_first_page_by_page(operator: httpx.AsyncClient, services: Services) -> None:
    new = (await operator.post(RUNS, json=asked())).json()["run_id"]

    first = (await operator.get(RUNS, params={"limit": 1})).json()
    second = (await operator.get(RUNS, params={"limit": 1, "continuation": first["continuation"]})).json()

    assert [one["run_id"] for one in first["items"] + second["items"]] == [new, RUN]
    assert second["continuation"] is None
    assert second["items"][0]["counts"]["delivered"] == 1


async def test_a_run_shows_its_deliveries_by_state_as_they_are_now(
    services: Services, reader: httpx.AsyncClient
) -> None:
    begins_again(services)

    told = (await reader.get(OF)).json()

    assert (told["state"], told["counts"]["delivered"], told["counts"]["pending"], told["counts"]["failed"]) == (
        "sending",
        1,
        1,
        0,
    )
    assert told["eta_at"] is not None
    assert (told["in_doubt_count"], told["in_flight_count"]) == (0, 0)


async def test_deliveries_are_filtered_and_come_page_by_page(reader: httpx.AsyncClient) -> None:
    failed = (await reader.get(f"{OF}/deliveries", params={"state": "failed"})).json()
    first = (await reader.get(f"{OF}/deliveries", params={"limit": 1})).json()
    second = (await reader.get(f"{OF}/deliveries", params={"limit": 1, "continuation": first["continuation"]})).json()

    assert [(one["display_name"], one["reason"]) for one in failed["items"]] == [("Ben", "InvalidAddress")]
    assert sorted(one["display_name"] for one in first["items"] + second["items"]) == ["Ana", "Ben"]
    assert second["continuation"] is None


async def test_messages_that_were_none_of_ours_are_told_beside_the_runs(
    services: Services, reader: httpx.AsyncClient
) -> None:
    nothing = (await reader.get(RUNS)).json()["foreign_messages"]
    await note_foreign(services.post.runs, "delivery-reports", "no JSON", now=datetime(2026, 11, 24, tzinfo=UTC))

    told = (await reader.get(RUNS)).json()["foreign_messages"]

    assert nothing == {"counts_by_queue": {}, "last_at": None}
    assert told == {"counts_by_queue": {"delivery-reports": 1}, "last_at": "2026-11-24T00:00:00Z"}


async def test_a_continuation_of_another_list_is_refused(reader: httpx.AsyncClient) -> None:
    following = (await reader.get(f"{OF}/deliveries", params={"limit": 1})).json()["continuation"]

    for path in (f"{OF}/deliveries?state=failed&continuation=", f"{RUNS}?continuation="):
        answer = await reader.get(path + following)
        assert (answer.status_code, answer.json()["field"]) == (422, "continuation")


async def test_deliveries_come_as_a_file_too(reader: httpx.AsyncClient) -> None:
    answer = await reader.get(f"{OF}/deliveries", params={"format": "csv", "state": "failed"})

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert f'filename="sspr-run-{RUN}-deliveries.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [(row["display_name"], row["state"]) for row in rows] == [("Ben", "failed")]


async def test_a_file_has_no_pages(reader: httpx.AsyncClient) -> None:
    answer = await reader.get(f"{OF}/deliveries", params={"format": "csv", "continuation": "x"})

    assert (answer.status_code, answer.json()["field"]) == (422, "continuation")


async def test_the_outcome_says_who_registered_after_their_mail(reader: httpx.AsyncClient) -> None:
    told = (await reader.get(f"{OF}/outcome")).json()

    assert (told["mailed_count"], told["looked_at_count"]) == (1, 1)
    assert [one["days"] for one in told["by_day"]] == [1, 3, 7, 14, 30]


@pytest.mark.parametrize(
    ("doing", "before", "after"),
    [
        ("pause", RunState.SENDING, "paused"),
        ("resume", RunState.PAUSED, "sending"),
        ("cancel", RunState.SENDING, "cancelled"),
        ("retry-failed", RunState.FINISHED_WITH_FAILURES, "expanding"),
    ],
)
async def test_an_operator_stops_a_run_and_has_it_go_on(
    services: Services, operator: httpx.AsyncClient, doing: str, before: RunState, after: str
) -> None:
    if before is not RunState.FINISHED_WITH_FAILURES:
        begins_again(services, before)

    answer = await operator.post(f"{OF}/{doing}")

    assert (answer.status_code, answer.json()["state"]) == (200, after), answer.text
    assert runs_of(services).rows[RUN].state == after


async def test_a_pause_tells_what_may_still_be_taken_also_of_a_large_run(
    services: Services, operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MOST_COUNTED", 0)
    begins_again(services)
    cas = a_delivery("cas", state=DeliveryState.CLAIMED, doubt_since=NOW, posted_at=NOW, due_at=NOW + HOUR)
    await services.post.deliveries.insert([cas])

    told = (await operator.post(f"{OF}/pause")).json()

    assert (told["state"], told["in_flight_count"], told["in_doubt_count"]) == ("paused", 1, 0)


@pytest.mark.parametrize("unsure_too", [True, False])
async def test_what_may_arrive_twice_is_tried_again_only_when_asked_for(
    services: Services, operator: httpx.AsyncClient, unsure_too: bool
) -> None:
    await operator.post(f"{OF}/retry-failed", json={"unsure_too": unsure_too})

    assert runs_of(services).rows[RUN].unsure_too is unsure_too
    send_queue = services.post.send_queue
    assert isinstance(send_queue, MemoryNudges)
    assert [one.run_id for one in send_queue.messages.values()] == [RUN]


@pytest.mark.parametrize("doing", ["pause", "resume", "cancel"])
async def test_a_run_that_is_over_cannot_be_stopped(operator: httpx.AsyncClient, doing: str) -> None:
    answer = await operator.post(f"{OF}/{doing}")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_possible")
    assert "finished" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["", "/deliveries", "/outcome"])
async def test_a_run_that_nobody_knows_is_404_and_what_is_no_id_422(reader: httpx.AsyncClient, path: str) -> None:
    assert (await reader.get(f"{RUNS}/{'0' * 14}{path}")).status_code == 404
    assert (await reader.get(f"{RUNS}/latest{path}")).json()["field"] == "run_id"


async def test_a_run_with_a_tenant_outside_the_callers_scope_does_not_exist_for_them(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    for routes in (runs, runs):
        monkeypatch.setattr(routes, "scope_of", lambda _: Scope(tenants=frozenset()))

    async with visiting(services, **OPERATOR) as client:
        gets = [await client.get(OF + path) for path in ("", "/deliveries", "/deliveries?format=csv", "/outcome")]
        posts = [await client.post(f"{OF}/{doing}") for doing in ("pause", "resume", "cancel", "retry-failed")]
        listed = await client.get(RUNS)
        new = await client.post(RUNS, json=asked())

    assert {one.status_code for one in (*gets, *posts, new)} == {404}
    assert (listed.json()["items"], listed.json()["continuation"]) == ([], None)
