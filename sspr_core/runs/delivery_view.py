"""A delivery as it is answered, and deliveries as a file."""

import io
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import datetime

from sspr_core.formats.columns import Cell
from sspr_core.formats.csv_lines import MARK, csv_lines
from sspr_core.model.delivery import NEVER, Delivery
from sspr_core.model.times import rfc3339
from sspr_core.runs.queries import is_in_doubt
from sspr_core.runs.responses import Json

COLUMNS: Mapping[str, Callable[[Delivery, datetime], Cell]] = {
    "tenant_id": lambda row, _: row.tenant_id,
    "user_id": lambda row, _: row.user_id,
    "display_name": lambda row, _: row.display_name,
    "address": lambda row, _: row.address,
    "language": lambda row, _: row.language,
    "state": lambda row, _: row.state.value,
    "reason": lambda row, _: row.reason,
    "in_doubt": lambda row, now: is_in_doubt(row, now=now),
    "due_at": lambda row, _: None if row.due_at == NEVER else row.due_at,
    "posted_at": lambda row, _: row.posted_at,
    "asked_at": lambda row, _: row.asked_at,
    "accepted_at": lambda row, _: row.accepted_at,
    "receipt": lambda row, _: row.receipt,
    "receipt_at": lambda row, _: row.receipt_at,
    "arrived_after_all": lambda row, _: row.arrived_after_all,
    "attempt_count": lambda row, _: row.attempts,
    "poisoned_count": lambda row, _: row.poisonings,
    "operation_id": lambda row, _: row.operation_id,
}


def delivery_view(row: Delivery, *, now: datetime) -> Json:
    return {name: _as_json(read(row, now)) for name, read in COLUMNS.items()}


def _as_json(cell: Cell) -> object:
    return rfc3339(cell) if isinstance(cell, datetime) else cell


async def as_csv(pages: AsyncIterator[Iterable[Delivery]], *, now: datetime) -> bytes:
    """The whole file, the names of the API above the columns."""
    file = io.BytesIO()
    file.write(MARK + csv_lines([COLUMNS]))
    async for rows in pages:
        file.write(csv_lines([read(row, now) for read in COLUMNS.values()] for row in rows))
    return file.getvalue()
