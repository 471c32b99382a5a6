"""The router of all pages, and the answer for unknown ones."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from sspr_core.model.errors import NotFound
from sspr_core.web.dependencies import Reader
from sspr_core.web.pages import (
    attention,
    branding,
    draft,
    health,
    new_run,
    overview,
    report_plan,
    reports,
    run,
    templates,
    tenant,
)
from sspr_core.web.pages.route import PageRoute

router = APIRouter(include_in_schema=False)
for pages in (
    overview.router,
    attention.router,
    templates.router,
    branding.router,
    draft.router,
    tenant.router,
    new_run.router,  # before run.router: `new` is no run's id
    run.router,
    report_plan.router,
    reports.router,
    health.router,
):
    router.include_router(pages)

_rest = APIRouter(route_class=PageRoute, include_in_schema=False)


@_rest.get("/p/{rest:path}")
async def no_page(request: Request, _caller: Reader, rest: str) -> Response:
    """Redirects `/p/` to the overview; any other path here is no page."""
    if rest:
        raise NotFound(rest)
    return RedirectResponse(f"/p?{request.url.query}" if request.url.query else "/p", 308)


router.include_router(_rest)
