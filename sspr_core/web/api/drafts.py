"""The API of drafts, as JSON or as files by content negotiation."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from sspr_core.mail.drafts import prepare
from sspr_core.mail.responses import drafts_view
from sspr_core.web.caller import scope_of
from sspr_core.web.dependencies import Reader, TheWorld, as_json
from sspr_core.web.downloads import EML, ZIP, download, no_recipients
from sspr_core.web.openapi import shapes
from sspr_core.web.openapi.answers import answers
from sspr_core.web.problems import RequestRefused
from sspr_core.web.requests.mail import DraftsWanted
from sspr_core.web.requests.queries import NoQuery

router = APIRouter(prefix="/api/v1", tags=["Drafts"])

JSON = "application/json"


def preferred(accept: str | None, offered: Sequence[str]) -> str | None:
    """The type the caller likes best, None when they take none of them; without a wish the first.

    Of types liked equally the one that is named most exactly, so that `message/rfc822, */*` is a wish.
    """
    ranges = list(_ranges(accept)) if accept and accept.strip() else [("*/*", 1.0)]
    rated = [(*_rating(one, ranges), -place, one) for place, one in enumerate(offered)]
    quality, *_, best = max(rated)
    return best if quality > 0 else None


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    """Media ranges and their quality, 0 to 1; parameters other than q do not matter here."""
    for part in accept.split(","):
        kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((one[2:] for one in parameters if one.startswith("q=")), "1")
        yield kind, min(1.0, float(quality)) if quality.replace(".", "", 1).isdecimal() else 0.0


def _rating(kind: str, ranges: Sequence[tuple[str, float]]) -> tuple[float, int]:
    """Its quality by the most exact range that takes it in, and how exact that is."""
    exactness = {"*/*": 1, f"{kind.partition('/')[0]}/*": 2, kind: 3}
    found = [(exactness[one], quality) for one, quality in ranges if one in exactness]
    exact, quality = max(found, default=(0, 0.0))
    return quality, exact


def _not_acceptable() -> RequestRefused:
    return RequestRefused(406, "not_acceptable", f"Drafts come as {JSON}, or as {EML}.")


@router.post(
    "/drafts",
    response_model=None,
    responses=answers(shapes.DraftsShape, 404, 422, refused=[_not_acceptable(), no_recipients()], files=[EML, ZIP]),
)
async def compose_draft(
    request: Request, services: TheWorld, caller: Reader, body: DraftsWanted, _query: Annotated[NoQuery, Query()]
) -> Response:
    """Messages to open in a mail program, look at and send; nothing is stored and nothing is sent.

    With `Accept: message/rfc822` as files that open as drafts: one, or a zip (`application/zip`) of several. Readers
    may, because it tells them nothing that the list of users does not.
    """
    kind = preferred(request.headers.get("accept"), (JSON, EML))
    if kind is None:
        raise _not_acceptable()
    made = await prepare(body.wanted(), scope_of(caller), services.tenants, services.registrations, services.own)
    return as_json(drafts_view(made)) if kind == JSON else download(made)
