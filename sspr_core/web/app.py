"""The FastAPI application behind the HTTP functions."""

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from sspr_core.health.probe import HealthProbe
from sspr_core.model.clock import Clock, utc_now
from sspr_core.ports.services import Services
from sspr_core.web import problems, static_files
from sspr_core.web.api import description, drafts, exports, health, reports, runs, settings, templates, tenants
from sspr_core.web.middleware import Middleware
from sspr_core.web.pages import consent
from sspr_core.web.pages import router as pages


def create_app(services: Services, *, clock: Clock = utc_now) -> FastAPI:
    """The FastAPI application over these services; its built-in docs pages and OpenAPI document are replaced."""
    app = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.services, app.state.clock = services, clock
    app.state.looking = HealthProbe(services)
    problems.handle(app)
    for router in (
        consent.router,  # before the static files, whose path it shares
        drafts.router,
        exports.router,
        health.router,
        tenants.operator_router,
        description.router,
        reports.router,
        runs.operator_router,
        runs.router,
        settings.router,
        pages.router,
        static_files.router,
        templates.router,
        tenants.router,
    ):
        app.include_router(router)
    app.add_middleware(GZipMiddleware, minimum_size=1_000)
    app.add_middleware(Middleware, terms=services.terms)
    return app
