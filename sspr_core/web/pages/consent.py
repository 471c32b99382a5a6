"""Where a customer's administrator lands after Entra's consent page: outside sign-in, for they have no account here."""

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import QueryParams

from sspr_core.model.problem import CONSENTED
from sspr_core.web.pages.render import environment

router = APIRouter(include_in_schema=False)

type Outcome = Literal["given", "refused", "unknown"]


@router.get(CONSENTED)
async def consented(request: Request) -> HTMLResponse:
    return HTMLResponse(environment().get_template("consented.html").render(outcome=outcome_of(request.query_params)))


def outcome_of(query: QueryParams) -> Outcome:
    """What Entra says came of it. It sends `admin_consent=True` with a refusal too, so an error decides.

    Nothing of the query is shown: a made-up address can only choose among the page's own words.
    """
    if "error" in query:
        return "refused"
    return "given" if query.get("admin_consent", "").lower() == "true" else "unknown"
