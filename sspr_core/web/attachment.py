"""Answers that a browser saves as a file, under a name that is a tenant's and yet fit for every file system."""

from urllib.parse import quote

from sspr_core.model.text import ascii_of, hyphenated

_LONGEST = 50  # letters of a title, so that with what follows it is a file name even at four bytes a letter


def attachment(title: str, rest: str) -> dict[str, str]:
    """The header (RFC 6266): a name of the title's letters and digits, and `rest`; first for who reads ASCII only."""
    plain, name = _fit(ascii_of(title)) + rest, quote(_fit(title) + rest, safe="")
    return {"content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{name}"}


def attached_as(name: str) -> dict[str, str]:
    """The header for a name that is fit already."""
    return {"content-disposition": f'attachment; filename="{name}"'}


def _fit(title: str) -> str:
    return hyphenated(title, most=_LONGEST) or "tenant"
