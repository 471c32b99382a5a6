"""httpx's requests over aiohttp: kiota wants an httpx client, whose own transport takes twice as long for a page."""

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


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Bodies are read whole. Raises httpx's errors; the session belongs to whoever made it."""

    def __init__(self, session: ClientSession) -> None:
        self._session = session

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        waits = request.extensions.get("timeout", {})
        try:
            async with self._session.request(
                request.method,
                URL(str(request.url), encoded=True),  # links to next pages go back as they came
                headers=request.headers.multi_items(),
                data=await request.aread() or None,
                allow_redirects=False,
                timeout=ClientTimeout(sock_connect=waits.get("connect"), sock_read=waits.get("read")),
            ) as answer:
                body = await answer.read()
        except (ClientError, TimeoutError) as error:
            raise _translated(error, request) from error
        return httpx.Response(answer.status, headers=answer.raw_headers, content=body)


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
