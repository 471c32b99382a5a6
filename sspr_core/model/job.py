"""The message that asks for one snapshot."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

import msgspec

from sspr_core.model.ids import TenantId, tenant_id


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotJob:
    """A nudge to read a tenant; the tenant's rows are the truth. `first_at` is the first try of this asking."""

    tenant_id: TenantId
    queued_at: datetime
    first_at: datetime
    attempt: int = 0

    @classmethod
    def first(cls, tenant: TenantId, *, now: datetime) -> Self:
        return cls(tenant_id=tenant, queued_at=now, first_at=now)

    @classmethod
    def from_json(cls, body: bytes) -> Self:
        """Raises ValueError when the body is not a job: such a message belongs in the poison queue."""
        job = msgspec.json.decode(body, type=cls)
        if job.first_at.tzinfo is None or job.queued_at.tzinfo is None:
            raise ValueError("times without a zone")
        return replace(job, tenant_id=tenant_id(job.tenant_id))

    def to_json(self) -> bytes:
        return msgspec.json.encode(self)

    def next_try(self) -> Self:
        return replace(self, attempt=self.attempt + 1)
