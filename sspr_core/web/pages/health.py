"""The health page: the state of every part of the app, for those who operate it."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from sspr_core.health.checks import Health, worst
from sspr_core.health.probe import HealthProbe
from sspr_core.web.dependencies import Admin, Now
from sspr_core.web.pages.render import show
from sspr_core.web.pages.route import PageRoute, read_query
from sspr_core.web.requests.queries import NoQuery

router = APIRouter(route_class=PageRoute, include_in_schema=False)

_WORST_FIRST = (Health.FAIL, Health.WARN, Health.OK)


@router.get("/p/health")
async def health_page(request: Request, caller: Admin, now: Now) -> Response:
    """Parts that need action come first; answers within about ten seconds, as the API does."""
    read_query(NoQuery, request)
    looking: HealthProbe = request.app.state.looking
    checks = await looking.look(now=now)
    return show(
        request,
        caller,
        "health.html",
        checks=sorted(checks, key=lambda check: _WORST_FIRST.index(check.health)),
        health=worst(checks),
        to_do_count=sum(check.health is not Health.OK for check in checks),
        as_of=now,
    )
