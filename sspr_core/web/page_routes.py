"""Pages: the way in, and the API's description."""

from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, Response

from sspr_core.web.deps import Reader, TheWorld, as_json
from sspr_core.web.docs_page import docs_page, frame
from sspr_core.web.queries import NoQuery

router = APIRouter(include_in_schema=False)
VERSION = "0.1.0"

Nothing = Annotated[NoQuery, Query()]


@router.get("/")
async def home(_caller: Reader, _query: Nothing) -> Response:
    """Where to go."""
    return HTMLResponse(
        frame(
            "sspr-manager",
            "<h1>sspr-manager</h1><p>Who is not registered for self-service password reset, in every customer's "
            'tenant.</p><section><p><a href="/api/v1/docs">The API, described</a></p><p>'
            '<a href="/api/v1/overview">Overview of all tenants (JSON)</a></p><p>'
            '<a href="/api/v1/tenants">Tenants (JSON)</a></p></section>',
        )
    )


@router.get("/api/v1/openapi.json")
async def openapi(request: Request, _caller: Reader, _query: Nothing) -> Response:
    return as_json(document(request.app))


@router.get("/api/v1/docs")
async def docs(request: Request, world: TheWorld, _caller: Reader, _query: Nothing) -> Response:
    return HTMLResponse(docs_page(document(request.app), world.terms.public_url or "https://<app>"))


@cache
def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document. Problems have their own media type, which FastAPI's models would put under JSON."""
    made = get_openapi(
        title="sspr-manager",
        version=VERSION,
        description="SSPR registration of every customer tenant: status, history, operation.",
        routes=app.routes,
    )
    for methods in made["paths"].values():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                _as_problem(status, answer)
    return made


def _as_problem(status: str, answer: dict[str, Any]) -> None:
    if int(status) < 400:
        return
    content = answer.get("content", {})
    schema = content.pop("application/json", {}).get("schema")
    content["application/problem+json"] = {
        "schema": schema or {"$ref": "#/components/schemas/ProblemShape"},
        "example": {
            "type": "about:blank",
            "title": answer["description"],
            "status": int(status),
            "code": _CODES.get(status, "refused"),
            "detail": answer["description"],
        },
    }
    answer["content"] = content


_CODES = {
    "401": "unauthenticated",
    "403": "forbidden",
    "404": "not_found",
    "409": "not_read",
    "413": "too_large",
    "422": "invalid_request",
    "503": "try_again",
}
