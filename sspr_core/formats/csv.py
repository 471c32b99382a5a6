"""CSV: cells that a spreadsheet must not run as formulas, lines, and columns."""

import csv
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sspr_core.model.text import rfc3339

_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"  # also full-width and small: taken for the same
_UNSEEN = "\\s\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_RISKY = re.compile(
    # Where the text begins, or where a program with another idea of separators would begin a cell: Excel takes
    # semicolons in half of Europe, and not everybody respects quotes around a line break.
    f"(?:^|(?<=[;\\t\\r\\n]))(?=[{_UNSEEN}]*[{_SIGNS}])"
    # A tab, a line break or a null in front, though nothing risky follows: programs differ in what they skip.
    "|^(?= *[\\t\\r\\n\x00])"
)

type Cell = str | bool | int | float | datetime | None

MARK = b"\xef\xbb\xbf"  # before the first line: by it Excel knows the encoding


def escape_formula(text: str) -> str:
    """The text with an apostrophe wherever a spreadsheet could take what follows for a formula (OWASP, CSV injection).

    For files of text only: a cell that has a type cannot run, and needs no apostrophe.
    """
    return _RISKY.sub("'", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column[T]:
    """`name` as the API calls it, `heading` for people, `width` in characters."""

    name: str
    heading: str
    width: int
    read: Callable[[T], Cell]
    share: bool = False  # 0 to 1, shown as a percentage where cells have types


def csv_lines(rows: Iterable[Iterable[Cell]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([_text(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _text(cell: Cell) -> str:
    """As JSON has it; of null nothing."""
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
