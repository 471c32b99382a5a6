"""Table Tenants: relationship, status, and how the last discovery went."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import batched
from typing import Any

import msgspec
from azure.data.tables import UpdateMode

from sspr_core.adapters.cache import Lately
from sspr_core.adapters.tables.table import Row, Table, etag_of, text_of, time_of
from sspr_core.model.errors import NotFound
from sspr_core.model.ids import Scope, TenantId
from sspr_core.model.problem import Access, Problem
from sspr_core.model.tenant import Discovery, SwitchedOff, Tenant, TenantRecord, TenantStatus

PARTITION, ROW = "discovery", "last"

_ROWS_PER_TRANSACTION = 100  # the service's limit
_decode_status = msgspec.json.Decoder(TenantStatus).decode


def discovery_row(discovery: Discovery) -> dict[str, Any]:
    problem = discovery.problem
    return {
        "PartitionKey": PARTITION,
        "RowKey": ROW,
        "LastCompleteAt": text_of(discovery.last_complete_at),
        "HeldBackCount": discovery.held_back_count,
        "Problem": problem.word if problem else "",
        "ProblemCode": problem.code if problem else "",
        "ProblemMessage": problem.message if problem else "",
        "ProblemSince": text_of(problem.since if problem else None),
        "ProblemWordSince": text_of(problem.word_since if problem else None),
    }


def discovery_of(row: Row) -> Discovery:
    since = time_of(row["ProblemSince"])
    return Discovery(
        last_complete_at=time_of(row["LastCompleteAt"]),
        problem=Problem(
            word=Access(row["Problem"]),
            code=row["ProblemCode"],
            message=row["ProblemMessage"],
            since=since,
            word_since=time_of(row.get("ProblemWordSince")),
        )
        if since
        else None,
        held_back_count=row.get("HeldBackCount") or 0,
    )


class TablesTenants:
    """The port Tenants."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._lately = Lately(self._get)

    async def known(self, scope: Scope) -> list[TenantRecord]:
        """Reads two partitions concurrently and joins them."""
        tenants, statuses = await asyncio.gather(self._partition("tenant"), self._partition("status"))
        by_id = {row["RowKey"]: row for row in statuses}
        return [_known(row, by_id.get(row["RowKey"])) for row in tenants if scope.allows(TenantId(row["RowKey"]))]

    async def get(self, scope: Scope, tenant: TenantId) -> TenantRecord:
        if not scope.allows(tenant):
            raise NotFound(tenant)
        return await self._get(tenant)

    async def lately(self, scope: Scope, tenant: TenantId, *, within: timedelta) -> TenantRecord:
        if not scope.allows(tenant):
            raise NotFound(tenant)
        return await self._lately.get(tenant, within=within)

    async def _get(self, tenant: TenantId) -> TenantRecord:
        row, status = await asyncio.gather(self._table.find("tenant", tenant), self._table.find("status", tenant))
        if row is None:
            raise NotFound(tenant)
        return _known(row, status)

    async def save_found(self, tenants: Sequence[Tenant]) -> None:
        await self._merge([found_columns(tenant) for tenant in tenants])

    async def save_operators(self, tenants: Sequence[Tenant]) -> None:
        await self._merge([operator_columns(tenant) for tenant in tenants])

    async def save_switch(self, tenant: TenantId, switched_off: SwitchedOff | None) -> None:
        await self._table.merge(_key(tenant) | switch_columns(switched_off))

    async def save_status(self, status: TenantStatus) -> TenantStatus:
        row = status_row(status)
        if status.etag is None:
            return replace(status, etag=await self._table.create(row))
        return replace(status, etag=await self._table.replace(row, status.etag))

    async def discovery(self) -> Discovery:
        row = await self._table.find(PARTITION, ROW)
        return discovery_of(row) if row else Discovery()

    async def save_discovery(self, discovery: Discovery) -> None:
        await self._table.merge(discovery_row(discovery))

    async def _merge(self, rows: Sequence[dict[str, Any]]) -> None:
        for some in batched(rows, _ROWS_PER_TRANSACTION, strict=False):
            await self._table.transaction([("upsert", row, {"mode": UpdateMode.MERGE}) for row in some])

    async def _partition(self, name: str) -> list[Row]:
        pages = self._table.pages("PartitionKey eq @p", {"p": name})
        return [row async for page in pages for row in page]


def _key(tenant: TenantId) -> dict[str, Any]:
    return {"PartitionKey": "tenant", "RowKey": tenant}


def found_columns(tenant: Tenant) -> dict[str, Any]:
    """The columns that only discovery writes."""
    return _key(tenant.tenant_id) | {
        "FoundAt": text_of(tenant.found_at),
        "Listed": tenant.listed,
        "SettingName": tenant.setting_name or "",
        "GdapName": tenant.gdap_name or "",
        "RelationshipStatus": tenant.relationship_status or "",
        "RelationshipEndsAt": text_of(tenant.relationship_ends_at),
        "MissingCount": tenant.missing_count,
        "MissingSinceAt": text_of(tenant.missing_since_at),
        "RemovedAt": text_of(tenant.removed_at),
    }


def operator_columns(tenant: Tenant) -> dict[str, Any]:
    """The columns that operators write together; FoundAt, which never changes, is for a new tenant.

    Without the switch, which is written on its own, and RemovedAt, which discovery writes: both may have been written
    since `tenant` was read.
    """
    return _key(tenant.tenant_id) | {
        "ByHand": tenant.by_hand,
        "OperatorName": tenant.operator_name or "",
        "FoundAt": text_of(tenant.found_at),
    }


def switch_columns(off: SwitchedOff | None) -> dict[str, Any]:
    return {
        "OffBy": off.by if off else "",
        "OffAt": text_of(off.at if off else None),
        "OffReason": off.reason if off else "",
    }


def tenant_of(row: Row) -> Tenant:
    """The inverse of the columns above; a column not yet written is None."""
    get = row.get
    off_at = time_of(get("OffAt"))
    found_at = time_of(get("FoundAt"))
    if found_at is None:
        raise ValueError(f"row of tenant {row['RowKey']} has no FoundAt")
    return Tenant(
        tenant_id=TenantId(row["RowKey"]),
        found_at=found_at,
        listed=bool(get("Listed")),
        by_hand=bool(get("ByHand")),
        operator_name=get("OperatorName") or None,
        setting_name=get("SettingName") or None,
        gdap_name=get("GdapName") or None,
        relationship_status=get("RelationshipStatus") or None,
        relationship_ends_at=time_of(get("RelationshipEndsAt")),
        missing_count=get("MissingCount") or 0,
        missing_since_at=time_of(get("MissingSinceAt")),
        removed_at=time_of(get("RemovedAt")),
        switched_off=SwitchedOff(by=get("OffBy") or "", at=off_at, reason=get("OffReason") or "") if off_at else None,
    )


def status_row(status: TenantStatus) -> dict[str, Any]:
    """One JSON column: one writer, read as a whole, and each column costs the SDK time; two more columns to look at."""
    return {
        "PartitionKey": "status",
        "RowKey": status.tenant_id,
        "Status": msgspec.json.encode(replace(status, etag=None)).decode(),
        "LastSuccessAt": text_of(status.last_success_at),
        "Problem": status.problem.word if status.problem else "",
    }


def status_of(row: Row) -> TenantStatus:
    return replace(_decode_status(row["Status"]), etag=etag_of(row))


def _known(row: Row, status: Row | None) -> TenantRecord:
    tenant = tenant_of(row)
    return TenantRecord(tenant=tenant, status=status_of(status) if status else TenantStatus(tenant_id=tenant.tenant_id))
