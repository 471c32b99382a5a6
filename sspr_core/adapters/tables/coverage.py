"""Table Coverage, a partition per tenant: one row per day, newest first."""

from datetime import date, datetime
from typing import Any

import msgspec

from sspr_core.adapters.tables.table import Row, Table, etag_of, text_of, time_of
from sspr_core.model.errors import Conflict, NotFound
from sspr_core.model.history import Day, SnapshotHeader
from sspr_core.model.ids import Scope, TenantId
from sspr_core.model.problem import Problem

_RANGE = "PartitionKey eq @tenant and RowKey ge @newest and RowKey le @oldest"
_OLDER = "PartitionKey eq @tenant and RowKey gt @day"
_decode_header = msgspec.json.Decoder(SnapshotHeader).decode
_decode_problem = msgspec.json.Decoder(Problem).decode


class TablesCoverage:
    """The port Coverage."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def save_snapshot(self, tenant: TenantId, header: SnapshotHeader) -> None:
        row = _key(tenant, header.started_at.date()) | {"Snapshot": msgspec.json.encode(header).decode()}
        while True:
            try:
                await self._table.create(row)
            except Conflict:
                if not await self._replaced(row, header):
                    continue  # another worker wrote it between the read and the write: read again
            return

    async def _replaced(self, row: dict[str, Any], header: SnapshotHeader) -> bool:
        there = await self._table.find(row["PartitionKey"], row["RowKey"])
        if there is None:
            return False
        if "Snapshot" in there and _decode_header(there["Snapshot"]).started_at >= header.started_at:
            return True  # a later one wins; an equal one is our own earlier write
        try:
            await self._table.replace(row, etag_of(there), merge=True)
        except Conflict:
            return False
        return True

    async def save_failure(self, tenant: TenantId, problem: Problem, *, at: datetime) -> None:
        columns = {"Problem": msgspec.json.encode(problem).decode(), "ProblemAt": text_of(at)}
        await self._table.merge(_key(tenant, at.date()) | columns)

    async def days(self, scope: Scope, tenant: TenantId, *, first: date, last: date) -> list[Day]:
        if not scope.allows(tenant):
            raise NotFound(tenant)
        between = {"tenant": tenant, "newest": day_key(last), "oldest": day_key(first)}
        return [day_of(row) async for page in self._table.pages(_RANGE, between) for row in page]

    async def delete_days(self, tenant: TenantId, *, before: date) -> int:
        return await self._table.delete(_OLDER, {"tenant": tenant, "day": day_key(before)})


def day_key(on: date) -> str:
    return f"{99_999_999 - int(on.strftime('%Y%m%d')):08d}"


def _key(tenant: TenantId, on: date) -> dict[str, Any]:
    return {"PartitionKey": tenant, "RowKey": day_key(on)}


def day_of(row: Row) -> Day:
    return Day(
        on=datetime.strptime(str(99_999_999 - int(row["RowKey"])), "%Y%m%d").date(),  # noqa: DTZ007 - a day, no time
        snapshot=_decode_header(row["Snapshot"]) if "Snapshot" in row else None,
        problem=_decode_problem(row["Problem"]) if "Problem" in row else None,
        problem_at=time_of(row.get("ProblemAt")),
    )
