"""CSV: lines, columns, and cells made safe so that a spreadsheet does not run them as formulas."""

import csv
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sspr_core.model.text import rfc3339

_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"  # also full-width and small: treated as the same
_UNSEEN = "\\s\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_RISKY = re.compile(
    # At the start of the text, or where a program with other separators would start a cell: Excel uses semicolons
    # in half of Europe, and some programs ignore quotes around a line break.
    f"(?:^|(?<=[;\\t\\r\\n]))(?=[{_UNSEEN}]*[{_SIGNS}])"
    # A leading tab, line break or null, even if nothing risky follows: programs differ in what they skip.
    "|^(?= *[\\t\\r\\n\x00])"
)

type Cell = str | bool | int | float | datetime | None

MARK = b"\xef\xbb\xbf"  # before the first line: Excel recognises the encoding by it


def escape_formula(text: str) -> str:
    """The text with an apostrophe wherever a spreadsheet could take what follows for a formula (OWASP, CSV injection).

    Only for text files: a typed cell does not run and needs no apostrophe.
    """
    return _RISKY.sub("'", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column[T]:
    """`name` as in the API, `heading` for people, `width` in characters."""

    name: str
    heading: str
    width: int
    read: Callable[[T], Cell]
    share: bool = False  # 0 to 1, shown as a percentage if cells have types


def csv_lines(rows: Iterable[Iterable[Cell]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([_text(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _text(cell: Cell) -> str:
    """The value as in JSON; empty for null."""
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case datetime():
            return rfc3339(cell) or ""
        case int() | float():
            return str(cell)
    return escape_formula(cell)
