"""Table Deliveries: a partition per run, a row per delivery."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from sspr_core.adapters.tables.table import RANGE, Listing, Row, Table, etag_of, text_of
from sspr_core.model.delivery import Counted, Delivery, DeliveryKey, DeliveryState
from sspr_core.model.errors import Conflict
from sspr_core.model.ids import Scope, TenantId
from sspr_core.model.run import RunId
from sspr_core.ports.mail import MOST_PER_INSERT
from sspr_core.ports.telemetry import NULL_TELEMETRY, Metric, Telemetry

_BAD_ADDRESS = (DeliveryState.BOUNCED, DeliveryState.SUPPRESSED)

_AFTER_ALL = "g"  # keys are hexadecimal
_READS_AT_ONCE = 16
_decode = msgspec.json.Decoder(Delivery).decode


def became(row: Delivery) -> Iterator[Metric]:
    """Each metric once in a delivery's life, except after a retry or when receipts differ."""
    by_answer = row.state is DeliveryState.ACCEPTED and not row.arrived_after_all
    by_receipt = row.receipt_at is not None and row.accepted_at == row.receipt_at  # it came before the answer
    if by_answer or by_receipt:
        yield Metric.MAILS_ACCEPTED
    if row.state in _BAD_ADDRESS:
        yield Metric.MAILS_BOUNCED
    if row.state is DeliveryState.CLAIMED and row.questions == 1:  # the first lookup after a POST is delayed
        yield Metric.MAILS_IN_DOUBT


class TablesDeliveries:
    """The port Deliveries."""

    def __init__(self, table: Table, telemetry: Telemetry = NULL_TELEMETRY) -> None:
        self._table = table
        self._telemetry = telemetry

    async def get(self, run: RunId, key: DeliveryKey) -> Delivery | None:
        row = await self._table.find(run, key)
        return delivery_of(row) if row else None

    async def insert(self, rows: Sequence[Delivery]) -> list[Delivery]:
        """One transaction if no row exists; else inserts missing rows until all exist. A crash leaves all or none."""
        if len(rows) > MOST_PER_INSERT:
            raise ValueError("too many for a transaction")
        if len({row.key for row in rows}) < len(rows):
            raise Conflict("two rows of the same key")
        there: dict[DeliveryKey, Delivery] = {}
        while missing := [row for row in rows if row.key not in there]:
            try:
                etags = await self._table.transaction([("create", delivery_row(row)) for row in missing])
            except Conflict:
                found = await self._there(rows)
                if len(found) == len(there):
                    raise  # the conflict has another cause than an existing row
                there = found
            else:
                there |= {row.key: replace(row, etag=etag) for row, etag in zip(missing, etags, strict=True)}
        return [there[row.key] for row in rows]

    async def _there(self, rows: Sequence[Delivery]) -> dict[DeliveryKey, Delivery]:
        """Those of the rows that exist in the table. Raises Conflict when one of them is another user's."""
        turns = asyncio.Semaphore(_READS_AT_ONCE)

        async def read(row: Delivery) -> Delivery | None:
            async with turns:
                return await self.get(row.run_id, row.key)

        found = [one for one in await asyncio.gather(*map(read, rows)) if one]
        users = {row.key: (row.tenant_id, row.user_id) for row in rows}
        for one in found:
            if users[one.key] != (one.tenant_id, one.user_id):
                raise Conflict(one.key)
        return {one.key: one for one in found}

    async def replace(self, row: Delivery) -> Delivery:
        if row.etag is None:
            raise Conflict("a delivery that was never inserted")
        saved = replace(row, etag=await self._table.replace(delivery_row(row), row.etag))
        for metric in became(saved):
            self._telemetry.count(metric, {})
        return saved

    async def pages(
        self,
        run: RunId,
        *,
        states: Collection[DeliveryState] | None = None,
        after: DeliveryKey | None = None,
        due_before: datetime | None = None,
        tenant: TenantId | None = None,
    ) -> AsyncIterator[list[Delivery]]:
        where, given = _where(states, due_before)
        if tenant is not None:
            where, given = f"{where} and TenantId eq @tenant", {**given, "tenant": tenant}
        asked = {"partition": run, "first": after or "", "last": _AFTER_ALL, **given}
        async for page in self._table.pages(f"{RANGE}{where}", asked):
            yield [delivery_of(row) for row in page]

    async def page(
        self, scope: Scope, run: RunId, *, states: Collection[DeliveryState] | None, after: str | None, limit: int
    ) -> tuple[list[Delivery], str | None]:
        where, given = _where(states, None)
        listing = Listing(
            first="",
            last=_AFTER_ALL,
            read=delivery_of,
            where=where.removeprefix(" and "),
            given=given,
            lets=lambda row: scope.allows(row["TenantId"]),
        )
        return await listing.some(self._table, run, after=after, limit=limit)

    async def counts(self, run: RunId) -> Counted:
        found: Counter[DeliveryState] = Counter()
        in_doubt_count = 0
        async for page in self._table.pages("PartitionKey eq @run", {"run": run}, select=["State", "AskedAbout"]):
            found.update(DeliveryState(row["State"]) for row in page)
            in_doubt_count += sum(bool(row.get("AskedAbout")) for row in page)
        return Counted(by_state=found, in_doubt_count=in_doubt_count)

    async def delete(self, run: RunId) -> None:
        await self._table.delete("PartitionKey eq @run", {"run": run})


def _where(states: Collection[DeliveryState] | None, due_before: datetime | None) -> tuple[str, Mapping[str, str]]:
    """Further conditions of a query, and their parameters."""
    where = ""
    given: dict[str, str] = {}
    if states is not None:
        where += " and (" + (" or ".join(f"State eq '{state}'" for state in sorted(states)) or "State eq ''") + ")"
    if due_before is not None:
        where += " and DueAt lt @due"
        given["due"] = text_of(due_before)
    return where, given


def delivery_row(row: Delivery) -> dict[str, Any]:
    """One column of JSON, because each column costs the SDK time; other columns for queries. Rows are never merged."""
    return {
        "PartitionKey": row.run_id,
        "RowKey": row.key,
        "State": str(row.state),
        "DueAt": text_of(row.due_at),
        "AskedAbout": row.asked_about,
        "TenantId": row.tenant_id,
        "UserId": row.user_id,
        "Delivery": msgspec.json.encode(replace(row, etag=None)).decode(),
    }


def delivery_of(row: Row) -> Delivery:
    return replace(_decode(row["Delivery"]), etag=etag_of(row))
