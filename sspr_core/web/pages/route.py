"""Shows a page's errors as a page that says what to do."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel

from sspr_core.model.errors import Invalid, NotFound, TryAgain
from sspr_core.web.caller import Forbidden, caller_of
from sspr_core.web.dependencies import world_of
from sspr_core.web.pages.forms import validated
from sspr_core.web.pages.render import show
from sspr_core.web.problems import RequestRefused


class PageRoute(APIRoute):
    """Turns the errors that have an answer into a page."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def shown(request: Request) -> Response:
            try:
                return await handle(request)
            except (Forbidden, NotFound, Invalid, TryAgain, RequestRefused, RequestValidationError) as error:
                return _page(request, error)

        return shown


def read_query[T: BaseModel](model: type[T], request: Request) -> T:
    """The page's query; an empty form field counts as absent. Raises Invalid with the first bad field."""
    return validated(model, {name: value for name, value in request.query_params.items() if value})


def _page(request: Request, error: Exception) -> Response:
    status, heading, detail, advice = _words(error)
    caller = caller_of(request.headers, world_of(request).terms)
    headers = {"Retry-After": "5"} if status == 503 else None
    return show(
        request, caller, "error.html", status=status, headers=headers, heading=heading, detail=detail, advice=advice
    )


def _words(error: Exception) -> tuple[int, str, str, str]:
    match error:
        case Forbidden():
            return 403, "Not allowed", str(error), "Ask an administrator of the partner's tenant for the role."
        case NotFound():
            return 404, "Not found", "There is no such thing, or it is not yours to see.", "It may have been removed."
        case Invalid(field=field):
            return 422, "Not understood", f"{field}: {error}.", "Correct the address, or begin again at the overview."
        case RequestRefused(status=status):
            return status, "Not possible", str(error), "Go back and look at the present state."
        case RequestValidationError():
            return 422, "Not understood", "The address or the form has a value that is not one.", "Begin again."
        case _:
            return 503, "Storage did not answer", "Nothing is lost.", "Reload the page in a few seconds."
