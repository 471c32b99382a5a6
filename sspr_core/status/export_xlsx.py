"""Users as a workbook with a summary."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import Any

from sspr_core.formats.user_columns import COLUMNS
from sspr_core.formats.xlsx import Sheet, new_book, plain
from sspr_core.model.counts import Tally
from sspr_core.model.registration import StoredUser
from sspr_core.model.tenant import TenantRecord
from sspr_core.model.user_filter import UserFilter

_COLOURS = {"Registered": "#107C10", "Not registered": "#D13438", "Unknown": "#8A8886", "Excluded": "#C8C6C4"}

MOST_ROWS = 50_000  # some 15 seconds of work


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """An export's tenant, its filter, and when it was made."""

    known: TenantRecord
    chosen: UserFilter
    at: datetime


def write_summary(book: Any, sheet: Any, about: About, tally: Tally) -> None:
    """Writes two columns and the chart beside them."""
    bold = book.add_format({"bold": True})
    number = book.add_format({"num_format": "#,##0"})
    share = book.add_format({"num_format": "0.0%"})
    sheet.set_column(0, 0, 32)
    sheet.set_column(1, 1, 44, book.add_format({"align": "left"}))
    row = 0
    for label, text in _facts(about):
        sheet.write_string(row, 0, label, bold)
        sheet.write_string(row, 1, plain(text))
        row += 1
    first = row = row + 1
    for label, count in _counts(tally):
        sheet.write_string(row, 0, label)
        sheet.write_number(row, 1, count, number)
        row += 1
    coverage = tally.counts.coverage
    if coverage is not None and about.chosen == UserFilter():  # a part of the users has no coverage
        sheet.write_string(row, 0, "Coverage")
        sheet.write_number(row, 1, coverage, share)
    sheet.insert_chart(
        0, 3, _chart(book, first), {"description": "The exported users by registration, and the excluded"}
    )


def _facts(about: About) -> Iterator[tuple[str, str]]:
    said = {name: value for name, value in asdict(about.chosen).items() if value is not None}
    read_at = about.known.status.last_success_at
    yield "Tenant", about.known.display_name
    yield "Tenant id", about.known.tenant_id
    yield "Exported at (UTC)", _minute(about.at)
    yield "Last read at (UTC)", _minute(read_at) if read_at else "never"
    yield "Filter", ", ".join(f"{name} = {value}" for name, value in said.items()) or "none: all users"


def _minute(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


def _counts(tally: Tally) -> Iterator[tuple[str, int]]:
    """The counts; those of the chart come first, in its order."""
    counts, attention = tally.counts, tally.attention
    yield "Registered", counts.registered_count
    yield "Not registered", counts.not_registered_count
    yield "Unknown", counts.unknown_count
    yield "Excluded", counts.excluded_count
    for reason, count in tally.excluded_by_reason.items():
        yield f"Excluded: {reason}", count
    yield "All users of this export", counts.population_count + counts.excluded_count
    yield "Population", counts.population_count
    yield "To register", counts.to_register_count
    yield "SSPR not enabled", counts.not_enabled_count
    yield "Administrators to register", attention.admin_to_register_count
    yield "Registered with a single method", attention.single_method_count
    yield "Registered with phones only", attention.phone_only_count
    yield "Without a premium licence", tally.licence_shortfall_count


def _chart(book: Any, first: int) -> Any:
    chart = book.add_chart({"type": "bar"})
    last = first + len(_COLOURS) - 1
    chart.add_series(
        {
            "name": "Users",
            "categories": ["Summary", first, 0, last, 0],
            "values": ["Summary", first, 1, last, 1],
            "points": [{"fill": {"color": colour}} for colour in _COLOURS.values()],
            "data_labels": {"value": True},
            "gap": 60,
        }
    )
    chart.set_title({"name": "Registration"})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True})
    return chart


async def as_xlsx(pages: AsyncIterator[Iterable[StoredUser]], about: About) -> bytes:
    """The whole file. Threads write the cells, so that this process still answers the host."""
    with TemporaryDirectory(prefix="sspr-export-", ignore_cleanup_errors=True) as folder:
        book = await asyncio.to_thread(_Book, folder, about)
        async for users in pages:
            await asyncio.to_thread(book.add, users)
        return await asyncio.to_thread(book.finished)


class _Book:
    """A workbook of users, with a summary of those added."""

    def __init__(self, folder: str, about: About) -> None:
        self._file = io.BytesIO()
        self._about = about
        self._tally = Tally(about.at)
        self._book = new_book(self._file, folder)
        self._users = Sheet(self._book, "Users", COLUMNS)

    def add(self, users: Iterable[StoredUser]) -> None:
        for stored in users:
            self._tally.add(stored.user)
            self._users.add(stored)

    def finished(self) -> bytes:
        self._users.finish()
        summary: Any = self._book.add_worksheet("Summary")
        write_summary(self._book, summary, self._about, self._tally)
        self._book.close()
        return self._file.getvalue()
