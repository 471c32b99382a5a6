"""Pages: the way in, and the API's description."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from sspr_core.web.dependencies import Reader, TheWorld, as_json
from sspr_core.web.openapi.docs_page import docs_page
from sspr_core.web.openapi.document import document
from sspr_core.web.requests.queries import NoQuery

router = APIRouter(include_in_schema=False)

Nothing = Annotated[NoQuery, Query()]


@router.get("/")
async def home(_caller: Reader, _query: Nothing) -> Response:
    """To the first page."""
    return RedirectResponse("/p", 302)


@router.get("/api/v1/openapi.json")
async def openapi(request: Request, _caller: Reader, _query: Nothing) -> Response:
    return as_json(document(request.app))


@router.get("/api/v1/docs")
async def docs(request: Request, services: TheWorld, _caller: Reader, _query: Nothing) -> Response:
    return HTMLResponse(docs_page(document(request.app), services.terms.public_url or "https://<app>"))
