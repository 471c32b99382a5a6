"""httpx's requests over aiohttp, against the test's own server."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from aiohttp import web

from sspr_core.adapters.graph.transport import open_client
from sspr_core.adapters.http_session import open_session, proxy_of

type Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def client(answer: Answer, *, read: float = 20) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """Graph's client, and the server's address."""
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    async with (
        open_session(f"http://127.0.0.1:{runner.addresses[0][1]}") as session,
        open_client(session) as made,
    ):
        made.timeout = httpx.Timeout(20, read=read)
        yield made, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_the_address_arrives_byte_for_byte() -> None:
    async def raw(request: web.Request) -> web.Response:
        return web.Response(text=request.raw_path)

    async with client(raw) as (http, url):
        link = "/users?$select=id,mail&$skiptoken=a%2Bb%3D+c%20d"
        assert (await http.get(url + link)).text == link


async def test_a_packed_body_comes_unpacked_and_a_spoilt_one_is_an_error() -> None:
    async def packed(request: web.Request) -> web.Response:
        body = gzip.compress(b"[1, 2]") if request.path == "/good" else b"no gzip"
        return web.Response(body=body, headers={"Content-Encoding": "gzip"})

    async with client(packed) as (http, url):
        assert (await http.get(f"{url}/good")).json() == [1, 2]
        with pytest.raises(httpx.DecodingError):
            await http.get(f"{url}/spoilt")


async def test_a_redirection_is_an_answer_and_not_followed() -> None:
    async def elsewhere(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "https://evil.example/"})

    async with client(elsewhere) as (http, url):
        answer = await http.get(url)
    assert (answer.status_code, answer.headers["location"]) == (302, "https://evil.example/")


async def test_cookies_of_one_tenants_answer_are_not_sent_with_anothers_request() -> None:
    seen: list[str | None] = []

    async def with_cookie(request: web.Request) -> web.Response:
        seen.append(request.headers.get("cookie"))
        return web.Response(headers={"Set-Cookie": "fence=tenant-a; Path=/"})

    async with client(with_cookie) as (http, url):
        await http.get(url)
        http.cookies.clear()  # httpx keeps its own cookies; the session below must keep none
        await http.get(url)
    assert seen == [None, None]


async def test_graphs_client_keeps_no_cookies_at_all() -> None:
    async def with_cookie(request: web.Request) -> web.Response:
        return web.Response(headers={"Set-Cookie": "fence=tenant-a; Path=/"}, text=request.headers.get("cookie", ""))

    async with client(with_cookie) as (http, url):
        await http.get(url)
        assert (await http.get(url)).text == ""


async def test_a_body_cut_off_is_a_broken_connection() -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "1000"})
        await answer.prepare(request)
        await answer.write(b"half")
        assert request.transport is not None
        request.transport.close()
        return answer

    async with client(cut) as (http, url):
        with pytest.raises(httpx.RemoteProtocolError):
            await http.get(url)


async def test_a_connection_closed_without_an_answer_is_a_broken_connection() -> None:
    async def closed(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async with client(closed) as (http, url):
        with pytest.raises(httpx.TransportError):
            await http.post(url, content=b"x")


async def test_nobody_listening_is_a_failure_to_connect() -> None:
    async def nothing(request: web.Request) -> web.Response:
        return web.Response()

    async with client(nothing) as (http, _):
        with pytest.raises(httpx.ConnectError):
            await http.get("http://127.0.0.1:9")  # the port `discard`, where no server listens


async def test_an_answer_that_does_not_come_ends_in_a_timeout() -> None:
    async def slow(request: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    async with client(slow, read=0.2) as (http, url):
        with pytest.raises(httpx.ReadTimeout):
            await http.get(url)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://proxy.example:8080"}, "http://proxy.example:8080"),
        ({"HTTPS_PROXY": "http://proxy.example:8080", "NO_PROXY": "graph.microsoft.com"}, None),
        ({"HTTPS_PROXY": "proxy.example:8080"}, "http://proxy.example:8080"),
        ({"ALL_PROXY": "http://proxy.example:8080"}, "http://proxy.example:8080"),
    ],
)
def test_the_environments_proxy_is_used_unless_the_host_is_excepted(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: str | None
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert proxy_of("https://graph.microsoft.com/v1.0") == expected
