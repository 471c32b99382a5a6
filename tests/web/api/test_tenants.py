"""Reading over HTTP: each address's answer, and its refusals."""

import httpx
import pytest

from sspr_core.model.errors import TryAgain
from sspr_core.ports.services import Services
from tests.graph_rows import guid
from tests.snapshot.snapshot_env import CONTOSO
from tests.web.web_env import ILL, UNKNOWN

OF = f"/api/v1/tenants/{CONTOSO}"


async def test_the_overview_has_totals_course_and_completeness(reader: httpx.AsyncClient) -> None:
    answer = (await reader.get("/api/v1/overview")).json()

    assert answer["totals"]["tenant_count"] == 1
    assert answer["totals"]["registered_count"] == 2
    assert len(answer["course"]) == 92
    assert answer["completeness"]["expected"] == 2
    assert [one["tenant_id"] for one in answer["completeness"]["failed"]] == [ILL]


async def test_tenants_are_flat_and_a_tenants_details_begin_with_the_same(reader: httpx.AsyncClient) -> None:
    listed = (await reader.get("/api/v1/tenants", params={"q": "contoso"})).json()["items"][0]
    details = (await reader.get(OF)).json()

    assert {name: details[name] for name in listed} == listed
    assert (listed["tenant_id"], listed["lifecycle"], listed["problem"]) == (CONTOSO, "active", None)
    assert details["eligibility"] == "eligible"
    assert details["licences"][0]["premium"] is True


async def test_a_tenant_tells_who_deserves_a_second_look_once_a_snapshot_has_counted(reader: httpx.AsyncClient) -> None:
    contoso, ill = (await reader.get("/api/v1/tenants")).json()["items"]

    assert contoso["attention"] == {
        "admin_to_register_count": 0,
        "single_method_count": 0,
        "phone_only_count": 0,
        "new_to_register_count": 0,
    }
    assert ill["attention"] is None


async def test_users_come_with_methods_and_since_when(reader: httpx.AsyncClient) -> None:
    items = (await reader.get(f"{OF}/users", params={"registration": "registered"})).json()["items"]

    assert [(one["display_name"], bool(one["registered_after_at"])) for one in items] == [("Ana", True), ("Ben", False)]


async def test_history_is_a_row_a_day_newest_first_within_the_days_asked_for(reader: httpx.AsyncClient) -> None:
    every = (await reader.get(f"{OF}/history", params={"from": "2026-11-01", "to": "2026-11-30"})).json()["items"]
    one = (await reader.get(f"{OF}/history", params={"from": "2026-11-23", "to": "2026-11-23"})).json()["items"]

    assert [day["on"] for day in every] == ["2026-11-24", "2026-11-23"]
    assert [day["registered_count"] for day in every] == [2, 1]
    assert one == every[1:]


async def test_changes_have_before_and_after_and_pages(reader: httpx.AsyncClient) -> None:
    found, params = [], {"limit": "2"}
    while True:
        page = (await reader.get(f"{OF}/changes", params=params)).json()
        found += page["items"]
        if page["continuation"] is None:
            break
        params["continuation"] = page["continuation"]

    by_id = {one["user_id"]: one for one in found}
    assert len(found) == 3
    assert by_id[guid("cas")]["after"] is None
    assert by_id[guid("ana")]["before"]["registration"] == "not_registered"
    assert by_id[guid("ana")]["after"] == {"registration": "registered", "enabled": True, "excluded_reason": None}


@pytest.mark.parametrize("path", ["", "/users", "/history", "/changes"])
async def test_a_tenant_nobody_knows_is_404_as_a_problem(reader: httpx.AsyncClient, path: str) -> None:
    answer = await reader.get(f"/api/v1/tenants/{UNKNOWN}{path}")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/v1/overview?x=1", "x"),
        ("/api/v1/overview?query=1", "query"),
        ("/api/v1/overview?path=1", "path"),
        ("/api/v1/overview?body=1", "body"),
        ("/api/v1/tenants?colour=red", "colour"),
        ("/api/v1/tenants?limit=0", "limit"),
        ("/api/v1/tenants?limit=1001", "limit"),
        ("/api/v1/tenants?limit=many", "limit"),
        ("/api/v1/tenants?lifecycle=Active", "lifecycle"),
        ("/api/v1/tenants?problem=bad", "problem"),
        ("/api/v1/tenants?coverage_below=2", "coverage_below"),
        ("/api/v1/tenants?coverage_below=nan", "coverage_below"),
        ("/api/v1/tenants?sort=colour", "sort"),
        ("/api/v1/tenants?continuation=x", "continuation"),
        ("/api/v1/tenants?q=", "q"),
        ("/api/v1/tenants/contoso", "tenant_id"),
        (f"{OF}?x=1", "x"),
        (f"{OF}/users?registration=perhaps", "registration"),
        (f"{OF}/users?excluded_reason=bad", "excluded_reason"),
        (f"{OF}/users?enabled=null", "enabled"),
        (f"{OF}/users?sort=mail", "sort"),
        (f"{OF}/users?single_method=1", "single_method"),
        (f"{OF}/users?created_since=20261120", "created_since"),
        (f"{OF}/history?from=yesterday", "from"),
        (f"{OF}/history?from=1700000000", "from"),
        (f"{OF}/history?from=2026-11-23T00:00:00", "from"),
        (f"{OF}/history?to=2026-11-1", "to"),
        (f"{OF}/history?to=2026-02-30", "to"),
        (f"{OF}/history?continuation=x", "continuation"),
        (f"{OF}/history?from=2026-11-24&to=2026-11-23", "from"),
        (f"{OF}/history?from=1990-01-01", "from"),
        (f"{OF}/changes?sort=x", "sort"),
        (f"{OF}/changes?continuation=%00", "continuation"),
    ],
)
async def test_a_bad_value_is_422_and_named(reader: httpx.AsyncClient, path: str, field: str) -> None:
    answer = await reader.get(path)

    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "invalid_request"
    assert problem["field"] == field
    assert [one["field"] for one in problem["errors"]] == [field]
    assert problem["errors"][0]["message"]


async def test_every_field_at_fault_is_named_once_with_all_that_it_could_be(reader: httpx.AsyncClient) -> None:
    problem = (await reader.get("/api/v1/tenants?problem=bad&limit=0&colour=red")).json()

    assert [one["field"] for one in problem["errors"]] == ["limit", "problem", "colour"]
    assert "consent_missing" in problem["errors"][1]["message"]
    assert "'any' or 'none'" in problem["errors"][1]["message"]


@pytest.mark.parametrize(
    ("of", "at"),
    [
        ("/api/v1/tenants?limit=1", "/api/v1/tenants?sort=-display_name"),
        ("/api/v1/tenants?limit=1", f"{OF}/users"),
        (f"{OF}/users?limit=1", f"{OF}/users?sort=upn"),
        (f"{OF}/users?limit=1", f"{OF}/changes"),
        (f"{OF}/changes?limit=1", f"{OF}/history"),
        (f"{OF}/changes?limit=1", f"/api/v1/tenants/{ILL}/changes"),
        (f"{OF}/history?limit=1&from=2026-11-01&to=2026-11-30", f"{OF}/changes"),
    ],
)
async def test_a_continuation_is_for_its_own_list_and_order(reader: httpx.AsyncClient, of: str, at: str) -> None:
    continuation = (await reader.get(of)).json()["continuation"]

    answer = await reader.get(at, params=httpx.URL(at).params.merge({"continuation": continuation}))

    assert continuation
    assert (answer.status_code, answer.json()["field"]) == (422, "continuation")


async def test_what_is_not_there_is_a_problem_too(reader: httpx.AsyncClient) -> None:
    nowhere = await reader.get("/api/v1/nowhere")
    wrong = await reader.delete("/api/v1/overview")

    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert wrong.headers["allow"] == "GET"


async def test_storage_away_is_503_with_a_time_to_come_back(services: Services, reader: httpx.AsyncClient) -> None:
    async def away(*_: object) -> None:
        raise TryAgain

    services.tenants.known = away

    answer = await reader.get("/api/v1/overview")

    assert (answer.status_code, answer.json()["code"]) == (503, "try_again")
    assert int(answer.headers["retry-after"]) >= 1


async def test_a_mistake_of_ours_is_500_without_its_details_and_with_a_line_in_the_log(
    services: Services, reader: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise ValueError("a secret detail")

    services.tenants.known = broken

    answer = await reader.get("/api/v1/overview")

    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "secret detail" in caplog.text


async def test_large_answers_are_compressed_for_those_who_take_it(reader: httpx.AsyncClient) -> None:
    assert (await reader.get("/api/v1/overview")).headers["content-encoding"] == "gzip"
    plain = await reader.get("/api/v1/overview", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
