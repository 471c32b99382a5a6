"""Users as a workbook: cells with types, a header that stays, filters, and a summary."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import Any

from sspr_core.model.registration import StoredUser
from sspr_core.model.tally import Tally
from sspr_core.status.export_columns import COLUMNS, Cell
from sspr_core.status.export_summary import About, plain, write_summary

MOST_ROWS = 50_000  # a quarter of a minute of work

_NO_GUESSES = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


async def as_xlsx(pages: AsyncIterator[Iterable[StoredUser]], about: About) -> bytes:
    """The whole file. Cells are written in threads, so that the host hears from this process meanwhile."""
    with TemporaryDirectory(prefix="sspr-export-", ignore_cleanup_errors=True) as folder:
        book = await asyncio.to_thread(_Book, folder, about)
        async for users in pages:
            await asyncio.to_thread(book.add, users)
        return await asyncio.to_thread(book.finished)


class _Book:
    """Written row by row into a file: no row can be touched again, and none is kept in memory."""

    def __init__(self, folder: str, about: About) -> None:
        from xlsxwriter import Workbook  # noqa: PLC0415 - a tenth of a second that only workbooks need

        self._file = io.BytesIO()
        self._about = about
        self._tally = Tally(about.at)
        self._row = 0
        self._book = Workbook(self._file, {"constant_memory": True, "tmpdir": folder, **_NO_GUESSES})
        self._time = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self._head = self._book.add_format({"bold": True, "font_color": "#FFFFFF", "bg_color": "#0F6CBD"})
        self._sheet = self._book.add_worksheet("Users")
        self._sheet.freeze_panes(1, 1)
        for number, column in enumerate(COLUMNS):
            self._sheet.set_column(number, number, column.width)
            self._sheet.write_string(0, number, column.heading, self._head)

    def add(self, users: Iterable[StoredUser]) -> None:
        for stored in users:
            self._row += 1
            self._tally.add(stored.user)
            for number, column in enumerate(COLUMNS):
                self._write(number, column.read(stored))

    def _write(self, column: int, cell: Cell) -> None:
        match cell:
            case None:
                return
            case bool():
                self._sheet.write_boolean(self._row, column, cell)
            case datetime():
                utc = cell.astimezone(UTC).replace(tzinfo=None)  # a workbook knows no zones
                self._sheet.write_datetime(self._row, column, utc, self._time)
            case str():
                self._sheet.write_string(self._row, column, plain(cell))

    def finished(self) -> bytes:
        self._sheet.autofilter(0, 0, max(self._row, 1), len(COLUMNS) - 1)
        summary: Any = self._book.add_worksheet("Summary")
        write_summary(self._book, summary, self._about, self._tally)
        self._book.close()
        return self._file.getvalue()
