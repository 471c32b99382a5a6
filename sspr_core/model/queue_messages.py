"""Names of the queues, their messages as values, and how to read them. Bodies are untrusted: one that cannot be read is
not a message of this app.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

import msgspec

from sspr_core.model.delivery import DeliveryKey
from sspr_core.model.ids import TenantId, tenant_id
from sspr_core.model.run import RunId, run_id

_KEY = re.compile("[0-9a-f]{15}")

SNAPSHOTS = "snapshots"
EXPAND_RUNS = "expand-runs"
SEND_EMAILS = "send-emails"
DELIVERY_REPORTS = "delivery-reports"  # filled by Event Grid: infra has the same name
PREPARE_REPORTS = "prepare-reports"
QUEUES = (SNAPSHOTS, EXPAND_RUNS, SEND_EMAILS, DELIVERY_REPORTS, PREPARE_REPORTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotJob:
    """A request to read a tenant; the tenant's rows decide. `first_at` is the time of the request's first try.

    `due_at` is the tenant's due time for which it was sent. Once the due time is later, the tenant has been handled,
    and any remaining work has its own message or sweep. None: read in any case.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """Messages that were dropped and logged, counted by queue so that operators can see that there are any."""

    counts: Mapping[str, int] = field(default_factory=dict)
    last_at: datetime | None = None
    etag: str | None = None  # None: there is no row yet


class _Delivery(msgspec.Struct, frozen=True):
    run: str
    key: str


class _Run(msgspec.Struct, frozen=True):
    run: str


def delivery_in(body: bytes) -> tuple[RunId, DeliveryKey] | None:
    """Which delivery to check; None: the message is not this app's."""
    try:
        message = msgspec.json.decode(body, type=_Delivery)
        run = run_id(message.run)
    except ValueError:
        return None
    return (run, DeliveryKey(message.key)) if _KEY.fullmatch(message.key) else None


def run_in(body: bytes) -> RunId | None:
    """Which run to expand; None: the message is not this app's."""
    try:
        return run_id(msgspec.json.decode(body, type=_Run).run)
    except ValueError:
        return None


def poison_queue(queue: str) -> str:
    """The queue of messages that failed ten times; those that fail there too stay, retried every ten minutes."""
    return f"{queue}-poison"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportJob:
    """A request to prepare a tenant's report (None: the one over all) for this occurrence; the rows decide."""

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
