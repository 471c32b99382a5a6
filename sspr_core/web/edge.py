"""What holds for every answer: its headers, who may send a form from where, what of the query is ours."""

from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sspr_core.web.headers import PROTECTING
from sspr_core.web.origin import is_foreign
from sspr_core.web.problems import problem

_PLATFORMS = ("code", "clientId")  # the platform's own query parameters, seen by functions


class Edge:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        self._app = app
        self._public_url = public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["query_string"] = _ours_of(scope["query_string"])

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in PROTECTING.items():
                    headers.setdefault(name, value)
            await send(message)

        if is_foreign(scope["method"], Headers(scope=scope), scheme=scope["scheme"], public_url=self._public_url):
            refused = problem(403, "foreign_origin", "Requests that change something must come from this site.")
            await refused(scope, receive, with_headers)
            return
        await self._app(scope, receive, with_headers)


def _ours_of(query: Any) -> bytes:
    text: bytes = query
    if b"code=" not in text and b"clientId=" not in text:
        return text
    return b"&".join(part for part in text.split(b"&") if part.split(b"=")[0].decode("latin-1") not in _PLATFORMS)
