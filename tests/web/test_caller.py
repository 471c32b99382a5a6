"""Permissions: only App Service Authentication's headers are trusted, and only where it is on."""

import base64
import json

import pytest
from fastapi.routing import iter_route_contexts

from sspr_core.web.app import create_app
from tests.builders import PARTNER
from tests.graph_rows import guid
from tests.runs.delivery_builders import RUN
from tests.snapshot.snapshot_env import CONTOSO
from tests.web.web_env import ADMIN, OPERATOR, READER, a_populated_world, principal, visiting

ASKING = ["/api/v1/overview", "/api/v1/tenants", f"/api/v1/tenants/{CONTOSO}/users", "/api/v1/openapi.json"]


@pytest.mark.parametrize("path", ASKING)
async def test_nobody_is_asked_to_sign_in(path: str) -> None:
    async with visiting() as nobody:
        answer = await nobody.get(path)

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/", "/api/v1/docs"])
async def test_people_are_sent_to_sign_in_and_back(path: str) -> None:
    async with visiting() as nobody:
        answer = await nobody.get(path)

    assert answer.status_code == 302
    assert answer.headers["location"] == f"/.auth/login/aad?post_login_redirect_uri={path}"


@pytest.mark.parametrize("path", ASKING)
async def test_with_sign_in_switched_off_a_header_proves_nothing(path: str) -> None:
    async with visiting(await a_populated_world(sign_in_enabled=False), **ADMIN) as forger:
        answer = await forger.get(path)

    assert answer.status_code == 401


def encoded(content: object) -> dict[str, str]:
    return {"x-ms-client-principal": base64.b64encode(json.dumps(content).encode()).decode()}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (READER, 200),
        (OPERATOR, 200),
        (principal("reader"), 200),
        (principal(tenant=PARTNER.upper()), 200),
        (principal("Reader", **{"http://schemas.microsoft.com/identity/claims/tenantid": PARTNER}, tenant=None), 200),
        (principal(tenant=guid("a customer")), 403),
        (principal(tenant=None), 403),
        (principal(None), 403),
        (principal("Owner"), 403),
        (principal(oid=None), 401),
        ({"x-ms-client-principal": "!!!"}, 401),
        ({"x-ms-client-principal": "e30"}, 401),
        (encoded([]), 401),
        (encoded({"claims": "all"}), 401),
        (encoded({"claims": [{"typ": "roles"}]}), 401),
        ({"x-ms-client-principal-id": guid("olga"), "x-ms-client-principal-name": "olga"}, 401),
    ],
    ids=str,
)
async def test_only_a_person_of_the_partner_with_a_role_gets_in(headers: dict[str, str], status: int) -> None:
    async with visiting(**headers) as client:
        answer = await client.get("/api/v1/overview")

    assert answer.status_code == status


async def test_a_header_without_padding_is_read_like_any_other() -> None:
    unpadded = {name: value.rstrip("=") for name, value in READER.items()}

    async with visiting(**unpadded) as client:
        assert (await client.get("/api/v1/overview")).status_code == 200


async def test_a_customers_admin_is_refused_for_the_tenant_before_the_role_is_looked_at() -> None:
    async with visiting(**principal("Admin", tenant=guid("customer"))) as client:
        assert "another tenant" in (await client.get("/api/v1/overview")).json()["detail"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://["}, 403),
        ({"origin": "http://sspr.partner.example"}, 403),
        ({"origin": "https://sspr.partner.example"}, 202),
        ({"sec-fetch-site": "same-origin", "origin": "https://sspr.partner.example"}, 202),
        ({}, 202),
    ],
    ids=str,
)
async def test_what_changes_something_comes_from_our_own_pages_or_from_a_program(
    headers: dict[str, str], status: int
) -> None:
    async with visiting(**OPERATOR) as client:
        answer = await client.post(f"/api/v1/tenants/{CONTOSO}/refresh", headers=headers)

    assert answer.status_code == status


async def test_reading_may_come_from_anywhere_a_link_can_be() -> None:
    async with visiting(**READER) as client:
        answer = await client.get("/api/v1/overview", headers={"sec-fetch-site": "cross-site"})

    assert answer.status_code == 200


@pytest.mark.parametrize("content", [b"\xff\xfe", b"{", b"{}"])
async def test_who_is_calling_is_asked_before_the_body_is_looked_at(content: bytes) -> None:
    async with visiting() as nobody:
        headers = {"content-type": "application/json"}
        answer = await nobody.patch("/api/v1/tenants/not-even-an-id", content=content, headers=headers)

    assert answer.status_code == 401


VALUES = {"rest": "nowhere", "tenant_id": CONTOSO, "template": "reminder", "name": "none.css", "run_id": RUN}


async def test_every_route_but_the_style_sheets_and_the_page_after_consent_is_for_signed_in_people() -> None:
    app = create_app(await a_populated_world())
    asked = [(method, route.path) for route in iter_route_contexts(app.routes) for method in route.methods]

    async with visiting() as nobody:
        found = {
            (method, path): (await nobody.request(method, path.replace(":path", "").format(**VALUES))).status_code
            for method, path in asked
        }

    assert found.pop(("GET", "/static/{name}")) == 404
    assert found.pop(("GET", "/static/consented.html")) == 200
    assert ("PATCH", "/api/v1/tenants/{tenant_id}") in found
    assert set(found.values()) == {401, 302}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/nowhere"),
        ("DELETE", "/api/v1/overview"),
        ("POST", "/nowhere"),
        ("GET", "/static"),
        ("OPTIONS", "/"),
    ],
)
async def test_nobody_learns_which_addresses_and_methods_there_are(method: str, path: str) -> None:
    async with visiting() as nobody:
        answer = await nobody.request(method, path)

    assert answer.status_code in (401, 302)
    assert "allow" not in answer.headers


async def test_nor_does_somebody_of_another_tenant() -> None:
    async with visiting(**principal(tenant=guid("a customer"))) as stranger:
        assert (await stranger.get("/api/v1/nowhere")).status_code == 403


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "/%5Cevil.example"])
async def test_the_way_back_from_sign_in_is_always_to_this_site(path: str) -> None:
    async with visiting() as nobody:
        answer = await nobody.get(f"https://sspr.partner.example{path}")

    assert answer.headers["location"] == "/.auth/login/aad?post_login_redirect_uri=/evil.example"
