"""Routes that nobody reaches without being somebody: checked before a parameter or a body is even looked at."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from sspr_core.web.caller import caller_of
from sspr_core.web.deps import world_of


class SignedIn(APIRoute):
    """Fails closed: a route that forgets to ask for its caller is still for signed-in people of the partner only."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def checked(request: Request) -> Response:
            caller_of(request.headers, world_of(request).terms)
            try:
                return await handle(request)
            except HTTPException as error:
                if error.status_code != 400:
                    raise
                # FastAPI's answer to a body that is not even text; to a caller it is one more bad value.
                problem = {"type": "unreadable", "loc": ("body",), "msg": "is not JSON"}
                raise RequestValidationError([problem]) from error

        return checked
