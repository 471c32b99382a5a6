"""The two kinds of files beside a report, written while rows pass by."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from tempfile import TemporaryDirectory

from sspr_core.formats.columns import Column
from sspr_core.formats.csv_lines import MARK, csv_lines
from sspr_core.formats.xlsx import Sheet, new_book


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the files are called, and when the report they belong to was made: the same rows are the same bytes."""

    name: str
    sheet: str
    made_at: datetime


class CsvFile[T]:
    """The names of the API above the columns. What has become too large is not kept."""

    def __init__(self, columns: Sequence[Column[T]], most_bytes: int) -> None:
        self._columns, self._most_bytes = columns, most_bytes
        self._file: io.BytesIO | None = io.BytesIO()
        self._file.write(MARK + csv_lines([[column.name for column in columns]]))

    def add(self, rows: Iterable[T]) -> None:
        if self._file is None:
            return
        self._file.write(csv_lines([column.read(row) for column in self._columns] for row in rows))
        if self._file.tell() > self._most_bytes:
            self._file = None

    def content(self) -> bytes | None:
        return self._file.getvalue() if self._file else None


class XlsxFile[T]:
    """One sheet, in the report's language. Its rows wait in a folder of their own."""

    def __init__(self, columns: Sequence[Column[T]], about: About) -> None:
        self._folder = TemporaryDirectory(prefix="sspr-report-", ignore_cleanup_errors=True)
        self._file, self._closed = io.BytesIO(), False
        self._book = new_book(self._file, self._folder.name)
        self._book.set_properties({"created": about.made_at.replace(tzinfo=None)})
        self._sheet = Sheet(self._book, about.sheet[:31], columns)  # Excel's limit of a sheet's name

    def add(self, rows: Iterable[T]) -> None:
        for row in rows:
            self._sheet.add(row)

    def content(self) -> bytes:
        self._sheet.finish()
        self._close_book()
        return self._file.getvalue()

    def close(self) -> None:
        """Also of a book that nobody wants any more: the library complains of one that is left open."""
        self._close_book()
        self._folder.cleanup()

    def _close_book(self) -> None:
        if not self._closed:
            self._closed = True
            self._book.close()
