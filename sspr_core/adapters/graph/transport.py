"""Sends httpx requests over aiohttp: kiota needs an httpx client, whose own transport takes twice as long for a page.

Nothing else in the app imports httpx, which has had no release since December 2024 while others move to httpx2
(microsoftgraph/msgraph-sdk-python-core#1115). If kiota moves to another client, a minor release of it breaks
`open_client` and its types here, and nothing else: kiota passes on `HTTPError` when a connection breaks, calls
`handle_async_request`, and `extensions["timeout"]` is how httpx passes the timeouts. Therefore pyproject.toml limits
the versions.
"""

from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientPayloadError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    ServerDisconnectedError,
)
from yarl import URL

from sspr_core.ports.telemetry import NULL_TELEMETRY, Telemetry, asked

_LISTS = ("organization", "subscribedSkus", "userRegistrationDetails", "users")
_PARTNERS = ("delegatedAdminCustomers", "delegatedAdminRelationships")
_TIMEOUT = httpx.Timeout(60.0, connect=15.0)

HTTPError = httpx.HTTPError


def open_client(session: ClientSession, telemetry: Telemetry = NULL_TELEMETRY) -> httpx.AsyncClient:
    """The client that kiota uses. The caller closes the session."""
    return httpx.AsyncClient(
        transport=AiohttpTransport(session, telemetry),
        timeout=_TIMEOUT,
        follow_redirects=False,
        cookies=_no_cookies(),
    )


def _no_cookies() -> CookieJar:
    """A jar that stores no cookie: all tenants share the client, and cookies of one must not reach another."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Reads whole bodies. Raises httpx's errors; the caller closes the session."""

    def __init__(self, session: ClientSession, telemetry: Telemetry = NULL_TELEMETRY) -> None:
        self._session = session
        self._telemetry = telemetry

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        facts = asked(request.method, request.url.host, request.url.port)
        with self._telemetry.span(f"graph {_asked_for(request.url.path)}", facts, outside=True) as span:
            answer = await self._answer(request)
            said = {"http.response.status_code": answer.status_code, "byte_count": len(answer.content)}
            span.note(said, failed=answer.status_code >= 400)
            return answer

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        waits = request.extensions.get("timeout", {})
        try:
            async with self._session.request(
                request.method,
                URL(str(request.url), encoded=True),  # links to next pages must be sent back unchanged
                headers=request.headers.multi_items(),
                data=await request.aread() or None,
                allow_redirects=False,
                timeout=ClientTimeout(sock_connect=waits.get("connect"), sock_read=waits.get("read")),
            ) as answer:
                body = await answer.read()
        except (ClientError, TimeoutError) as error:
            raise _translated(error, request) from error
        return httpx.Response(answer.status, headers=answer.raw_headers, content=body)


def _asked_for(path: str) -> str:
    """The name of the requested list; never the path of a link to a next page: the service may put anything there."""
    last = path.rsplit("/", 1)[-1]
    return last if last in _LISTS or last in _PARTNERS else "other"


def _translated(error: ClientError | TimeoutError, request: httpx.Request) -> httpx.TransportError:
    match error:
        case ConnectionTimeoutError():
            kind: type[httpx.TransportError] = httpx.ConnectTimeout
        case TimeoutError():
            kind = httpx.ReadTimeout
        case ClientConnectorError():
            kind = httpx.ConnectError
        case ClientPayloadError() | ServerDisconnectedError():
            kind = httpx.RemoteProtocolError
        case _:
            kind = httpx.NetworkError
    return kind(str(error), request=request)
