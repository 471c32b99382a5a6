"""Table Contacts, a partition per tenant: which users were emailed when, and whose address bounced."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from sspr_core.adapters.tables.table import Row, Table, etag_of, text_of, time_of
from sspr_core.model.errors import Conflict
from sspr_core.model.ids import TenantId, UserId
from sspr_core.model.recipient import Contact

_BY_KEY = 64  # up to so many users are read one by one; for more, one query reads the key range that holds them
_READS_AT_ONCE = 16
_REMEMBERED = 64  # more than are emailed at a time
_BETWEEN = "PartitionKey eq @tenant and RowKey ge @first and RowKey le @last"


class TablesContacts:
    """The port Contacts."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._read: dict[tuple[TenantId, UserId], Contact] = {}  # a cache of recent reads; the first is the oldest

    async def of(self, tenant: TenantId, users: Collection[UserId]) -> dict[UserId, Contact]:
        found = await (self._by_key if len(users) <= _BY_KEY else self._between)(tenant, users)
        return {contact.user_id: contact for contact in found}

    async def _by_key(self, tenant: TenantId, users: Collection[UserId]) -> list[Contact]:
        turns = asyncio.Semaphore(_READS_AT_ONCE)

        async def find(user: UserId) -> Contact:
            async with turns:
                found = await self._find(tenant, user)
            self._remember(found)
            return found

        return [contact for contact in await asyncio.gather(*map(find, set(users))) if contact.etag]

    async def _between(self, tenant: TenantId, users: Collection[UserId]) -> list[Contact]:
        wanted, between = set(users), {"tenant": tenant, "first": min(users), "last": max(users)}
        pages = self._table.pages(_BETWEEN, between)
        return [contact_of(row) async for page in pages for row in page if row["RowKey"] in wanted]

    async def emailed(self, tenant: TenantId, user: UserId, *, at: datetime) -> None:
        def and_now(contact: Contact) -> Contact:
            if contact.last_emailed_at is not None and contact.last_emailed_at >= at:
                return contact
            return replace(contact, last_emailed_at=at, emailed_count=contact.emailed_count + 1)

        await self._change(tenant, user, and_now)

    async def bounced(self, tenant: TenantId, user: UserId, *, address: str, word: str, at: datetime) -> None:
        def and_now(contact: Contact) -> Contact:
            if contact.bounced_at is not None and contact.bounced_at >= at:
                return contact
            return replace(contact, bounced_at=at, bounced_address=address, bounce=word)

        await self._change(tenant, user, and_now)

    async def _change(self, tenant: TenantId, user: UserId, change: Callable[[Contact], Contact]) -> None:
        """Read and write until it succeeds: if the answer of a write was lost, the next read finds it written.

        Before an email the contact was read anyway, and this writes over that cached row: if the row has changed
        since, the write fails with a conflict and the row is read again.
        """
        there = self._read.pop((tenant, user), None)
        while True:
            there = there or await self._find(tenant, user)
            if (changed := change(there)) == there:
                return
            try:
                if there.etag is None:
                    await self._table.create(contact_row(changed))
                else:
                    await self._table.replace(contact_row(changed), there.etag)
            except Conflict:
                there = None
            else:
                return

    async def _find(self, tenant: TenantId, user: UserId) -> Contact:
        """The contact; without an etag if there is no row yet."""
        row = await self._table.find(tenant, user)
        return contact_of(row) if row else Contact(tenant_id=tenant, user_id=user)

    def _remember(self, contact: Contact) -> None:
        self._read[contact.tenant_id, contact.user_id] = contact
        if len(self._read) > _REMEMBERED:
            del self._read[next(iter(self._read))]


def contact_row(contact: Contact) -> dict[str, Any]:
    return {
        "PartitionKey": contact.tenant_id,
        "RowKey": contact.user_id,
        "LastEmailedAt": text_of(contact.last_emailed_at),
        "EmailedCount": contact.emailed_count,
        "BouncedAt": text_of(contact.bounced_at),
        "BouncedAddress": contact.bounced_address or "",
        "Bounce": contact.bounce or "",
    }


def contact_of(row: Row) -> Contact:
    return Contact(
        tenant_id=TenantId(row["PartitionKey"]),
        user_id=UserId(row["RowKey"]),
        last_emailed_at=time_of(row["LastEmailedAt"]),
        emailed_count=row["EmailedCount"],
        bounced_at=time_of(row["BouncedAt"]),
        bounced_address=row["BouncedAddress"] or None,
        bounce=row["Bounce"] or None,
        etag=etag_of(row),
    )
