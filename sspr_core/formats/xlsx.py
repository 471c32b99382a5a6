"""Writes workbooks row by row: a written row cannot be changed, and none stays in memory."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sspr_core.formats.csv import Cell, Column

_NO_GUESSES = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def plain(text: str) -> str:
    """Adds a space to text that looks like the library's rich text: else it would be written to the file as markup."""
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


def new_book(file: io.BytesIO, folder: str) -> Any:
    """A workbook written to `file`; `folder` holds its rows until then."""
    from xlsxwriter import Workbook  # noqa: PLC0415 - a tenth of a second that only workbooks need

    return Workbook(file, {"constant_memory": True, "tmpdir": folder, **_NO_GUESSES})


class Sheet[T]:
    """Typed cells under a frozen header, with filters: the content of a cell cannot run."""

    def __init__(self, book: Any, name: str, columns: Sequence[Column[T]]) -> None:
        self._columns = columns
        self._row = 0
        self._time = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self._share = book.add_format({"num_format": "0.0%"})
        head = book.add_format({"bold": True, "font_color": "#FFFFFF", "bg_color": "#0F6CBD"})
        self._sheet = book.add_worksheet(name)
        self._sheet.freeze_panes(1, 1)
        for number, column in enumerate(columns):
            self._sheet.set_column(number, number, column.width)
            self._sheet.write_string(0, number, column.heading, head)

    def add(self, row: T) -> None:
        self._row += 1
        for number, column in enumerate(self._columns):
            self._write(number, column.read(row), self._share if column.share else None)

    def _write(self, column: int, cell: Cell, number_format: Any) -> None:
        match cell:
            case None:
                return
            case bool():
                self._sheet.write_boolean(self._row, column, cell)
            case int() | float():
                self._sheet.write_number(self._row, column, cell, number_format)
            case datetime():
                utc = cell.astimezone(UTC).replace(tzinfo=None)  # a workbook has no time zones
                self._sheet.write_datetime(self._row, column, utc, self._time)
            case str():
                self._sheet.write_string(self._row, column, plain(cell))

    def finish(self) -> None:
        self._sheet.autofilter(0, 0, max(self._row, 1), len(self._columns) - 1)
