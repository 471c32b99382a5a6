"""Turns every refusal into a problem (RFC 9457) with a stable code and the field at fault."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import quote

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from sspr_core.model.errors import Conflict, Invalid, NotFound, SendingOff, TryAgain
from sspr_core.model.mail_service import SENDING_OFF
from sspr_core.web.caller import Forbidden, Unauthenticated


class RequestRefused(Exception):
    """A request that cannot be carried out now, with the status and code to answer."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code = status, code


def not_possible(error: Conflict) -> RequestRefused:
    """The refusal of an action that the run's state does not allow, or that is not possible while sending is off."""
    return RequestRefused(409, SENDING_OFF if isinstance(error, SendingOff) else "not_possible", str(error))


def length_required() -> RequestRefused:
    """The refusal of a request whose body did not arrive."""
    return RequestRefused(
        411, "length_required", "No body arrived. Send it with Content-Length: one that comes in chunks is dropped."
    )


def is_lost(headers: Mapping[str, str]) -> bool:
    """Whether a request without a body may have lost it on the way.

    The platform passes a body on only if there is a Content-Length, and drops chunked bodies
    (Azure/azure-functions-host#7930, #4926).
    """
    return "content-length" not in headers


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    errors: Sequence[tuple[str, str]] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """The response. `errors`: pairs of field and message; the first field is also at the top level."""
    content: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    if errors:
        content["field"] = errors[0][0]
        content["errors"] = [{"field": field, "message": message} for field, message in errors]
    return Response(msgspec.json.encode(content), status, headers, media_type="application/problem+json")


def handle(app: FastAPI) -> None:
    """Turn every error that has an answer into its problem; the middleware answers all others."""
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http)
    for kind in (Unauthenticated, Forbidden, NotFound, Invalid, TryAgain, RequestRefused):
        app.add_exception_handler(kind, _ours)


async def _ours(request: Request, error: Exception) -> Response:
    return answer_to(error, method=request.method, path=request.url.path)


def answer_to(error: Exception, *, method: str = "GET", path: str = "/api/", query: str = "") -> Response:
    """The response to one of the app's own errors; raises any other."""
    match error:
        case Unauthenticated():
            return _sign_in(method, path, query)
        case Forbidden():
            return problem(403, "forbidden", str(error))
        case NotFound():
            return problem(404, "not_found", "There is no such thing, or it is not yours to see.")
        case Invalid(field=field):
            return invalid([(field, str(error))])
        case RequestRefused(status=status, code=code):
            return problem(status, code, str(error))
        case TryAgain(after=after):
            seconds = max(1, int((after or timedelta(seconds=5)).total_seconds()))
            return problem(503, "try_again", "Storage did not answer.", headers={"Retry-After": str(seconds)})
    raise error


def invalid(errors: Sequence[tuple[str, str]]) -> Response:
    return problem(422, "invalid_request", f"{errors[0][0]}: {errors[0][1]}", errors=errors)


def _sign_in(method: str, path: str, query: str) -> Response:
    """Redirect people who open a page to the sign-in; answer programs with 401."""
    if method in ("GET", "HEAD") and (not path.startswith("/api/") or path == "/api/v1/docs"):
        here = "/" + path.lstrip("/\\")  # two slashes at the beginning would be another site's address
        here += f"?{query}" if query else ""
        return RedirectResponse(f"/.auth/login/aad?post_login_redirect_uri={quote(here)}", 302)
    return problem(401, "unauthenticated", "Sign in first.", headers={"WWW-Authenticate": "Bearer"})


async def _invalid_request(request: Request, error: Exception) -> Response:
    """One error per parameter: a parameter that may have several types gets one error that names each type."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it only
    if is_lost(request.headers) and any((one["type"], one["loc"]) == _NO_BODY for one in error.errors()):
        return answer_to(length_required())
    messages: dict[str, list[str]] = {}
    for one in error.errors():
        messages.setdefault(_field(one["loc"]), []).append(_message(one))
    return invalid([(field, "; or: ".join(said)) for field, said in messages.items()])


_NO_BODY = ("missing", ("body",))


def _field(location: Sequence[int | str]) -> str:
    """The name that the caller knows: without FastAPI's location and without the type that was tried."""
    where, *names = location
    return names[0] if names and isinstance(names[0], str) else str(where)


def _message(error: dict[str, object]) -> str:
    if error["type"] == "extra_forbidden":
        return "unknown parameter"
    return str(error["msg"]).removeprefix("Value error, ")  # pydantic's prefix to the app's own message


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it only
    if error.status_code == 400:  # FastAPI's answer to a body that is not even text; here one more invalid value
        return invalid([("body", "is not JSON")])
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "refused")
    return problem(error.status_code, code, str(error.detail), headers=dict(error.headers or {}))
