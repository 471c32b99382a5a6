"""Table Registrations, a partition per tenant: users, their changes, and the fence that says which claim may write."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from azure.data.tables import UpdateMode

from sspr_core.adapters.storage_errors import RowConflict
from sspr_core.adapters.tables.table import RANGE, Listing, Table, etag_of, only_if, text_of
from sspr_core.adapters.tables.user_rows import (
    AFTER_CHANGES,
    AFTER_USERS,
    CHANGE,
    FENCE,
    USER,
    change_of,
    change_row,
    changes_until,
    mark_of,
    user_columns,
    user_of,
)
from sspr_core.model.errors import ClaimLost, Conflict, NotFound
from sspr_core.model.ids import Scope, TenantId, UserId
from sspr_core.model.registration import Change, StoredUser
from sspr_core.ports.storage import Claim, Difference, StoredMark, UpsertUser

_USERS = Listing(first=USER, last=AFTER_USERS, read=user_of)
_CHANGES = Listing(first=CHANGE, last=AFTER_CHANGES, read=change_of)


class TablesRegistrations:
    """The port Registrations."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def fence(self, claim: Claim) -> str:
        row = _fence_row(claim)
        while True:
            there = await self._table.find(claim.tenant_id, FENCE)
            try:
                if there is None:
                    return await self._table.create(row)
                if there["Owner"] == claim.owner:
                    return etag_of(there)
                if there["StartedAt"] > row["StartedAt"]:
                    raise ClaimLost(claim.tenant_id)
                return await self._table.replace(row, etag_of(there))
            except Conflict:
                continue  # another worker wrote first: read again

    async def marks(self, tenant: TenantId) -> AsyncIterator[list[StoredMark]]:
        between = {"partition": tenant, "first": USER, "last": AFTER_USERS}
        async for page in self._table.pages(RANGE, between, select=["RowKey", "Mark"]):
            yield [mark_of(row) for row in page]

    async def write(self, claim: Claim, fence: str, differences: Sequence[Difference], *, at: datetime) -> str:
        """Rows: the fence, `user:{id}`, and `change:{inverted time}:{id}` if there is a change."""
        operations = [("update", _fence_row(claim), _merged_only_if(fence))]
        for one in differences:
            operations += _operations(claim.tenant_id, one, at=at)
        try:
            etags = await self._table.transaction(operations)
        except RowConflict as error:
            if error.index == 0 and not await self._is_ours(claim):
                raise ClaimLost(claim.tenant_id) from error
            raise
        return str(etags[0])

    async def _is_ours(self, claim: Claim) -> bool:
        there = await self._table.find(claim.tenant_id, FENCE)
        return there is not None and there["Owner"] == claim.owner

    async def user(self, scope: Scope, tenant: TenantId, user: UserId) -> StoredUser:
        if not scope.allows(tenant):
            raise NotFound(tenant)
        return user_of(await self._table.get(tenant, USER + user))

    async def users(
        self, scope: Scope, tenant: TenantId, *, after: str | None, limit: int
    ) -> tuple[list[StoredUser], str | None]:
        return await self._some(_USERS, scope, tenant, after, limit)

    async def changed(
        self, scope: Scope, tenant: TenantId, *, since: datetime, after: str | None, limit: int
    ) -> tuple[list[StoredUser], str | None]:
        """Storage compares the text to the second, because up to there it is written alike with and without a
        fraction; this code compares the rest."""
        second = text_of(since.replace(microsecond=0)).removesuffix("+00:00")
        changed = replace(
            _USERS,
            where="ChangedAt ge @second",
            given={"second": second},
            lets=lambda row: datetime.fromisoformat(row["ChangedAt"]) >= since,
        )
        return await self._some(changed, scope, tenant, after, limit)

    async def gone(self, scope: Scope, tenant: TenantId, *, since: datetime) -> dict[UserId, datetime]:
        if not scope.allows(tenant):
            raise NotFound(tenant)
        asked = {"partition": tenant, "first": CHANGE, "last": changes_until(since)}
        found: dict[UserId, datetime] = {}
        async for page in self._table.pages(f"{RANGE} and After eq ''", asked):
            for change in map(change_of, page):
                found.setdefault(change.user_id, change.changed_at)  # the newest comes first
        return found

    async def changes(
        self, scope: Scope, tenant: TenantId, *, after: str | None, limit: int
    ) -> tuple[list[Change], str | None]:
        return await self._some(_CHANGES, scope, tenant, after, limit)

    async def delete_changes(self, tenant: TenantId, *, before: datetime) -> int:
        older = {"partition": tenant, "first": changes_until(before), "last": AFTER_CHANGES}
        return await self._table.delete(RANGE, older)

    async def _some[T](
        self, listing: Listing[T], scope: Scope, tenant: TenantId, after: str | None, limit: int
    ) -> tuple[list[T], str | None]:
        if not scope.allows(tenant):
            raise NotFound(tenant)
        return await listing.some(self._table, tenant, after=after, limit=limit)


def _fence_row(claim: Claim) -> dict[str, Any]:
    return {
        "PartitionKey": claim.tenant_id,
        "RowKey": FENCE,
        "Owner": claim.owner,
        "StartedAt": text_of(claim.started_at),
    }


def _merged_only_if(etag: str) -> dict[str, Any]:
    return {"mode": UpdateMode.MERGE, **only_if(etag)}


def _operations(tenant: TenantId, one: Difference, *, at: datetime) -> list[tuple[Any, ...]]:
    """Writes the user's row, on condition that it still has its mark, and the change's row."""
    change: list[tuple[Any, ...]] = []
    if one.change:
        change = [("upsert", change_row(tenant, one.change), {"mode": UpdateMode.REPLACE})]
    if not isinstance(one, UpsertUser):
        key = {"PartitionKey": tenant, "RowKey": USER + one.user_id}
        return [("delete", key, only_if(one.stored.etag)), *change]
    row = user_columns(tenant, one, at=at)
    if one.stored is None:
        return [("create", row), *change]
    return [("update", row, _merged_only_if(one.stored.etag)), *change]
