"""What holds for every answer, and the pages there are."""

import re

import httpx
import pytest

from tests.journeys.shop import CONTOSO
from tests.web.site import READER, UNKNOWN, visiting


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
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


async def test_also_a_refusal_at_the_edge_carries_them(operator: httpx.AsyncClient) -> None:
    answer = await operator.put(f"/api/v1/tenants/{CONTOSO}", headers={"origin": "https://evil.example"})

    assert answer.status_code == 403
    assert answer.json()["code"] == "foreign_origin"
    assert "default-src" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("query", ["code=key", "clientId=x", "code=key&limit=1&clientId=y"])
async def test_the_platforms_own_query_parameters_are_no_unknown_ones(reader: httpx.AsyncClient, query: str) -> None:
    assert (await reader.get(f"/api/v1/tenants?{query}")).status_code == 200


async def test_a_parameter_that_only_looks_like_one_is_unknown(reader: httpx.AsyncClient) -> None:
    assert (await reader.get("/api/v1/tenants?xcode=1")).status_code == 422


async def test_style_sheets_are_kept_by_browsers_under_a_name_with_their_hash() -> None:
    async with visiting(**READER) as reader:
        page = (await reader.get("/")).text
        [link] = re.findall(r'href="(/static/[^"]+)"', page)
        sheet = await reader.get(link)

    assert sheet.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in sheet.headers["cache-control"]


@pytest.mark.parametrize("name", ["app.css", "../web/app.py", "%2e%2e/app.py", "..%2fapp.py", "%00"])
async def test_nothing_else_comes_out_of_the_folder(reader: httpx.AsyncClient, name: str) -> None:
    assert (await reader.get(f"/static/{name}")).status_code == 404


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
