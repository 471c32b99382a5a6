"""The application behind the HTTP doors."""

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from sspr_core.health.look import Looking
from sspr_core.model.clock import Clock, utc_now
from sspr_core.web import (
    consent_page,
    draft_routes,
    export_routes,
    feed_routes,
    health_routes,
    operator_routes,
    page_routes,
    problems,
    report_routes,
    run_operator_routes,
    run_routes,
    settings_routes,
    static_files,
    template_routes,
    tenant_routes,
)
from sspr_core.web.edge import Edge
from sspr_core.web.pages import portal
from sspr_core.world import World


def create_app(world: World, *, clock: Clock = utc_now) -> FastAPI:
    """FastAPI over this world; its own pages and document are off, ours take their place."""
    app = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.world, app.state.clock = world, clock
    app.state.looking = Looking(world)
    problems.handle(app)
    for router in (
        consent_page.router,  # before the files, among which it has its address
        draft_routes.router,
        export_routes.router,
        feed_routes.router,
        health_routes.router,
        operator_routes.operator_router,
        page_routes.router,
        report_routes.router,
        run_operator_routes.operator_router,
        run_routes.router,
        settings_routes.router,
        portal.router,
        static_files.router,
        template_routes.router,
        tenant_routes.router,
    ):
        app.include_router(router)
    app.add_middleware(GZipMiddleware, minimum_size=1_000)
    app.add_middleware(Edge, terms=world.terms)
    return app
