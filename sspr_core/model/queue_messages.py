"""The message that asks for one snapshot."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

import msgspec

from sspr_core.model.ids import TenantId, tenant_id


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotJob:
    """A nudge to read a tenant; the tenant's rows are the truth. `first_at` is the first try of this asking.

    `due_at` is the tenant's due time that it was sent for. Once that has moved on, somebody has been at the tenant, and
    what is left to do has a message or a sweep of its own. None: wanted in any case.
    """

    tenant_id: TenantId
    queued_at: datetime
    first_at: datetime
    attempt: int = 0
    due_at: datetime | None = None

    @classmethod
    def first(cls, tenant: TenantId, *, now: datetime, due_at: datetime | None = None) -> Self:
        return cls(tenant_id=tenant, queued_at=now, first_at=now, due_at=due_at)

    @classmethod
    def from_json(cls, body: bytes) -> Self:
        """Raises ValueError when the body is not a job: such a message belongs in the poison queue."""
        job = msgspec.json.decode(body, type=cls)
        times = (job.queued_at, job.first_at, job.due_at)
        if any(at is not None and at.tzinfo is None for at in times):
            raise ValueError("times without a zone")
        return replace(job, tenant_id=tenant_id(job.tenant_id))

    def to_json(self) -> bytes:
        return msgspec.json.encode(self)

    def next_try(self, *, due_at: datetime) -> Self:
        return replace(self, attempt=self.attempt + 1, due_at=due_at)
