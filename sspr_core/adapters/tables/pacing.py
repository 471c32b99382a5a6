"""Table Pacing, partition `mail`: one row per quota, which is the subscription's, whatever the sender."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sspr_core.adapters.cache import Lately
from sspr_core.adapters.tables.table import Row, Table, etag_of, text_of, time_of
from sspr_core.model.sending import Pacing

_PARTITION, _QUOTA = "mail", "quota"


class TablesPacing:
    """The port PacingRows."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._lately = Lately[None, Pacing](lambda _: self.read())

    async def read(self) -> Pacing:
        row = await self._table.find(_PARTITION, _QUOTA)
        return pacing_of(row) if row else Pacing()

    async def lately(self, *, within: timedelta) -> Pacing:
        return await self._lately.get(None, within=within)

    async def save(self, pacing: Pacing) -> Pacing:
        row = pacing_row(pacing)
        try:
            if pacing.etag is None:
                etag = await self._table.create(row)
            else:
                etag = await self._table.replace(row, pacing.etag)
        finally:
            self._lately.forget(None)  # whatever the answer was, the row may have changed
        return replace(pacing, etag=etag)


def pacing_row(pacing: Pacing) -> dict[str, Any]:
    return {
        "PartitionKey": _PARTITION,
        "RowKey": _QUOTA,
        "NextFree": text_of(pacing.next_free),
        "HoldUntil": text_of(pacing.hold_until),
        "HoldStep": pacing.hold_step,
        "LastBy": pacing.last_by or "",
        "WastedCount": pacing.wasted_count,
    }


def pacing_of(row: Row) -> Pacing:
    return Pacing(
        next_free=time_of(row["NextFree"]),
        hold_until=time_of(row["HoldUntil"]),
        hold_step=row["HoldStep"],
        last_by=row["LastBy"] or None,
        wasted_count=row["WastedCount"],
        etag=etag_of(row),
    )
