"""Drafts: prepared messages for a person to send."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from sspr_core.mail.draft_view import drafts_view
from sspr_core.mail.drafts import prepare
from sspr_core.web.api.accept import preferred
from sspr_core.web.caller import scope_of
from sspr_core.web.dependencies import Reader, TheWorld, as_json
from sspr_core.web.downloads import EML, ZIP, download, nobody
from sspr_core.web.openapi import shapes
from sspr_core.web.openapi.answers import answers
from sspr_core.web.problems import Refused
from sspr_core.web.requests.draft_body import DraftsWanted
from sspr_core.web.requests.queries import NoQuery

router = APIRouter(prefix="/api/v1", tags=["Drafts"])

JSON = "application/json"


def _not_acceptable() -> Refused:
    return Refused(406, "not_acceptable", f"Drafts come as {JSON}, or as {EML}.")


@router.post(
    "/drafts",
    response_model=None,
    responses=answers(shapes.DraftsShape, 404, 422, refused=[_not_acceptable(), nobody()], files=[EML, ZIP]),
)
async def compose_draft(
    request: Request, world: TheWorld, caller: Reader, body: DraftsWanted, _query: Annotated[NoQuery, Query()]
) -> Response:
    """Messages to open in a mail program, look at and send; nothing is stored and nothing is sent.

    With `Accept: message/rfc822` as files that open as drafts: one, or a zip (`application/zip`) of several. Readers
    may, because it tells them nothing that the list of users does not.
    """
    kind = preferred(request.headers.get("accept"), (JSON, EML))
    if kind is None:
        raise _not_acceptable()
    made = await prepare(body.wanted(), scope_of(caller), world.tenants, world.registrations, world.own)
    return as_json(drafts_view(made)) if kind == JSON else download(made)
