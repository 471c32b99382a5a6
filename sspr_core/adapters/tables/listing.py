"""Rows of a partition between two keys, some at a time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sspr_core.adapters.tables.table import Row, Table

RANGE = "PartitionKey eq @partition and RowKey gt @first and RowKey lt @last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing[T]:
    """Between `first` and `last`, neither included, those that storage finds `where` and that `lets` lets through."""

    first: str
    last: str
    read: Callable[[Row], T]
    where: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    lets: Callable[[Row], bool] = lambda _: True

    async def some(self, table: Table, partition: str, *, after: str | None, limit: int) -> tuple[list[T], str | None]:
        """Up to `limit` beyond `after`, in key order, and the key of the last of them when there are more.

        Keys are given and told without `first`, with which all of them begin.
        """
        query = f"{RANGE} and {self.where}" if self.where else RANGE
        asked = {"partition": partition, "first": self.first + (after or ""), "last": self.last, **self.given}
        rows: list[Row] = []
        async for page in table.pages(query, asked, size=min(limit + 1, 1000)):
            rows += filter(self.lets, page)
            if len(rows) > limit:
                return [self.read(row) for row in rows[:limit]], str(rows[limit - 1]["RowKey"])[len(self.first) :]
        return [self.read(row) for row in rows], None
