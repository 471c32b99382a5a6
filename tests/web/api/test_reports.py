"""Scheduled reports over HTTP."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import httpx
import pytest

from sspr_core.model.delivery import DeliveryState, delivery_key
from sspr_core.model.report_plan import ReportState, ReportTrouble
from sspr_core.ports.services import Services
from sspr_core.report.prepare import id_of
from tests.builders import MONDAY
from tests.fakes.mailing import MemoryRuns
from tests.runs.delivery_builders import a_delivery
from tests.snapshot.snapshot_env import CONTOSO
from tests.web.web_env import ILL, UNKNOWN

ALL, ONE = "/api/v1/reports/all-tenants", f"/api/v1/tenants/{CONTOSO}/report"
PLAN = {
    "scheduled": True,
    "weekday": "monday",
    "hour": 8,
    "zone": "Europe/Berlin",
    "recipients": ["it@contoso.example"],
}


@pytest.mark.parametrize("path", [ALL, ONE])
async def test_a_plan_nobody_has_set_is_off(reader: httpx.AsyncClient, path: str) -> None:
    plan = (await reader.get(path)).json()

    assert (plan["scheduled"], plan["recipients"], plan["set_by"], plan["next_due_at"]) == (False, [], None, None)
    assert (plan["problem"], plan["last_sent_at"], plan["not_delivered"]) == (None, None, [])


@pytest.mark.parametrize("path", [ALL, ONE])
async def test_a_plan_is_answered_as_it_was_set_with_who_set_it(operator: httpx.AsyncClient, path: str) -> None:
    saved = (await operator.put(path, json=PLAN | {"names": True, "attachments": ["xlsx"], "language": "de"})).json()

    assert saved == (await operator.get(path)).json() | {"next_due_at": saved["next_due_at"]}
    assert {name: saved[name] for name in PLAN} == PLAN
    assert (saved["names"], saved["attachments"], saved["language"]) == (True, ["xlsx"], "de")
    assert saved["set_by"] == "olga@partner.example"
    due_at = datetime.fromisoformat(saved["next_due_at"])
    assert (due_at.weekday(), due_at.hour) in {(0, 6), (0, 7)}  # summer and winter in Berlin


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (PLAN | {"weekday": "someday"}, "weekday"),
        (PLAN | {"day_of_month": 1}, "day_of_month"),
        (PLAN | {"weekday": None}, "weekday"),
        (PLAN | {"hour": 24}, "hour"),
        (PLAN | {"hour": "8"}, "hour"),
        (PLAN | {"zone": "Mars/Olympus"}, "zone"),
        (PLAN | {"recipients": []}, "recipients"),
        (PLAN | {"recipients": ["nobody"]}, "recipients"),
        (PLAN | {"recipients": ["a@b.example", "A@b.example"]}, "recipients"),
        (PLAN | {"recipients": [f"a{number}@b.example" for number in range(21)]}, "recipients"),
        (PLAN | {"language": "tlh"}, "language"),
        (PLAN | {"attachments": ["pdf"]}, "attachments"),
        (PLAN | {"attachments": ["csv", "csv"]}, "attachments"),
        (PLAN | {"colour": "red"}, "colour"),
    ],
)
async def test_what_cannot_be_set_is_422_with_its_field_and_is_not_written(
    operator: httpx.AsyncClient, content: dict[str, Any], field: str
) -> None:
    answer = await operator.put(ONE, json=content)

    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert (await operator.get(ONE)).json()["set_by"] is None


async def test_readers_look_and_operators_set_and_send(reader: httpx.AsyncClient) -> None:
    for path in (ALL, ONE):
        assert (await reader.put(path, json=PLAN)).status_code == 403
        assert (await reader.post(f"{path}/send-now")).status_code == 403
        assert (await reader.get(f"{path}/preview")).status_code == 200


async def test_of_a_tenant_nobody_knows_there_is_no_report(operator: httpx.AsyncClient) -> None:
    path = f"/api/v1/tenants/{UNKNOWN}/report"

    for answer in (
        await operator.get(path),
        await operator.put(path, json=PLAN),
        await operator.get(f"{path}/preview"),
        await operator.post(f"{path}/send-now"),
        await operator.get(f"{path}/sent"),
    ):
        assert answer.status_code == 404


async def test_a_preview_is_a_page_that_runs_nothing_and_sends_nothing(
    operator: httpx.AsyncClient, services: Services
) -> None:
    answer = await operator.get(f"{ONE}/preview")

    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "Contoso" in answer.text
    assert (await operator.get(f"{ONE}/sent")).json()["items"] == []
    assert isinstance(services.post.runs, MemoryRuns)
    assert services.post.runs.letters == {}


async def test_sent_now_it_is_a_run_to_the_recipients_once_per_key(operator: httpx.AsyncClient) -> None:
    await operator.put(ONE, json=PLAN)

    first = await operator.post(f"{ONE}/send-now", headers={"Idempotency-Key": "a"})
    again = await operator.post(f"{ONE}/send-now", headers={"Idempotency-Key": "a"})
    other = await operator.post(f"{ONE}/send-now")

    assert (first.status_code, first.json()["recipient_count"]) == (202, 1)
    assert again.json() == first.json() != other.json()
    run = (await operator.get(first.headers["location"])).json()
    assert (run["report"], run["test"], run["created_by_name"]) == (CONTOSO, False, "olga@partner.example")


async def test_the_same_key_for_another_report_is_another_report(operator: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "a"}
    for path in (ALL, ONE):
        await operator.put(path, json=PLAN)

    runs = [(await operator.post(f"{path}/send-now", headers=key)).json()["run_id"] for path in (ALL, ONE)]

    assert len(set(runs)) == 2
    assert (await operator.get(f"/api/v1/runs/{runs[0]}")).json()["report"] == "all-tenants"


async def test_without_recipients_it_is_refused_with_what_to_do(operator: httpx.AsyncClient) -> None:
    answer = await operator.post(f"{ONE}/send-now")

    assert (answer.status_code, answer.json()["code"]) == (409, "no_recipients")
    assert "Name at least one address." in answer.json()["detail"]


async def test_what_was_sent_is_listed_newest_first_page_by_page(operator: httpx.AsyncClient) -> None:
    await operator.put(ONE, json=PLAN)
    runs = [(await operator.post(f"{ONE}/send-now")).json()["run_id"] for _ in range(3)]

    first = (await operator.get(f"{ONE}/sent?limit=2")).json()
    rest = (await operator.get(f"{ONE}/sent?limit=2&continuation={first['continuation']}")).json()

    assert [one["run_id"] for one in first["items"] + rest["items"]] == runs[::-1]
    assert rest["continuation"] is None
    strange = await operator.get(f"/api/v1/tenants/{ILL}/report/sent?continuation={first['continuation']}")
    assert (strange.status_code, strange.json()["field"]) == (422, "continuation")


async def test_the_figures_sent_are_those_of_the_tenant_when_it_was_sent(operator: httpx.AsyncClient) -> None:
    await operator.put(ONE, json=PLAN)
    run = (await operator.post(f"{ONE}/send-now")).json()["run_id"]

    whole = (await operator.get(f"{ONE}/sent/{run}")).json()
    tenant = (await operator.get(f"/api/v1/tenants/{CONTOSO}")).json()

    for name in ("coverage", "population_count", "registered_count", "to_register_count", "excluded_by_reason"):
        assert whole[name] == tenant[name]
    assert whole["single_method_count"] == tenant["attention"]["single_method_count"]
    assert (whole["all_tenants"], whole["due_at"], whole["late"]) == (None, None, False)
    assert [point for point in whole["course"] if point["population_count"]]


async def test_the_figures_over_all_are_the_overviews(operator: httpx.AsyncClient) -> None:
    await operator.put(ALL, json=PLAN)
    run = (await operator.post(f"{ALL}/send-now")).json()["run_id"]

    whole = (await operator.get(f"{ALL}/sent/{run}")).json()
    overview = (await operator.get("/api/v1/overview")).json()

    assert {name: whole[name] for name in ("coverage", "population_count", "to_register_count")} == {
        name: overview["totals"][name] for name in ("coverage", "population_count", "to_register_count")
    }
    assert whole["course"] == overview["course"]
    assert whole["all_tenants"]["tenants_by_lifecycle"] == overview["tenants_by_lifecycle"]
    assert [one["remedy"] for one in whole["all_tenants"]["failed"]] == [
        one["remedy"] for one in overview["completeness"]["failed"]
    ]


async def test_a_report_that_another_run_sent_is_not_found(operator: httpx.AsyncClient) -> None:
    await operator.put(ONE, json=PLAN)
    run = (await operator.post(f"{ONE}/send-now")).json()["run_id"]

    assert (await operator.get(f"{ONE}/sent/{'0' * 14}")).status_code == 404
    assert (await operator.get(f"{ONE}/sent/{'f' * 14}")).status_code == 404
    assert (await operator.get(f"{ALL}/sent/{run}")).status_code == 404


async def test_whose_address_did_not_take_the_last_report_is_told_on_the_plan(
    operator: httpx.AsyncClient, services: Services
) -> None:
    await operator.put(ONE, json=PLAN)
    run = (await operator.post(f"{ONE}/send-now")).json()["run_id"]
    user = id_of("it@contoso.example")
    row = a_delivery("it", run_id=run, user_id=user, key=delivery_key(CONTOSO, user), to_user=False)
    await services.post.deliveries.insert([replace(row, state=DeliveryState.BOUNCED, reason="550 no such user")])

    plan = (await operator.get(ONE)).json()
    page = (await operator.get(f"/p/tenants/{CONTOSO}/report")).text

    assert "it@contoso.example: bounced (550 no such user)" in page
    assert plan["last_run_id"] == run
    assert plan["not_delivered"] == [
        {"address": "it@contoso.example", "state": "bounced", "reason": "550 no such user"}
    ]


@pytest.mark.parametrize("scheduled", [True, False])
async def test_why_a_report_was_not_sent_is_told_as_long_as_it_goes_out_by_itself(
    operator: httpx.AsyncClient, services: Services, scheduled: bool
) -> None:
    await operator.put(ONE, json=PLAN | {"scheduled": scheduled})
    trouble = ReportTrouble(code="tenant_closed", message="Closed.", remedy="Set it active again.", at=MONDAY)
    await services.reports.save_state(ReportState(tenant_id=CONTOSO, trouble=trouble))

    plan = (await operator.get(ONE)).json()
    [listed] = (await operator.get("/api/v1/reports")).json()["items"]
    pages = [(await operator.get(path)).text for path in (f"/p/tenants/{CONTOSO}/report", "/p/reports")]

    told = {
        "code": "tenant_closed",
        "message": "Closed.",
        "remedy": "Set it active again.",
        "at": "2026-11-23T06:00:00.000Z",
    }
    assert plan["problem"] == listed["problem"] == (told if scheduled else None)
    assert ["Closed." in page for page in pages] == [scheduled, scheduled]


async def test_every_plan_is_listed_with_its_tenants_name_the_one_over_all_first(
    operator: httpx.AsyncClient,
) -> None:
    for path in (f"/api/v1/tenants/{ILL}/report", ONE, ALL):
        await operator.put(path, json=PLAN)

    listed = (await operator.get("/api/v1/reports")).json()["items"]

    assert [(one["tenant_id"], one["display_name"]) for one in listed] == [
        (None, ""),
        (CONTOSO, "Contoso"),
        (ILL, "Ill"),
    ]


async def test_the_outcome_of_a_reports_run_counts_nobody_as_a_user(
    operator: httpx.AsyncClient, services: Services
) -> None:
    await operator.put(ONE, json=PLAN)
    run = (await operator.post(f"{ONE}/send-now")).json()["run_id"]
    await services.post.deliveries.insert([a_delivery("it", run_id=run, state=DeliveryState.DELIVERED, to_user=False)])

    outcome = (await operator.get(f"/api/v1/runs/{run}/outcome")).json()

    assert (outcome["mailed_count"], outcome["gone_count"]) == (0, 0)


async def test_the_runs_page_says_that_it_is_a_report(operator: httpx.AsyncClient) -> None:
    for path in (ALL, ONE):
        await operator.put(path, json=PLAN)
        await operator.post(f"{path}/send-now")
    runs = (await operator.get("/api/v1/runs")).json()["items"]
    over_all = next(one["run_id"] for one in runs if one["report"] == "all-tenants")

    listed, shown = await operator.get("/p/runs"), await operator.get(f"/p/runs/{over_all}")

    assert listed.text.count(">Report<") == 2
    assert "Report of" in shown.text
    assert "All tenants" in shown.text
    assert "Outcome" not in shown.text
