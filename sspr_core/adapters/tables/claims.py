"""Table Tenants, partition `claim`: which worker is reading which tenant. The row stays after its claim has ended."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sspr_core.adapters.tables.table import Row, Table, etag_of, text_of, time_of
from sspr_core.model.errors import ClaimLost, Conflict
from sspr_core.model.ids import TenantId
from sspr_core.ports.storage import Claim

CLOCK_ERROR = timedelta(seconds=5)  # a claim ends only when it has ended by every worker's clock


class TablesClaims:
    """The port Claims."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def take(self, tenant: TenantId, owner: str, *, now: datetime, lease: timedelta) -> Claim | datetime:
        claim = Claim(tenant_id=tenant, owner=owner, started_at=now, until=now + lease, etag="")
        while True:
            row = await self._table.find("claim", tenant)
            try:
                if row is None:
                    return replace(claim, etag=await self._table.create(claim_row(claim)))
                held = claim_of(row)
                if held.owner == owner and held.started_at == now:
                    return held  # our own write, whose answer was lost
                if held.until + CLOCK_ERROR > now and held.until > held.started_at:
                    return held.until
                mine = replace(claim, unfinished=held.unfinished)
                return replace(mine, etag=await self._table.replace(claim_row(mine), held.etag))
            except Conflict:
                continue  # another worker wrote first: read again

    async def renew(self, claim: Claim, *, now: datetime, lease: timedelta) -> Claim:
        return await self._write(replace(claim, until=now + lease))

    async def release(self, claim: Claim) -> None:
        try:
            await self._write(replace(claim, until=claim.started_at))
        except ClaimLost:
            return

    async def _write(self, claim: Claim) -> Claim:
        try:
            return replace(claim, etag=await self._table.replace(claim_row(claim), claim.etag))
        except Conflict:
            row = await self._table.find("claim", claim.tenant_id)
            if row is None or replace(claim_of(row), etag="") != replace(claim, etag=""):
                raise ClaimLost(claim.tenant_id) from None
            return claim_of(row)  # our own write, whose answer was lost


def claim_row(claim: Claim) -> dict[str, Any]:
    return {
        "PartitionKey": "claim",
        "RowKey": claim.tenant_id,
        "Owner": claim.owner,
        "StartedAt": text_of(claim.started_at),
        "Until": text_of(claim.until),
        "Unfinished": claim.unfinished,
    }


def claim_of(row: Row) -> Claim:
    started_at, until = time_of(row["StartedAt"]), time_of(row["Until"])
    if started_at is None or until is None:
        raise ValueError(f"claim of tenant {row['RowKey']} has no times")
    return Claim(
        tenant_id=TenantId(row["RowKey"]),
        owner=row["Owner"],
        started_at=started_at,
        until=until,
        etag=etag_of(row),
        unfinished=bool(row["Unfinished"]),
    )
