"""Responses that are files, and the headers that name the files."""

from urllib.parse import quote

from fastapi import Response

from sspr_core.mail.drafts import Drafts
from sspr_core.mail.eml import zip_of
from sspr_core.mail.responses import draft_file_name, draft_files
from sspr_core.model.text import ascii_of, hyphenated
from sspr_core.web.problems import RequestRefused

_LONGEST = 50  # letters of a title: with the rest still a valid file name, even at four bytes a letter

EML, ZIP = "message/rfc822", "application/zip"


def attachment(title: str, rest: str) -> dict[str, str]:
    """The header (RFC 6266): a file name of the title's letters and digits, and `rest`; first in ASCII, for clients
    that read only that.
    """
    plain, name = _fit(ascii_of(title)) + rest, quote(_fit(title) + rest, safe="")
    return {"content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{name}"}


def attached_as(name: str) -> dict[str, str]:
    """The header for a name that needs no change."""
    return {"content-disposition": f'attachment; filename="{name}"'}


def _fit(title: str) -> str:
    return hyphenated(title, most=_LONGEST) or "tenant"


def no_recipients() -> RequestRefused:
    return RequestRefused(409, "nobody_to_write_to", "All chosen users are left out; as JSON the answer says why.")


def download(made: Drafts) -> Response:
    """One file that opens as a draft, or a zip of several. Raises RequestRefused when there is no recipient."""
    files = draft_files(made)
    if not files:
        raise no_recipients()
    if len(files) == 1:
        ((name, content),) = files
        return _attached(name, content, EML)
    return _attached(draft_file_name(made, ending="zip"), zip_of(files), ZIP)


def _attached(name: str, content: bytes, kind: str) -> Response:
    return Response(content, media_type=kind, headers=attached_as(name))
