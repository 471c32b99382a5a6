"""The HTTP front: sign-in, administration, and the functions behind their routes."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, parse_qsl

from dev.host.bindings import hindrance
from dev.host.calls import Caller
from dev.host.messages import RpcHttp, RpcHttpCookie, TypedData
from dev.host.routes import Route
from dev.host.signin import FORGEABLE, ROLES, SignIn, back_to
from dev.host.signin_page import FILES, PAGE_HEADERS, file, page
from dev.host.worker import Function, FunctionFailed

log = logging.getLogger("host.http")

LONGEST_ANSWER = 230.0  # seconds: the platform's load balancer gives up then
LARGEST_BODY = 100 * 1024 * 1024
_OUR_NAMES = ("127.0.0.1", "localhost", "[::1]")

type Headers = list[tuple[str, str]]
type Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Front:
    """An ASGI application. `sign_in` None: authentication is off, and forged headers are not removed, as in Azure."""

    routes: list[Route]
    functions: Mapping[str, Function]
    caller: Caller
    sign_in: SignIn | None
    key: str
    fire: Callable[[Function, str], Coroutine[Any, Any, None]]
    background: set[asyncio.Task[Any]] = field(default_factory=set)

    async def __call__(
        self, scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]], send: Send
    ) -> None:
        if scope["type"] != "http":
            return
        headers = _headers(scope["headers"])
        body = await _body(receive)
        path = scope["path"]
        query = scope["query_string"].decode()
        if body is None:
            return  # the caller has gone
        if not _is_ours(headers.get("host", ""), scope):
            await _say(send, 421, f"this host is {' or '.join(_OUR_NAMES)} with its port, and nobody else")
        elif len(body) > LARGEST_BODY:
            await _answer(send, 413, b"")
        elif path.startswith("/.auth/") and self.sign_in:
            await self._auth(send, self.sign_in, path, query, headers)
        elif path.startswith("/admin/"):
            await self._admin(send, scope["method"], path, headers, body)
        else:
            await self._function(send, scope, query, headers, body)

    async def _auth(self, send: Send, sign_in: SignIn, path: str, query: str, headers: dict[str, str]) -> None:
        if path == "/.auth/login/aad":
            await _answer(send, 200, page(query).encode(), PAGE_HEADERS)
        elif path in FILES:
            await _answer(send, 200, *file(path))
        elif path == "/.auth/login/local":
            role = parse_qs(query).get("role", [""])[0]
            if role not in ROLES:
                await _answer(send, 400, b"no such role")
                return
            await _answer(send, 302, b"", [("location", back_to(query)), ("set-cookie", sign_in.cookie(role))])
        elif path == "/.auth/logout":
            gone = "AppServiceAuthSession=; Path=/; Max-Age=0"
            await _answer(send, 302, b"", [("location", back_to(query)), ("set-cookie", gone)])
        elif path == "/.auth/me" and (role := sign_in.role_of(headers) or ""):
            await _json(send, 200, [{"provider_name": "aad", "user_id": sign_in.headers(role)[f"{FORGEABLE}-name"]}])
        else:
            await _answer(send, 401 if path == "/.auth/me" else 404, b"")

    async def _admin(self, send: Send, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        """Status, and running a function by hand. Refuses pages of other origins: a browser sends the Origin header for
        them.
        """
        if "origin" in headers:
            await _answer(send, 403, b"")
        elif method == "GET" and path == "/admin/host/status":
            await _json(send, 200, self.caller.status.as_json())
        elif method == "POST" and path.startswith("/admin/functions/"):
            await _say(send, *self._fired(self.functions.get(path.removeprefix("/admin/functions/")), body))
        else:
            await _answer(send, 404, b"")

    def _fired(self, function: Function | None, body: bytes) -> tuple[int, str]:
        """Starts the function in the background: 202; otherwise the reason why it cannot run."""
        if function is None:
            return 404, "there is no function of that name"
        if why := hindrance(function):
            return 400, why
        if function.kind == "http":
            route = next(one for one in self.routes if one.function is function)
            return 400, f"it is called over HTTP, at its own address {route.template}"
        try:
            text = json.loads(body or b"{}").get("input", "")
        except (ValueError, AttributeError):
            return 400, "the body is no JSON object"
        if not isinstance(text, str):
            return 400, "input is no text"
        self._in_background(self.fire(function, text))
        return 202, ""

    def _in_background[T](self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """The host waits for this work when it shuts down. The caller of the function logs its failures."""
        task = asyncio.create_task(work)
        self.background.add(task)
        task.add_done_callback(self.background.discard)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task

    async def _function(
        self, send: Send, scope: dict[str, Any], query: str, headers: dict[str, str], body: bytes
    ) -> None:
        for route in self.routes:
            values = route.match(scope["method"], scope["path"])
            if values is not None:
                break
        else:
            await _answer(send, 404, b"")
            return
        if route.level != "anonymous" and not self._has_key(query, headers):
            await _answer(send, 401, b"")
            return
        if self.sign_in:
            headers = {name: value for name, value in headers.items() if not name.startswith(FORGEABLE)}
            if role := self.sign_in.role_of(headers):
                headers |= self.sign_in.headers(role)
        if why := hindrance(route.function):
            await _say(send, 501, why)
            return
        request = _request(scope, query, headers, _handed_over(body, headers), values)
        call = self._in_background(
            self.caller.call(route.function, request, trace_parent=headers.get("traceparent", ""))
        )
        await asyncio.wait({call}, timeout=LONGEST_ANSWER)  # a timeout loses the answer, not the call
        if not call.done():
            await _answer(send, 504, b"")
            return
        try:
            result = await call
        except FunctionFailed:
            await _answer(send, 500, b"")
        else:
            await _respond(send, scope["method"], result.return_value)

    def _has_key(self, query: str, headers: dict[str, str]) -> bool:
        return self.key in (headers.get("x-functions-key"), parse_qs(query).get("code", [""])[0])


def _is_ours(host: str, scope: dict[str, Any]) -> bool:
    """Refuses foreign host names (DNS rebinding): a browser sends the name that a page was loaded from."""
    port = scope["server"][1]
    ours = {f"{name}:{port}" for name in _OUR_NAMES}
    return host.lower() in (ours | set(_OUR_NAMES) if port in (None, 80) else ours)


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """One value per name; repeated headers are joined, as the platform joins them."""
    joined: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        joined[key] = f"{joined[key]}{'; ' if key == 'cookie' else ','}{text}" if key in joined else text
    return joined


async def _body(receive: Callable[[], Awaitable[dict[str, Any]]]) -> bytes | None:
    """The whole body, read only slightly past the size limit; None when the caller disconnected in the middle."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST_BODY or not message.get("more_body"):
            return b"".join(parts)


def _handed_over(body: bytes, headers: Mapping[str, str]) -> bytes:
    """The body that the worker receives: empty without Content-Length (Azure/azure-functions-host#7930, #4926)."""
    length = headers.get("content-length", "")
    return body if length.isdecimal() and int(length) else b""


def _request(
    scope: dict[str, Any], query: str, headers: dict[str, str], body: bytes, values: Mapping[str, str]
) -> TypedData:
    raw_path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    url = f"{scope['scheme']}://{headers.get('host', 'localhost')}{raw_path}{'?' if query else ''}{query}"
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    return TypedData(
        http=RpcHttp(
            method=scope["method"],
            url=url,
            headers=headers,
            body=TypedData(bytes=body),
            params=dict(values),
            query=parameters,
        )
    )


async def _respond(send: Send, method: str, value: TypedData | None) -> None:
    """Sends the function's answer; a result that is no HTTP response becomes an empty 500, as in Azure."""
    kind = value.WhichOneof("data") if value else None
    if value is None or kind is None:
        await _answer(send, 204, b"")
    elif kind == "http":
        http: RpcHttp = value.http
        body = http.body
        content = body.bytes or body.string.encode() or body.json.encode() if body else b""
        headers = [(name.lower(), text) for name, text in http.headers.items()]
        headers += [("set-cookie", _cookie(one)) for one in http.cookies]
        await _answer(send, int(http.status_code or 200), b"" if method == "HEAD" else content, headers)
    elif kind == "string":
        await _answer(send, 200, value.string.encode(), [("content-type", "text/plain; charset=utf-8")])
    else:
        await _answer(send, 500, b"")


def _cookie(one: RpcHttpCookie) -> str:
    parts = [f"{one.name}={one.value}"]
    for name, nullable in (("Domain", one.domain), ("Path", one.path)):
        if nullable and nullable.value:
            parts.append(f"{name}={nullable.value}")
    if one.expires and one.expires.value:
        parts.append(f"Expires={formatdate(one.expires.value.seconds, usegmt=True)}")
    if one.max_age:
        parts.append(f"Max-Age={int(one.max_age.value)}")
    parts += ["Secure"] if one.secure and one.secure.value else []
    parts += ["HttpOnly"] if one.http_only and one.http_only.value else []
    parts += [f"SameSite={one.same_site}"] if one.same_site else []
    return "; ".join(parts)


async def _say(send: Send, status: int, sentence: str) -> None:
    await _answer(send, status, sentence.encode(), [("content-type", "text/plain; charset=utf-8")])


async def _json(send: Send, status: int, content: object) -> None:
    await _answer(send, status, json.dumps(content).encode(), [("content-type", "application/json")])


async def _answer(send: Send, status: int, body: bytes, headers: Headers | None = None) -> None:
    given = [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in headers or [] if name != "content-length"
    ]
    given.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": given})
    await send({"type": "http.response.body", "body": body})
