"""Users as a workbook: cells with types, a header that stays, filters, and a summary."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterable
from tempfile import TemporaryDirectory
from typing import Any

from sspr_core.formats.user_columns import COLUMNS
from sspr_core.formats.xlsx import Sheet, new_book
from sspr_core.model.registration import StoredUser
from sspr_core.model.tally import Tally
from sspr_core.status.export_summary import About, write_summary

MOST_ROWS = 50_000  # a quarter of a minute of work


async def as_xlsx(pages: AsyncIterator[Iterable[StoredUser]], about: About) -> bytes:
    """The whole file. Cells are written in threads, so that the host hears from this process meanwhile."""
    with TemporaryDirectory(prefix="sspr-export-", ignore_cleanup_errors=True) as folder:
        book = await asyncio.to_thread(_Book, folder, about)
        async for users in pages:
            await asyncio.to_thread(book.add, users)
        return await asyncio.to_thread(book.finished)


class _Book:
    """The users, and a summary of those that were added."""

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
