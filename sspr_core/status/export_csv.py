"""Users as CSV that Excel reads as it is meant."""

import io
from collections.abc import AsyncIterator, Iterable

from sspr_core.formats.csv_lines import MARK, csv_lines
from sspr_core.formats.user_columns import COLUMNS
from sspr_core.model.registration import StoredUser

MOST_ROWS = 200_000  # some 60 MB: answers are whole in memory on this platform


async def as_csv(pages: AsyncIterator[Iterable[StoredUser]]) -> bytes:
    """The whole file, the names of the API above the columns."""
    file = io.BytesIO()
    file.write(MARK + csv_lines([[column.name for column in COLUMNS]]))
    async for users in pages:
        file.write(csv_lines([column.read(stored) for column in COLUMNS] for stored in users))
    return file.getvalue()
