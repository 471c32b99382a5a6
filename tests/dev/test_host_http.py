"""The HTTP front, without a process: the request that a function gets, and what becomes of its answer."""

import asyncio

import pytest

from dev.host import http
from dev.host.messages import (
    NullableBool,
    NullableDouble,
    NullableString,
    NullableTimestamp,
    RpcHttp,
    RpcHttpCookie,
    Timestamp,
    TypedData,
)
from dev.host.worker import FunctionFailed, Result
from tests.dev.fronts import Site


@pytest.fixture
def site() -> Site:
    return Site()


async def test_a_function_is_told_method_address_values_query_headers_and_bytes(site):
    await site.ask("POST", "/open/a/b?x=1&y=&x=2", content=b"\x00\xff", headers={"X-Two": "words"})

    (asked,) = site.asked
    assert (asked.method, asked.url) == ("POST", "http://localhost/open/a/b?x=1&y=&x=2")
    assert (asked.params, asked.query) == ({"rest": "a/b"}, {"x": "1,2", "y": ""})
    assert (asked.headers["x-two"], asked.body.bytes) == ("words", b"\x00\xff")


async def in_parts():
    for part in (b"one", b"two"):
        yield part


@pytest.mark.parametrize(
    ("content", "headers", "body"),
    [
        (b"onetwo", {}, b"onetwo"),
        (in_parts, {}, b""),
        (in_parts, {"content-length": "6"}, b"onetwo"),
        (b"", {}, b""),
    ],
)
async def test_a_body_without_a_length_reaches_no_function(site, content, headers, body):
    await site.ask("POST", "/open", content=content() if callable(content) else content, headers=headers)

    assert site.asked[0].body.bytes == body


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize("sent", [{}, {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}])
async def test_a_function_is_called_in_the_trace_of_its_request(site, sent):
    await site.ask("GET", "/open", headers=sent)

    assert site.asked_by == [sent.get("traceparent", "")]


async def test_repeated_headers_are_joined_by_commas_and_cookies_by_semicolons(site):
    headers = [("accept", "a"), ("accept", "b"), ("cookie", "one=1"), ("cookie", "two=2")]

    await site.ask("GET", "/open", headers=headers)

    assert site.asked[0].headers["accept"].endswith("a,b")
    assert site.asked[0].headers["cookie"] == "one=1; two=2"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/.auth/me", 401),
        ("/.auth/login/aad", 200),
        ("/.auth/login/local?role=Owner", 400),
        ("/.auth/other", 404),
        ("/nowhere", 404),
        ("/locked", 401),
        ("/locked?code=wrong", 401),
        ("/locked?code=the-key", 200),
    ],
)
async def test_addresses_answer_what_azures_would(site, path, status):
    assert (await site.ask("GET", path)).status_code == status


async def test_a_key_may_be_a_header(site):
    assert (await site.ask("GET", "/locked", headers={"x-functions-key": "the-key"})).status_code == 200


async def test_a_body_that_is_too_large_is_413_and_no_function_runs(site, monkeypatch):
    monkeypatch.setattr(http, "LARGEST_BODY", 10)

    answer = await site.ask("POST", "/open", content=b"x" * 11)

    assert (answer.status_code, site.asked) == (413, [])
    assert (await site.ask("POST", "/open", content=b"x" * 10)).status_code == 200


async def test_a_caller_who_leaves_in_the_middle_of_a_body_runs_nothing(site):
    events = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    scope = {"type": "http", "method": "POST", "path": "/open", "headers": [], "query_string": b"", "scheme": "http",
             "server": ("127.0.0.1", 80)}  # fmt: skip

    await site.front(scope, lambda: asyncio.sleep(0, next(events)), lambda _: asyncio.sleep(0))

    assert site.asked == []


async def test_an_answer_keeps_status_headers_cookies_and_bytes(site):
    cookies = [
        RpcHttpCookie(name="one", value="1", path=NullableString(value="/"), http_only=NullableBool(value=True)),
        RpcHttpCookie(name="two", value="2", max_age=NullableDouble(value=0), secure=NullableBool(value=True)),
        RpcHttpCookie(name="old", value="", expires=NullableTimestamp(value=Timestamp(seconds=1)), same_site="Lax"),
    ]
    site.answer = TypedData(
        http=RpcHttp(status_code="201", body=TypedData(bytes=b"\x00"), headers={"X-A": "b"}, cookies=cookies)
    )

    answer = await site.ask("GET", "/open")

    assert (answer.status_code, answer.content, answer.headers["x-a"]) == (201, b"\x00", "b")
    assert answer.headers.get_list("set-cookie") == [
        "one=1; Path=/; HttpOnly",
        "two=2; Max-Age=0; Secure",
        "old=; Expires=Thu, 01 Jan 1970 00:00:01 GMT; SameSite=Lax",
    ]


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (None, 204, b""),
        (TypedData(string="é"), 200, "é".encode()),
        (TypedData(json="{}"), 500, b""),
        (FunctionFailed("secret detail", "stack"), 500, b""),
    ],
)
async def test_what_is_no_http_response_becomes_what_azure_makes_of_it(site, answer, status, body):
    site.answer = answer

    got = await site.ask("GET", "/open")

    assert (got.status_code, got.content) == (status, body)


async def test_head_has_no_body(site):
    site.answer = TypedData(http=RpcHttp(status_code="200", body=TypedData(string="long")))

    assert (await site.ask("HEAD", "/open")).content == b""


async def test_a_function_that_takes_longer_than_the_load_balancer_waits_is_504_but_runs_on(site, monkeypatch):
    monkeypatch.setattr(http, "LONGEST_ANSWER", 0.02)
    answered, ended = asyncio.Event(), []

    async def slow(*_: object, **_more: object) -> Result:
        await answered.wait()
        ended.append("well")
        return Result(None, {})

    site.front.caller.call = slow

    assert (await site.ask("GET", "/open")).status_code == 504
    answered.set()
    await asyncio.gather(*site.front.background)
    assert ended == ["well"]


@pytest.mark.parametrize(
    ("host", "port", "status"),
    [
        ("127.0.0.1:7071", 7071, 200),
        ("LocalHost:7071", 7071, 200),
        ("[::1]:7071", 7071, 200),
        ("localhost", 80, 200),
        ("localhost", 7071, 421),
        ("localhost:7072", 7071, 421),
        ("evil.example:7071", 7071, 421),
        ("127.0.0.1.evil.example:7071", 7071, 421),
        ("", 7071, 421),
    ],
)
async def test_a_request_under_another_name_is_not_for_this_host(site, host, port, status):
    answer = await site.ask("GET", "/open", port=port, headers={"host": host})

    assert (answer.status_code, len(site.asked)) == (status, int(status == 200))


@pytest.mark.parametrize("path", ["/admin/host/status", "/.auth/login/local?role=Admin"])
async def test_neither_administration_nor_sign_in_is_there_under_another_name(site, path):
    assert (await site.ask("GET", path, headers={"host": "evil.example"})).status_code == 421


async def test_a_function_that_this_host_cannot_run_says_so_and_does_not_run(site):
    answer = await site.ask("GET", "/tabled")

    assert (answer.status_code, site.asked) == (501, [])
    assert "tabled does not run in this local host" in answer.text
    assert "type table (out)" in answer.text
