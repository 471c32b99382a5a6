"""Files attached to a report: users as CSV and workbook, within the size that an email may have."""

import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from tempfile import TemporaryDirectory
from typing import Self

from sspr_core.formats.csv import MARK, Column, csv_lines
from sspr_core.formats.xlsx import Sheet, new_book
from sspr_core.model.report import Attachment
from sspr_core.model.text import file_name

MOST_ROWS = 50_000  # of a workbook: they take about 15 s
_TYPES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentContext:
    """The files' names, and when their report was made: so the same rows give the same bytes."""

    name: str
    sheet: str
    made_at: datetime


class CsvFile[T]:
    """A CSV file with the API's field names as headings. A file that grows too large is dropped."""

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
    """A workbook of one sheet, in the report's language. Its rows are kept in its own temporary folder."""

    def __init__(self, columns: Sequence[Column[T]], about: AttachmentContext) -> None:
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
        """Close the workbook, even if it is not used: the library warns about one that is left open."""
        self._close_book()
        self._folder.cleanup()

    def _close_book(self) -> None:
        if not self._closed:
            self._closed = True
            self._book.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentSet:
    """The files that fit, and the kinds ("csv", "xlsx") of those that do not; the email names these."""

    files: tuple[Attachment, ...] = ()
    left_out: tuple[str, ...] = ()


class AttachmentWriter[T]:
    """Writes files of these kinds. Add rows in batches as they arrive; with many rows, call add() in a thread.

    `with AttachmentWriter(…) as files: files.add(rows); …; made = files.made()`
    """

    def __init__(
        self, kinds: Collection[str], about: AttachmentContext, columns: Sequence[Column[T]], *, most_bytes: int
    ) -> None:
        self._about, self._most_bytes = about, most_bytes
        self._kinds, self._row_count = sorted(kinds), 0
        self._csv = CsvFile(columns, most_bytes) if "csv" in kinds else None
        self._xlsx = XlsxFile(columns, about) if "xlsx" in kinds else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._xlsx:
            self._xlsx.close()

    def add(self, rows: Iterable[T]) -> None:
        some = list(rows)
        self._row_count += len(some)
        if self._csv:
            self._csv.add(some)
        if self._xlsx and self._row_count <= MOST_ROWS:
            self._xlsx.add(some)

    def made(self) -> AttachmentSet:
        """The files that together fit into the limit, the smaller first, as both have the same rows."""
        room, fitting = self._most_bytes, {}
        contents = sorted(self._contents(), key=lambda one: len(one[1]))
        for kind, content in contents:
            if len(content) <= room:
                fitting[kind] = content
                room -= len(content)
        return AttachmentSet(
            files=tuple(self._file(kind, fitting[kind]) for kind in self._kinds if kind in fitting),
            left_out=tuple(kind for kind in self._kinds if kind not in fitting),
        )

    def _file(self, kind: str, content: bytes) -> Attachment:
        name = file_name(self._about.name, f"{self._about.made_at:%Y-%m-%d}", ending=kind)
        return Attachment(name=name, content_type=_TYPES[kind], content=content)

    def _contents(self) -> Iterator[tuple[str, bytes]]:
        """The files that have not grown too large."""
        if self._csv and (content := self._csv.content()) is not None:
            yield "csv", content
        if self._xlsx and self._row_count <= MOST_ROWS:
            yield "xlsx", self._xlsx.content()
