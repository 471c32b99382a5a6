"""Lines of CSV: RFC 4180, in UTF-8, and no cell that would run."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime

from sspr_core.formats.columns import Cell
from sspr_core.formats.csv import harmless
from sspr_core.model.times import rfc3339

MARK = b"\xef\xbb\xbf"  # before the first line: by it Excel knows the encoding


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
    return harmless(cell)
