"""The health of the app, for those who run it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from sspr_core.health.probe import HealthProbe
from sspr_core.health.responses import health_view
from sspr_core.web.dependencies import Admin, Now, as_json
from sspr_core.web.openapi import report_shapes
from sspr_core.web.openapi.answers import answers
from sspr_core.web.requests.queries import NoQuery

router = APIRouter(prefix="/api/v1", tags=["Operation"])


@router.get("/health", response_model=None, responses=answers(report_shapes.HealthShape, 422))
async def get_health(request: Request, _caller: Admin, now: Now, _query: Annotated[NoQuery, Query()]) -> Response:
    """Whether everything works that the app needs, and what to do where it does not; within about ten seconds.

    The answer is 200 whatever it says: look at `status`. The mail service is asked at most every ten minutes.
    """
    looking: HealthProbe = request.app.state.looking
    return as_json(health_view(await looking.look(now=now), now=now))
