"""Every quarter of an hour: who is due goes into the queue."""

from datetime import datetime

from sspr_core.model.queue_messages import SnapshotJob
from sspr_core.model.scope import EVERY_TENANT
from sspr_core.ports.storage import Jobs, Tenants
from sspr_core.snapshot.schedule import due_tenants


async def queue_due(tenants: Tenants, jobs: Jobs, *, now: datetime) -> int:
    """Queue a snapshot of every due tenant, longest overdue first; comes back with how many.

    A tenant stays due until it is read, so a lost message costs until the next sweep; one too many, sent while the
    tenant was being read, finds the due time moved on.
    """
    due = due_tenants(await tenants.known(EVERY_TENANT), now=now)
    await jobs.send(
        [SnapshotJob.first(known.tenant_id, now=now, due_at=known.status.next_due_at or now) for known in due]
    )
    return len(due)
