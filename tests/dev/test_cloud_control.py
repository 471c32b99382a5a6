"""The simulated cloud's controls: moving time, adding faults, reading its state, and its recordings."""

import json
from pathlib import Path
from typing import Any

import pytest

from dev.cloud.life import advance
from tests.dev.clouds import BASE, REPORT, Clouds, problem

USERS = "users?$select=id,accountEnabled"
A_MAIL = {
    "senderAddress": "donotreply@simulated.example",
    "content": {"subject": "Hi"},
    "recipients": {"to": [{"address": "a@b.c"}]},
}


@pytest.fixture
def clouds(tmp_path: Path) -> Clouds:
    return Clouds(tmp_path, users=400, plain=True)


def registered(clouds: Clouds) -> set[str]:
    return {
        one["user"]["id"]
        for tenant in clouds.tenant_ids
        for one in clouds.control("GET", f"directory/{tenant}")["users"]
        if one["report"] and one["report"]["isSsprRegistered"]
    }


def test_as_days_go_by_people_register_join_and_leave_and_graph_says_so(clouds):
    tenant = clouds.tenant_ids[0]
    before, ids = registered(clouds), {one["id"] for one in clouds.rows(tenant, USERS)}

    clouds.control("POST", "advance", {"days": 30})

    after = {one["id"] for one in clouds.rows(tenant, USERS)}
    assert len(registered(clouds) - before) > 20
    assert after - ids
    assert ids - after


def test_time_is_as_deterministic_as_the_rest(tmp_path):
    clouds = [Clouds(tmp_path, users=100, seed=3) for _ in range(2)]
    for one in clouds:
        one.control("POST", "advance", {"days": 10})

    assert registered(clouds[0]) == registered(clouds[1])


def test_people_who_got_a_mail_are_likelier_to_register(tmp_path):
    mailed, left_alone = Clouds(tmp_path, users=600, plain=True), Clouds(tmp_path, users=600, plain=True)
    tenants = list(mailed.cloud.tenants.values())

    advance(tenants, 3, {person.mail for one in tenants for person in one.people if person.mail})
    left_alone.control("POST", "advance", {"days": 3})

    assert len(registered(mailed)) > len(registered(left_alone)) + 50


def test_a_change_flips_so_many_and_says_whom(clouds):
    tenant = clouds.tenant_ids[1]
    before = {row["id"]: row["isSsprRegistered"] for row in clouds.rows(tenant, REPORT)}

    changed = clouds.control("POST", "change", {"tenant": tenant, "users": 5})["changed"]

    after = {row["id"]: row["isSsprRegistered"] for row in clouds.rows(tenant, REPORT)}
    assert sorted(changed) == sorted(one for one in before if before[one] != after[one])
    assert len(changed) == 5


def test_a_tenant_falls_ill_and_is_healed(clouds):
    tenant = clouds.tenant_ids[0]

    clouds.control("POST", "ail", {"tenant": tenant, "special": "not_premium"})
    ill = clouds.graph(tenant, REPORT).status
    clouds.control("POST", "heal", {"tenant": tenant})

    assert (ill, clouds.graph(tenant, REPORT).status) == (403, 200)


def test_a_fault_comes_so_often_where_it_was_asked_for_and_nowhere_else(clouds):
    one, other = clouds.tenant_ids[:2]
    clouds.control("POST", "faults", {"tenant": one, "path": "users", "status": 503, "count": 2, "retry_after": 4})

    assert [clouds.graph(other, USERS).status, clouds.graph(one, REPORT).status] == [200, 200]
    answers = [clouds.graph(one, USERS) for _ in range(3)]
    assert [answer.status for answer in answers] == [503, 503, 200]
    assert (problem(answers[0])[1], answers[0].headers["Retry-After"]) == ("generalException", "4")


def test_a_fault_without_a_count_lasts_until_it_is_taken_away(clouds):
    tenant = clouds.tenant_ids[0]
    clouds.control("POST", "faults", {"status": 429})
    throttled = {clouds.ask_token(tenant).status for _ in range(20)}

    clouds.control("DELETE", "faults")

    assert (throttled, clouds.ask_token(tenant).status) == ({429}, 200)


def test_a_fault_of_the_token_endpoint_looks_like_entras_own_and_has_no_number(clouds):
    clouds.control("POST", "faults", {"path": "/token", "status": 503, "retry_after": 2})

    answer = clouds.ask_token(clouds.tenant_ids[0])
    content = json.loads(answer.body)

    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    assert (content["error"], content["error_codes"]) == ("temporarily_unavailable", [])
    assert "AADSTS" not in content["error_description"]


def test_a_fault_with_a_rate_meets_about_that_share(clouds):
    tenant = clouds.tenant_ids[0]
    clouds.control("POST", "faults", {"path": "/users", "status": 500, "rate": 0.3, "body": "html"})

    answers = [clouds.graph(tenant, USERS) for _ in range(300)]

    assert 60 < sum(answer.status == 500 for answer in answers) < 120
    assert {answer.content_type for answer in answers if answer.status == 500} == {"text/html"}


def test_statistics_count_what_was_asked_by_kind_and_tenant_until_they_are_cleared(clouds):
    one, other = clouds.tenant_ids[:2]
    clouds.graph(one, USERS)
    clouds.graph(one, REPORT)
    clouds.graph(other, "nothing")

    stats = clouds.control("GET", "stats")
    clouds.control("DELETE", "stats")

    assert stats["by_kind"] == {"token 200": 2, "users 200": 1, "userRegistrationDetails 200": 1, "nothing 404": 1}
    assert stats["by_tenant"] == {one: 3, other: 2}
    assert clouds.control("GET", "stats") == {"by_kind": {}, "by_tenant": {}}


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("GET", "nothing", None),
        ("POST", "stats", None),
        ("GET", "directory/nobody", None),
        ("POST", "heal", {"tenant": "nobody"}),
        ("POST", "change", {"tenant": "nobody", "users": 1}),
    ],
)
def test_a_control_that_does_not_exist_is_404(clouds, method, path, content):
    assert clouds.ask(method, f"/_sim/{path}", content=content).status == 404


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("faults", {}),
        ("faults", {"status": "much"}),
        ("faults", {"status": 200}),
        ("faults", {"status": 99}),
        ("faults", {"status": 500, "tenant": "nobody"}),
        ("faults", {"status": 500, "count": -1}),
        ("faults", {"status": 500, "rate": 0}),
        ("faults", {"status": 500, "rate": 1.5}),
        ("faults", {"status": 500, "retry_after": -1}),
        ("faults", {"status": 500, "body": "xml"}),
        ("faults", {"status": 500, "pathh": "users"}),
        ("advance", {}),
        ("advance", {"days": -1}),
        ("advance", {"days": 7, "hours": 1}),
        ("change", {"tenant": "?", "users": 1_000_000}),
        ("change", {"tenant": "?", "users": -1}),
        ("change", {"tenant": "?"}),
        ("faults", {"status": 401, "code": "AADSTS 7"}),
        ("grant", {"tenant": "?", "permissions": ["Everything.ReadWrite.All"]}),
        ("grant", {"tenant": "?"}),
        ("licence", {"tenant": "?", "stage": "forgotten"}),
        ("heal", {}),
        ("heal", {"tenant": "?", "special": "gone"}),
        ("ail", {"tenant": "?", "special": "tired"}),
        ("ail", {"tenant": "?"}),
    ],
)
def test_a_control_that_makes_no_sense_is_400_and_changes_nothing(clouds, path, content):
    tenant = clouds.tenant_ids[0]
    before = clouds.rows(tenant, REPORT)
    content = {name: tenant if value == "?" else value for name, value in content.items()}

    assert clouds.ask("POST", f"/_sim/{path}", content=content).status == 400
    assert clouds.rows(tenant, REPORT) == before


def recorded(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_every_exchange_is_a_line_with_both_bodies(tmp_path):
    clouds = Clouds(tmp_path, record=tmp_path / "lines", plain=True)
    tenant = clouds.tenant_ids[0]
    rows = clouds.rows(tenant, "users?$top=30&$select=id")
    clouds.ask("POST", "/emails:send?api-version=1", content=A_MAIL, headers=clouds.mail_headers())
    clouds.control("GET", "stats")

    token, users, _, mail = recorded(tmp_path / "lines")

    assert all(list(one) == ["method", "url", "status", "request_body", "response_body"] for one in (token, users))
    assert (users["method"], users["url"]) == ("GET", f"{BASE}/graph/v1.0/users?$top=30&$select=id")
    assert (users["status"], users["request_body"], users["response_body"]["value"]) == (200, None, rows)
    assert (mail["method"], mail["request_body"], mail["response_body"]["status"]) == ("POST", A_MAIL, "Running")


def test_what_is_recorded_holds_no_secret_and_no_token(tmp_path):
    clouds = Clouds(tmp_path, record=tmp_path / "lines")
    tenant = clouds.tenant_ids[0]
    clouds.graph(tenant, USERS)
    clouds.ask_token(tenant, client_secret="hunter2")  # a wrong secret must stay secret, too

    text = (tmp_path / "lines").read_text()

    assert not [word for word in (clouds.cloud.client_secret, "hunter2", "access_token", "eyJ") if word in text]
    assert [one["status"] for one in recorded(tmp_path / "lines")] == [200, 200, 401]


def test_a_page_that_is_no_json_is_recorded_without_its_body(tmp_path):
    clouds = Clouds(tmp_path, record=tmp_path / "lines")
    tenant = clouds.tenant_ids[0]
    clouds.control("POST", "faults", {"path": "/users", "status": 502, "body": "html"})
    clouds.graph(tenant, USERS)

    assert [(one["status"], one["response_body"]) for one in recorded(tmp_path / "lines")][-1] == (502, None)


def test_a_second_cloud_adds_to_the_record_of_the_first(tmp_path):
    for _ in range(2):
        clouds = Clouds(tmp_path, record=tmp_path / "lines")
        clouds.ask_token(clouds.tenant_ids[0])

    assert len(recorded(tmp_path / "lines")) == 2
