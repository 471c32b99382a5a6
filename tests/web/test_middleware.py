"""What holds for every answer, and the error pages."""

import json
import re
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote

import azure.functions as func
import httpx
import pytest
from fastapi import HTTPException
from starlette.types import Receive, Scope, Send

from sspr_core import web
from sspr_core.ports.services import Services
from sspr_core.web.app import create_app
from sspr_core.web.middleware import Middleware
from sspr_core.web.security_headers import PROTECTING
from sspr_core.web.static_files import static_file
from tests.snapshot.snapshot_env import CONTOSO
from tests.web.web_env import READER, UNKNOWN

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize(
    "path", ["/", "/api/v1/overview", f"/api/v1/tenants/{UNKNOWN}", "/api/v1/docs", "/nowhere", "/static/none.css"]
)
async def test_every_answer_carries_the_protecting_headers(reader: httpx.AsyncClient, path: str) -> None:
    headers = (await reader.get(path)).headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


async def test_also_a_refusal_at_the_edge_carries_them(operator: httpx.AsyncClient) -> None:
    answer = await operator.put(f"/api/v1/tenants/{CONTOSO}", headers={"origin": "https://evil.example"})

    assert answer.status_code == 403
    assert answer.json()["code"] == "foreign_origin"
    assert "default-src" in answer.headers["content-security-policy"]


class Broken(Exception):
    """A bug of the app."""


async def test_a_mistake_of_ours_is_a_problem_with_the_headers_also_through_the_platforms_middleware(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise Broken

    services.tenants.get = broken
    request = func.HttpRequest(
        method="GET", url=f"https://h/api/v1/tenants/{UNKNOWN}/users?q=ana", headers=READER, body=b""
    )

    answer = await func.AsgiMiddleware(create_app(services)).handle_async(request)

    assert (answer.status_code, json.loads(answer.get_body())["code"]) == (500, "unexpected")
    assert answer.headers["content-type"] == "application/problem+json"
    assert {name: answer.headers[name] for name in PROTECTING} == PROTECTING
    [line] = [one for one in caplog.records if one.name == "sspr_core.web.middleware"]
    assert line.getMessage() == "unexpected, at GET /api/v1/tenants/{tenant_id}/users"
    assert line.exc_info


async def test_half_an_answer_does_not_pass_for_a_whole_one(services: Services) -> None:
    async def half(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise Broken

    transport = httpx.ASGITransport(Middleware(half, terms=services.terms))
    async with httpx.AsyncClient(transport=transport, base_url="https://h", headers=READER) as client:
        with pytest.raises(Broken):
            await client.get("/")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/v1/tenants?limit=1&limit=2", "limit"),
        ("/api/v1/tenants?limit=1&sort=coverage&%6cimit=2", "limit"),
        ("/api/v1/overview?x&x", "x"),
        ("/?x=1&x=2", "x"),
    ],
)
async def test_a_parameter_given_twice_is_422_and_named(reader: httpx.AsyncClient, path: str, name: str) -> None:
    answer = await reader.get(path)

    assert (answer.status_code, answer.json()["field"]) == (422, name)


@pytest.mark.parametrize("path", ["/?x=1", "/api/v1/docs?x=1", "/api/v1/openapi.json?x=1"])
async def test_pages_refuse_unknown_parameters_too(reader: httpx.AsyncClient, path: str) -> None:
    answer = await reader.get(path)

    assert (answer.status_code, answer.json()["field"]) == (422, "x")


@pytest.mark.parametrize("query", ["code=1&code=2", "code=key", "clientId=x", "code=key&limit=1&clientId=y"])
async def test_the_platforms_own_query_parameters_are_no_unknown_ones(reader: httpx.AsyncClient, query: str) -> None:
    assert (await reader.get(f"/api/v1/tenants?{query}")).status_code == 200


async def test_a_parameter_that_only_looks_like_one_is_unknown(reader: httpx.AsyncClient) -> None:
    assert (await reader.get("/api/v1/tenants?xcode=1")).status_code == 422


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("app.css", "text/css; charset=utf-8"),
        ("app.js", "text/javascript; charset=utf-8"),
        ("htmx.min.js", "text/javascript; charset=utf-8"),
        ("favicon.svg", "image/svg+xml"),
    ],
)
async def test_files_are_kept_by_browsers_under_a_name_with_their_hash(
    reader: httpx.AsyncClient, name: str, kind: str
) -> None:
    page = (await reader.get("/p")).text
    stem, ending = name.rsplit(".", 1)
    [link] = re.findall(rf'(?:href|src)="(/static/{re.escape(stem)}\.[0-9a-f]{{12}}\.{ending})"', page)

    file = await reader.get(link)

    assert file.headers["content-type"] == kind
    assert "immutable" in file.headers["cache-control"]


def test_the_vendored_script_is_the_one_its_note_says() -> None:
    folder = Path(web.__file__).parent
    note = (folder / "VENDORED.md").read_text()
    [digest] = re.findall(r"`([0-9a-f]{64})`", note)
    [version] = re.findall(r"htmx (\d+\.\d+\.\d+) ", note)

    assert sha256((folder / "static" / "htmx.min.js").read_bytes()).hexdigest() == digest
    assert json.loads((ROOT / "package.json").read_text())["devDependencies"]["htmx.org"] == version


def test_the_vendored_script_is_the_file_that_npms_audit_looks_at() -> None:
    vendored = Path(web.__file__).parent / "static" / "htmx.min.js"

    assert vendored.read_bytes() == (ROOT / "node_modules" / "htmx.org" / "dist" / "htmx.min.js").read_bytes()


@pytest.mark.parametrize("name", ["app.css", "../app.py", "../web/app.py", "%2e%2e/app.py", "..%2fapp.py", "%00"])
async def test_nothing_else_comes_out_of_the_folder(reader: httpx.AsyncClient, name: str) -> None:
    assert (await reader.get(f"/static/{name}")).status_code == 404
    with pytest.raises(HTTPException):  # however a client or a proxy has encoded the address
        await static_file(unquote(name))


async def test_the_pages_need_nothing_from_elsewhere_and_no_script(reader: httpx.AsyncClient) -> None:
    for path in ("/", "/api/v1/docs"):
        page = (await reader.get(path)).text
        assert "<script" not in page
        assert "style=" not in page
        assert not re.findall(r'(?:src|href)="(?!/|#)', page)


async def test_the_description_to_read_has_every_operation_with_a_line_to_copy(reader: httpx.AsyncClient) -> None:
    document = (await reader.get("/api/v1/openapi.json")).json()
    page = (await reader.get("/api/v1/docs")).text

    for path, methods in document["paths"].items():
        assert f"<code>{path}</code>" in page
        assert all(f'id="{operation["operationId"]}"' in page for operation in methods.values())
    assert page.count("curl -H") == sum(len(methods) for methods in document["paths"].values())
