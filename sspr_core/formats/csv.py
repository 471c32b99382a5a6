"""Cells made harmless: what a directory says must not run when a spreadsheet opens the file."""

import re

_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"  # also full-width and small: taken for the same
_UNSEEN = "\\s\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_RISKY = re.compile(
    # Where the text begins, or where a program with another idea of separators would begin a cell: Excel takes
    # semicolons in half of Europe, and not everybody respects quotes around a line break.
    f"(?:^|(?<=[;\\t\\r\\n]))(?=[{_UNSEEN}]*[{_SIGNS}])"
    # A tab, a line break or a null in front, though nothing risky follows: programs differ in what they skip.
    "|^(?= *[\\t\\r\\n\x00])"
)


def harmless(text: str) -> str:
    """The text with an apostrophe wherever a spreadsheet could take what follows for a formula (OWASP, CSV injection).

    For files of text only: a cell that has a type cannot run, and needs no apostrophe.
    """
    return _RISKY.sub("'", text)
