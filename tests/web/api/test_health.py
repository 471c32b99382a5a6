"""The health of the app over HTTP, for Admins, even when its settings are wrong."""

import json
from datetime import UTC, datetime
from typing import Any

import azure.functions as func
import pytest

import function_app
from sspr_core import wiring
from sspr_core.settings.environment import SettingsError
from sspr_core.web.misconfigured import told_to_admins
from sspr_core.web.openapi.report_shapes import HealthShape
from sspr_core.web.openapi.shapes import ProblemShape
from tests.builders import PARTNER
from tests.graph_rows import guid
from tests.project.test_triggers import A_CALL
from tests.triggers import DOORS
from tests.web.web_env import ADMIN, OPERATOR, READER, a_populated_world, principal, visiting

WRONG = SettingsError(["SSPR_STORAGE is missing", "SSPR_CLIENT_ID is not a GUID"])
SIGN_IN = {"SSPR_PARTNER_TENANT_ID": PARTNER, "WEBSITE_AUTH_ENABLED": "True"}


async def test_an_admin_is_told_of_every_part() -> None:
    async with visiting(await a_populated_world(), **ADMIN) as admin:
        answer = await admin.get("/api/v1/health")

    told = HealthShape.model_validate_json(answer.content)
    assert answer.status_code == 200
    assert {"settings", "storage", "graph", "mail", "discovery", "snapshots"} <= {one.name for one in told.checks}
    assert told.status == "fail"  # the partner's tenant is not among these tenants


@pytest.mark.parametrize("headers", [READER, OPERATOR])
async def test_nobody_else_is(headers: dict[str, str]) -> None:
    async with visiting(await a_populated_world(), **headers) as client:
        answer = await client.get("/api/v1/health")

    assert (answer.status_code, answer.json()["detail"]) == (403, "This needs the role Admin.")


def told(headers: dict[str, str], environment: dict[str, str]) -> Any:
    return told_to_admins(WRONG, headers, environment, now=datetime.now(UTC))


def test_wrong_settings_are_told_to_an_admin_each_with_what_to_do() -> None:
    answer = HealthShape.model_validate_json(json.dumps(told(ADMIN, SIGN_IN)))

    assert answer.status == "fail"
    assert [one.said for one in answer.checks] == ["SSPR_STORAGE is missing.", "SSPR_CLIENT_ID is not a GUID."]
    assert all(one.to_do for one in answer.checks)


@pytest.mark.parametrize(
    ("headers", "environment"),
    [
        ({}, SIGN_IN),
        (READER, SIGN_IN),
        (OPERATOR, SIGN_IN),
        (principal("Admin", tenant=guid("a customer")), SIGN_IN),
        (ADMIN, SIGN_IN | {"WEBSITE_AUTH_ENABLED": "False"}),
        (ADMIN, {"SSPR_PARTNER_TENANT_ID": PARTNER}),
        (ADMIN, {"WEBSITE_AUTH_ENABLED": "True"}),
        (principal("Admin", tenant=""), SIGN_IN | {"SSPR_PARTNER_TENANT_ID": ""}),
        (principal("Admin", tenant="x"), SIGN_IN | {"SSPR_PARTNER_TENANT_ID": "x"}),
    ],
    ids=str,
)
def test_wrong_settings_are_told_to_nobody_else(headers: dict[str, str], environment: dict[str, str]) -> None:
    assert told(headers, environment) is None


@pytest.mark.parametrize(("headers", "status"), [(ADMIN, 200), (READER, 503), ({}, 503)])
async def test_the_door_tells_an_admin_and_refuses_others_while_the_settings_are_wrong(
    monkeypatch: pytest.MonkeyPatch, headers: dict[str, str], status: int
) -> None:
    def wrong() -> None:
        raise WRONG

    function_app._asgi.cache_clear()
    monkeypatch.setattr(function_app, "settings", wrong)
    monkeypatch.setattr(wiring, "services", wrong)
    for name, value in SIGN_IN.items():
        monkeypatch.setenv(name, value)
    [door] = [one.get_user_function() for one in DOORS if one.get_function_name() == "health"]

    answer = await door(
        func.HttpRequest(method="GET", url="https://h/api/v1/health", headers=headers, body=b""), A_CALL
    )

    assert answer.status_code == status
    assert (b"SSPR_STORAGE" in answer.get_body()) is (status == 200)
    assert ("retry-after" in answer.headers) is (status == 503)
    assert answer.mimetype == ("application/json" if status == 200 else "application/problem+json")
    (HealthShape if status == 200 else ProblemShape).model_validate_json(answer.get_body())
