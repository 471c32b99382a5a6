"""Applies to every request: checks caller and origin, sets headers, answers uncaught errors."""

import logging
from collections import Counter
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sspr_core.model.errors import Invalid
from sspr_core.model.limits import OperatingLimits
from sspr_core.web.caller import Forbidden, Unauthenticated, caller_of
from sspr_core.web.problems import RequestRefused, answer_to, problem
from sspr_core.web.security_headers import PROTECTING

log = logging.getLogger(__name__)

_SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")

type Site = tuple[str, str]  # scheme, and host with port

_OPEN = "/static/"
_PLATFORMS = ("code", "clientId")  # the platform's own query parameters, seen by functions


def is_foreign(method: str, headers: Mapping[str, str], *, scheme: str, public_url: str) -> bool:
    """Whether a request that changes something comes from another site's page; programs send neither header.

    This site is the public address, and the requested host: with the request's scheme, or with https if a proxy ends
    TLS.
    """
    if method in _SAFE:
        return False
    if headers.get("sec-fetch-site") == "cross-site":
        return True
    origin = headers.get("origin")
    if origin is None:
        return False
    host = headers.get("host", "")
    ours = {_site(public_url), _site(f"{scheme}://{host}"), _site(f"https://{host}")} - {None}
    return _site(origin) not in ours


def _site(url: str) -> Site | None:
    """Scheme and host of a URL; None if it is no URL: `null`, empty, or with a bracket on which urlsplit raises."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return (parts.scheme, parts.netloc.lower()) if parts.scheme and parts.netloc else None


class Middleware:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, terms: OperatingLimits) -> None:
        self._app = app
        self._terms = terms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["query_string"] = _ours_of(scope["query_string"])
        begun = False

        async def with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in PROTECTING.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await (self._refusal(scope) or self._app)(scope, receive, with_headers)
        except Exception:  # any error: raised further, it would give the caller an empty answer without headers
            log.exception("unexpected, at %s %s", scope["method"], getattr(scope.get("route"), "path", "no route"))
            if begun:
                raise  # a partial answer must not look complete
            mistake = problem(500, "unexpected", "Something went wrong; the app's log knows what.")
            await mistake(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        """The refusal, before routing; None: no refusal. Only the partner's accounts learn which routes exist."""
        headers = Headers(scope=scope)
        try:
            if not scope["path"].startswith(_OPEN):
                caller_of(headers, self._terms)
            if is_foreign(scope["method"], headers, scheme=scope["scheme"], public_url=self._terms.public_url):
                raise RequestRefused(403, "foreign_origin", "Requests that change something must come from this site.")
            if twice := _given_twice(scope["query_string"]):
                raise Invalid(twice, "is given more than once")
        except (Unauthenticated, Forbidden, RequestRefused, Invalid) as error:
            return answer_to(
                error, method=scope["method"], path=scope["path"], query=scope["query_string"].decode("latin-1")
            )
        return None


def _ours_of(query: bytes) -> bytes:
    if b"code=" not in query and b"clientId=" not in query:
        return query
    return b"&".join(part for part in query.split(b"&") if part.split(b"=")[0].decode("latin-1") not in _PLATFORMS)


def _given_twice(query: bytes) -> str | None:
    """The first parameter given more than once: a framework would silently use one value and hide the other."""
    counted = Counter(name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True))
    return next((name for name, count in counted.items() if count > 1), None)
