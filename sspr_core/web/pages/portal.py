"""All pages, and what is none."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from sspr_core.model.errors import NotFound
from sspr_core.web.deps import Reader
from sspr_core.web.pages import (
    branding_page,
    draft_part,
    health_page,
    overview_page,
    refresh_part,
    report_page,
    report_send,
    report_sent_page,
    reports_page,
    run_actions,
    run_new_page,
    run_page,
    runs_page,
    templates_page,
    tenant_page,
    to_do_page,
)
from sspr_core.web.pages.route import PageRoute

router = APIRouter(include_in_schema=False)
for pages in (
    overview_page.router,
    to_do_page.router,
    templates_page.router,
    branding_page.router,
    refresh_part.router,
    draft_part.router,
    tenant_page.router,
    runs_page.router,
    run_new_page.router,  # before one run: `new` is no run's id
    run_page.router,
    run_actions.router,
    reports_page.router,
    report_page.router,
    report_send.router,
    report_sent_page.router,
    health_page.router,
):
    router.include_router(pages)

_rest = APIRouter(route_class=PageRoute, include_in_schema=False)


@_rest.get("/p/{rest:path}")
async def no_page(request: Request, _caller: Reader, rest: str) -> Response:
    """`/p/` is the overview; anything else there is no page of that name."""
    if rest:
        raise NotFound(rest)
    return RedirectResponse(f"/p?{request.url.query}" if request.url.query else "/p", 308)


router.include_router(_rest)
