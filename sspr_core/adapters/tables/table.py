"""One table: reads, conditional writes and transactions, with translated errors, and pages of a listing."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import batched
from typing import Any

from azure.core import MatchConditions
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient, TableServiceClient

from sspr_core.adapters.storage_errors import translated
from sspr_core.model.errors import Conflict, NotFound

type Row = dict[str, Any]

_MOST_PER_TRANSACTION = 100

RANGE = "PartitionKey eq @partition and RowKey gt @first and RowKey lt @last"


class Table:
    """A table by name, created when the first operation needs it."""

    def __init__(self, service: TableServiceClient, name: str) -> None:
        self._service = service
        self._name = name
        self._client: TableClient = service.get_table_client(name)
        self._there = False
        self._making = asyncio.Lock()

    async def client(self) -> TableClient:
        async with self._making:
            if not self._there:
                with translated():
                    await self._service.create_table_if_not_exists(self._name)
                self._there = True
        return self._client

    async def get(self, partition: str, row: str) -> Row:
        """The row. Raises NotFound."""
        client = await self.client()
        with translated():
            return await client.get_entity(partition, row)

    async def find(self, partition: str, row: str) -> Row | None:
        try:
            return await self.get(partition, row)
        except NotFound:
            return None

    async def pages(
        self, query: str, parameters: dict[str, Any], *, select: list[str] | None = None, size: int = 1000
    ) -> AsyncIterator[list[Row]]:
        """The rows of the query, page by page; an empty page in the middle is possible."""
        client = await self.client()
        pager = client.query_entities(query, parameters=parameters, select=select, results_per_page=size).by_page()
        while True:
            with translated():
                try:
                    page: list[Row] = [row async for row in await anext(pager)]
                except StopAsyncIteration:
                    return
            yield page

    async def create(self, row: Row) -> str:
        """Create the row; returns its etag. Raises Conflict when it exists already."""
        client = await self.client()
        with translated():
            return str((await client.create_entity(row))["etag"])

    async def replace(self, row: Row, etag: str, *, merge: bool = False) -> str:
        """Write over the row if it still has that etag. Raises Conflict when it has changed or is gone."""
        client = await self.client()
        mode = UpdateMode.MERGE if merge else UpdateMode.REPLACE
        try:
            with translated():
                done = await client.update_entity(
                    row, mode=mode, etag=etag, match_condition=MatchConditions.IfNotModified
                )
        except NotFound as error:
            raise Conflict("gone") from error
        return str(done["etag"])

    async def merge(self, row: Row) -> None:
        """Write these columns and leave the row's others; creates the row if it does not exist."""
        client = await self.client()
        with translated():
            await client.upsert_entity(row, mode=UpdateMode.MERGE)

    async def transaction(self, operations: list[tuple[Any, ...]]) -> list[str | None]:
        """Run all operations or none, in one partition, at most 100; returns the etags. Raises RowConflict."""
        client = await self.client()
        with translated():
            done = await client.submit_transaction(operations)
        return [one.get("etag") for one in done]

    async def delete(self, query: str, parameters: dict[str, Any]) -> int:
        """Delete the rows of the query, all in one partition; returns how many. A crash leaves some of them.

        Deletes each row only if it is as it was read, so that two workers may delete at once; a row written in the
        meantime is read and checked again.
        """
        count = 0
        while True:
            try:
                async for page in self.pages(query, parameters, select=["PartitionKey", "RowKey"]):
                    for some in batched(page, _MOST_PER_TRANSACTION, strict=False):
                        await self.transaction([("delete", row, only_if(etag_of(row))) for row in some])
                        count += len(some)
            except Conflict:
                continue
            return count


def only_if(etag: str) -> dict[str, Any]:
    """The condition of an operation in a transaction: only if the row has that etag."""
    return {"etag": etag, "match_condition": MatchConditions.IfNotModified}


def etag_of(row: Row) -> str:
    return str(row.metadata["etag"])  # type: ignore[attr-defined]


def text_of(at: datetime | None) -> str:
    """A time as text; empty for None, because a merge cannot clear a column. Refuses a time without a zone."""
    if at is None:
        return ""
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.astimezone(UTC).isoformat()


def time_of(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing[T]:
    """The rows between `first` and `last`, both excluded, that match `where` (in storage) and `lets` (here)."""

    first: str
    last: str
    read: Callable[[Row], T]
    where: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    lets: Callable[[Row], bool] = lambda _: True

    async def some(self, table: Table, partition: str, *, after: str | None, limit: int) -> tuple[list[T], str | None]:
        """Up to `limit` rows after `after`, in key order, and the key of the last one if there are more.

        Keys are passed and returned without `first`, their common prefix.
        """
        query = f"{RANGE} and {self.where}" if self.where else RANGE
        asked = {"partition": partition, "first": self.first + (after or ""), "last": self.last, **self.given}
        rows: list[Row] = []
        async for page in table.pages(query, asked, size=min(limit + 1, 1000)):
            rows += filter(self.lets, page)
            if len(rows) > limit:
                return [self.read(row) for row in rows[:limit]], str(rows[limit - 1]["RowKey"])[len(self.first) :]
        return [self.read(row) for row in rows], None
