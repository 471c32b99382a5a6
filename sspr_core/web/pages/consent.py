"""The page that follows Entra's consent page. It needs no sign-in: a customer's administrator has no account here."""

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
    """The result of the consent, from Entra's query. Entra sends `admin_consent=True` also with a refusal, so an error
    decides.

    The page shows nothing of the query: a forged URL can only choose among the page's own texts.
    """
    if "error" in query:
        return "refused"
    return "given" if query.get("admin_consent", "").lower() == "true" else "unknown"
