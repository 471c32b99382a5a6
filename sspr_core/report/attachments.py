"""The files beside a report: the users to register of a tenant, or every tenant, written while rows pass by."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from sspr_core.formats.columns import Column
from sspr_core.model.report import Attachment
from sspr_core.model.text import file_name
from sspr_core.report.attached_files import About, CsvFile, XlsxFile

MOST_ROWS = 50_000  # of a workbook: a quarter of a minute of work
_TYPES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The files that fit, and the kinds of those that do not ("csv", "xlsx"), which a letter tells."""

    files: tuple[Attachment, ...] = ()
    left_out: tuple[str, ...] = ()


class Attaching[T]:
    """Files of these kinds: rows are added as they come, some at a time, in a thread where there are many.

    `with Attaching(…) as files: files.add(rows); …; made = files.made()`
    """

    def __init__(self, kinds: Collection[str], about: About, columns: Sequence[Column[T]], *, most_bytes: int) -> None:
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

    def made(self) -> Made:
        """The files that fit together, the smaller one first; the smaller one has the same rows."""
        room, fitting = self._most_bytes, {}
        contents = sorted(self._contents(), key=lambda one: len(one[1]))
        for kind, content in contents:
            if len(content) <= room:
                fitting[kind] = content
                room -= len(content)
        return Made(
            files=tuple(self._file(kind, fitting[kind]) for kind in self._kinds if kind in fitting),
            left_out=tuple(kind for kind in self._kinds if kind not in fitting),
        )

    def _file(self, kind: str, content: bytes) -> Attachment:
        name = file_name(self._about.name, f"{self._about.made_at:%Y-%m-%d}", ending=kind)
        return Attachment(name=name, content_type=_TYPES[kind], content=content)

    def _contents(self) -> Iterator[tuple[str, bytes]]:
        """Of the kinds that have not become too large on the way."""
        if self._csv and (content := self._csv.content()) is not None:
            yield "csv", content
        if self._xlsx and self._row_count <= MOST_ROWS:
            yield "xlsx", self._xlsx.content()
