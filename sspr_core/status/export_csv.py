"""Users as CSV: RFC 4180, in UTF-8 with the mark by which Excel knows it, and no cell that would run."""

import csv
import io
from collections.abc import AsyncIterator, Iterable
from datetime import datetime

from sspr_core.model.cells import harmless
from sspr_core.model.registration import StoredUser
from sspr_core.model.times import rfc3339
from sspr_core.status.export_columns import COLUMNS, Cell

MOST_ROWS = 200_000  # some 60 MB: answers are whole in memory on this platform

_MARK = b"\xef\xbb\xbf"


async def as_csv(pages: AsyncIterator[Iterable[StoredUser]]) -> bytes:
    """The whole file, the names of the API above the columns."""
    file = io.BytesIO()
    file.write(_MARK + _lines([[column.name for column in COLUMNS]]))
    async for users in pages:
        file.write(_lines([_text(column.read(stored)) for column in COLUMNS] for stored in users))
    return file.getvalue()


def _lines(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
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
    return harmless(cell)
