"""Bodies that did not arrive, though callers sent them: where to look, and what to answer."""

from typing import Annotated

from fastapi import Depends, Request

from sspr_core.web.problems import is_lost, length_required


async def read_needed(request: Request) -> bytes:
    """The body of a request that must have one. Raises RequestRefused where it may have been dropped."""
    body = await request.body()
    if not body and is_lost(request.headers):
        raise length_required()
    return body


_ANNOUNCE = ("transfer-encoding", "content-type")  # the platform may keep either, HTTP/2 knows no chunks


async def whole(request: Request) -> None:
    """Where a request may have a body. Raises RequestRefused for one that was announced and dropped."""
    if any(name in request.headers for name in _ANNOUNCE):
        await read_needed(request)


Whole = Annotated[None, Depends(whole)]  # after the caller among a route's parameters: the role is looked at first
