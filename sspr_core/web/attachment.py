"""Answers that a browser saves as a file, under a name that is a tenant's and yet fit for every file system."""

import unicodedata
from urllib.parse import quote

_LONGEST = 50  # letters of a title, so that with what follows it is a file name even at four bytes a letter


def attachment(title: str, rest: str) -> dict[str, str]:
    """The header (RFC 6266): a name of the title's letters and digits, and `rest`; first for who reads ASCII only."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    name = quote(_fit(title) + rest, safe="")
    return {"content-disposition": f"attachment; filename=\"{_fit(plain)}{rest}\"; filename*=UTF-8''{name}"}


def _fit(title: str) -> str:
    """Letters, their marks, and digits; anything else, be it a path, a control or a mark of direction, is a hyphen."""
    letters = (one if unicodedata.category(one)[0] in "LMN" else " " for one in unicodedata.normalize("NFC", title))
    return "-".join("".join(letters).split())[:_LONGEST].strip("-") or "tenant"
