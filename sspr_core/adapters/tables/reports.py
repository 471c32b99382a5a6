"""Table Reports: partition `state`, one row per plan; a partition per tenant, and `all`, with the sent reports."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from sspr_core.adapters.tables.packing import packed_columns, packed_of
from sspr_core.adapters.tables.table import RANGE, Listing, Row, Table, etag_of
from sspr_core.model.errors import NotFound
from sspr_core.model.ids import Scope, TenantId
from sspr_core.model.report_plan import ReportState, SentReport

STATE, ALL = "state", "all"
_END_OF_TIME = 9_999_999_999_999
_AFTER_ALL = ":"  # keys begin with digits

_decode_state = msgspec.json.Decoder(ReportState).decode


class TablesReports:
    """The port Reports."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def state(self, scope: Scope, tenant: TenantId | None) -> ReportState:
        row = await self._table.find(STATE, _partition_in(scope, tenant))
        return state_of(row) if row else ReportState(tenant_id=tenant)

    async def states(self, scope: Scope) -> list[ReportState]:
        pages = self._table.pages("PartitionKey eq @state", {"state": STATE})
        found = [state_of(row) async for page in pages for row in page]
        return [one for one in found if scope.allows_report(one.tenant_id)]

    async def save_state(self, state: ReportState) -> ReportState:
        row = state_row(state)
        etag = await (self._table.replace(row, state.etag) if state.etag else self._table.create(row))
        return replace(state, etag=etag)

    async def archive(self, sent: SentReport) -> None:
        await self._table.merge(sent_row(sent))

    async def last(self, scope: Scope, tenant: TenantId | None, *, before: datetime) -> SentReport | None:
        some, _ = await self.sent(scope, tenant, after=_until(before), limit=1)
        return some[0] if some else None

    async def sent(
        self, scope: Scope, tenant: TenantId | None, *, after: str | None, limit: int
    ) -> tuple[list[SentReport], str | None]:
        listing = Listing(first="", last=_AFTER_ALL, read=sent_of)
        return await listing.some(self._table, _partition_in(scope, tenant), after=after, limit=limit)

    async def delete_sent(self, tenant: TenantId | None, *, before: datetime) -> int:
        older = {"partition": tenant or ALL, "first": _until(before), "last": _AFTER_ALL}
        return await self._table.delete(RANGE, older)


def _partition_in(scope: Scope, tenant: TenantId | None) -> str:
    if not scope.allows_report(tenant):
        raise NotFound(tenant)
    return tenant or ALL


def _inverted(at: datetime) -> str:
    """A key that sorts the newest first."""
    return f"{_END_OF_TIME - int(at.timestamp() * 1000):013d}"


def _until(at: datetime) -> str:
    """The key after those of all reports made then or later: these come first in key order."""
    return f"{_inverted(at)};"


def state_row(state: ReportState) -> dict[str, Any]:
    packed = msgspec.json.encode(replace(state, etag=None)).decode()
    return {"PartitionKey": STATE, "RowKey": state.tenant_id or ALL, "State": packed}


def state_of(row: Row) -> ReportState:
    """The inverse of state_row."""
    return replace(_decode_state(row["State"]), etag=etag_of(row))


def sent_row(sent: SentReport) -> dict[str, Any]:
    """The key is the report's time and its run, so that writing it again gives the same row."""
    key = {
        "PartitionKey": sent.report.tenant_id or ALL,
        "RowKey": f"{_inverted(sent.report.as_of)}:{sent.run_id}",
    }
    return key | packed_columns(sent)


def sent_of(row: Row) -> SentReport:
    """The inverse of sent_row."""
    return packed_of(row, SentReport)
