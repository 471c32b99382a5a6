"""Drafts as a download, for the API and for pages."""

from fastapi import Response

from sspr_core.mail.draft_view import draft_file_name, draft_files
from sspr_core.mail.drafts import Drafts
from sspr_core.mail.eml_zip import zip_of
from sspr_core.web.attachment import attached_as
from sspr_core.web.problems import Refused

EML, ZIP = "message/rfc822", "application/zip"


def nobody() -> Refused:
    return Refused(409, "nobody_to_write_to", "All chosen users are left out; as JSON the answer says why.")


def download(made: Drafts) -> Response:
    """One file that opens as a draft, or a zip of several. Raises Refused when there is nobody to write to."""
    files = draft_files(made)
    if not files:
        raise nobody()
    if len(files) == 1:
        ((name, content),) = files
        return _attached(name, content, EML)
    return _attached(draft_file_name(made, ending="zip"), zip_of(files), ZIP)


def _attached(name: str, content: bytes, kind: str) -> Response:
    return Response(content, media_type=kind, headers=attached_as(name))
