"""What operators do over HTTP, and that a refusal changes nothing."""

from dataclasses import replace

import httpx
import pytest

from sspr_core.ports.services import Services
from sspr_core.tenants.csv_import import MOST_BYTES
from tests.builders import MONDAY
from tests.graph_rows import guid
from tests.snapshot.snapshot_env import CONTOSO
from tests.web.web_env import UNKNOWN

OF = f"/api/v1/tenants/{CONTOSO}"
NEW = guid("new")


async def test_a_refresh_is_202_and_says_where_to_look(services: Services, operator: httpx.AsyncClient) -> None:
    answer = await operator.post(f"{OF}/refresh")

    assert answer.status_code == 202
    assert answer.headers["location"] == OF
    assert answer.json()["tenant_id"] == CONTOSO
    assert [job.tenant_id for job, _ in services.jobs.sent] == [CONTOSO]


async def test_a_tenant_that_is_not_read_cannot_be_refreshed(services: Services, operator: httpx.AsyncClient) -> None:
    await operator.patch(OF, json={"lifecycle": "inactive", "reason": "Contract ended"})

    answer = await operator.post(f"{OF}/refresh")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_read")
    assert services.jobs.sent == []


async def test_inactive_has_who_and_why_and_active_ends_it(operator: httpx.AsyncClient) -> None:
    off = (await operator.patch(OF, json={"lifecycle": "inactive", "reason": " Contract ended "})).json()
    on = (await operator.patch(OF, json={"lifecycle": "active"})).json()

    assert (off["lifecycle"], off["lifecycle_reason"]) == (
        "inactive",
        "Set inactive by olga@partner.example: Contract ended",
    )
    assert (on["lifecycle"], on["lifecycle_reason"]) == ("active", None)


async def test_a_tenant_without_gdap_is_new_once(operator: httpx.AsyncClient) -> None:
    first = await operator.put(f"/api/v1/tenants/{NEW}", json={"display_name": "Jansen"})
    again = await operator.put(f"/api/v1/tenants/{NEW.upper()}", json={"display_name": "Jansen & Co"})

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["display_name"] == "Jansen & Co"
    assert again.json()["lifecycle"] == "in_process"


async def test_an_import_takes_all_rows_or_none(services: Services, operator: httpx.AsyncClient) -> None:
    good = f"tenant_id,display_name\n{NEW},Jansen\n{CONTOSO},\n"
    bad = f"tenant_id\n{guid('another')}\nnonsense\n"

    taken = await operator.post("/api/v1/tenants/import", content=good, headers={"content-type": "text/csv"})
    refused = await operator.post("/api/v1/tenants/import", content=bad, headers={"content-type": "text/csv"})

    assert taken.json() == {"tenant_count": 2, "new_count": 1}
    assert (refused.status_code, refused.json()["field"]) == (422, "row 3, tenant_id")
    assert guid("another") not in services.tenants.rows


async def test_an_import_too_large_is_413(operator: httpx.AsyncClient) -> None:
    answer = await operator.post("/api/v1/tenants/import", content=b"x" * (MOST_BYTES + 1))

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("method", "path", "content", "field"),
    [
        ("PATCH", OF, {"lifecycle": "inactive"}, "reason"),
        ("PATCH", OF, {"lifecycle": "inactive", "reason": "  "}, "reason"),
        ("PATCH", OF, {"lifecycle": "removed"}, "lifecycle"),
        ("PATCH", OF, {}, "lifecycle"),
        ("PATCH", OF, {"lifecycle": "active", "colour": "red"}, "colour"),
        ("PATCH", OF, ["active"], "body"),
        ("PATCH", OF, {"lifecycle": "active", "reason": "Back"}, "reason"),
        ("PATCH", OF, {"lifecycle": "inactive", "reason": "Contract\nended"}, "reason"),
        ("PATCH", OF, {"lifecycle": "inactive", "reason": "x" * 501}, "reason"),
        ("PUT", OF, {"display_name": "Con\x00toso"}, "display_name"),
        ("PUT", OF, {"display_name": "Con\x1b[31mtoso"}, "display_name"),
        ("PUT", OF, {"display_name": "Con\x85toso"}, "display_name"),
        ("PUT", OF, {"display_name": "Con\u2028toso"}, "display_name"),
        ("PUT", OF, {"display_name": "x" * 201}, "display_name"),
        ("PUT", OF, {"display_name": 5}, "display_name"),
        ("PUT", "/api/v1/tenants/contoso", {}, "tenant_id"),
        ("POST", f"{OF}/refresh?now=1", None, "now"),
    ],
)
async def test_a_bad_value_is_422_named_and_changes_nothing(
    services: Services, operator: httpx.AsyncClient, method: str, path: str, content: object, field: str
) -> None:
    before = dict(services.tenants.rows), dict(services.tenants.statuses)

    answer = await operator.request(method, path, json=content)

    assert answer.status_code == 422, answer.text
    assert [one["field"] for one in answer.json()["errors"]] == [field] == [answer.json()["field"]]
    assert (services.tenants.rows, services.tenants.statuses) == before


@pytest.mark.parametrize("content", [b"{", b"\x80\x90", b""])
async def test_a_body_that_is_no_json_is_422(operator: httpx.AsyncClient, content: bytes) -> None:
    answer = await operator.patch(OF, content=content, headers={"content-type": "application/json"})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [one["field"] for one in answer.json()["errors"]] == ["body"]


@pytest.mark.parametrize(("method", "path"), [("POST", "/refresh"), ("PATCH", "")])
async def test_a_tenant_nobody_knows_is_404(operator: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await operator.request(method, f"/api/v1/tenants/{UNKNOWN}{path}", json={"lifecycle": "active"})

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("POST", f"{OF}/refresh", None),
        ("PATCH", OF, {"lifecycle": "active"}),
        ("PUT", OF, {"display_name": "x"}),
        ("POST", "/api/v1/tenants/import", None),
    ],
)
async def test_readers_may_not_operate(
    services: Services, reader: httpx.AsyncClient, method: str, path: str, content: object
) -> None:
    before = dict(services.tenants.rows)

    answer = await reader.request(method, path, json=content)

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert "Operator" in answer.json()["detail"]
    assert services.tenants.rows == before
    assert services.jobs.sent == []


@pytest.mark.parametrize("content", [{"lifecycle": "active"}, {"lifecycle": "inactive", "reason": "Contract ended"}])
async def test_a_removed_tenant_is_neither_switched_off_nor_on(
    services: Services, operator: httpx.AsyncClient, content: dict[str, str]
) -> None:
    services.tenants.rows[CONTOSO] = before = replace(services.tenants.rows[CONTOSO], removed_at=MONDAY)

    answer = await operator.patch(OF, json=content)

    assert (answer.status_code, answer.json()["code"]) == (409, "removed")
    assert services.tenants.rows[CONTOSO] == before


async def test_a_tenant_added_by_hand_after_it_was_removed_is_back(
    services: Services, operator: httpx.AsyncClient
) -> None:
    services.tenants.rows[CONTOSO] = replace(services.tenants.rows[CONTOSO], removed_at=MONDAY)

    answer = await operator.put(OF, json={})

    assert answer.json()["lifecycle"] == "active"
