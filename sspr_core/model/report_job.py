"""The message that asks for one report."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

import msgspec

from sspr_core.model.ids import TenantId, tenant_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportJob:
    """A nudge to prepare a tenant's report (None: the one over all) for this occurrence; the rows are the truth."""

    tenant_id: TenantId | None
    due_at: datetime
    first_at: datetime
    attempt: int = 0

    @classmethod
    def from_json(cls, body: bytes) -> Self:
        """Raises ValueError when the body is not a job: such a message belongs in the poison queue."""
        job = msgspec.json.decode(body, type=cls)
        if job.due_at.tzinfo is None or job.first_at.tzinfo is None:
            raise ValueError("times without a zone")
        return job if job.tenant_id is None else replace(job, tenant_id=tenant_id(job.tenant_id))

    def to_json(self) -> bytes:
        return msgspec.json.encode(self)
