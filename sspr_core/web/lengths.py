"""Bodies that did not arrive, though callers sent them: where to look, and what to answer."""

from fastapi import Request

from sspr_core.web.problems import is_lost, length_required


async def read_needed(request: Request) -> bytes:
    """The body of a request that must have one. Raises Refused where it may have been dropped."""
    body = await request.body()
    if not body and is_lost(request.headers):
        raise length_required()
    return body


async def whole(request: Request) -> None:
    """Where a request may have a body. Raises Refused for one that was announced and dropped."""
    if "transfer-encoding" in request.headers:
        await read_needed(request)
