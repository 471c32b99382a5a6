"""When a tenant is read; only the row's `next_due_at` decides."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from sspr_core.model.backoff import Backoff
from sspr_core.model.ids import TenantId
from sspr_core.model.problem import Access, Problem
from sspr_core.model.tenant import TenantRecord

COPIES = Backoff(first=timedelta(minutes=1), longest=timedelta(hours=1))  # if the service did not say how long
RECHECK_ACCESS = timedelta(hours=1)  # retry interval of a permanent problem: an administrator may have fixed it
RECHECK_CONSENT = timedelta(minutes=10)  # so that the next sweep, every 15 minutes, retries it: 15 would just miss it
CONSENT_EXPECTED_FOR = timedelta(days=1)  # operators ask for a missing consent at once, and get it sooner or later
COPIES_END = timedelta(hours=24)  # for so long a temporary problem is retried with copies of the message
LOST_COPY = timedelta(minutes=15)  # a copy that is this late is lost, and the sweep sends a new one

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def is_due(known: TenantRecord, *, now: datetime) -> bool:
    """In relationship, not switched off, and its due time has passed; a tenant never read is due at once."""
    if not known.tenant.in_relationship or known.tenant.switched_off:
        return False
    return known.status.next_due_at is None or known.status.next_due_at <= now


def due_tenants(tenants: Iterable[TenantRecord], *, now: datetime) -> list[TenantRecord]:
    """The due tenants, longest overdue first."""
    due = [known for known in tenants if is_due(known, now=now)]
    return sorted(due, key=lambda known: known.status.next_due_at or _LONG_AGO)


def next_regular(tenant: TenantId, *, after: datetime, every: timedelta) -> datetime:
    """The tenant's next regular time: the first in its own phase that is at least a 24th of the period away.

    The phase is a hash of the tenant id, so that tenants added together spread over the period. The minimum distance
    avoids a second reading right after the first, which is taken at once. With a period of a day no gap is longer
    than 25 hours, so a tenant that is read on time never counts as stale.
    """
    share = int.from_bytes(blake2b(tenant.encode(), digest_size=8).digest()) / (1 << 64)
    phase = _EPOCH + share * every
    turns = (after + every / 24 - phase) // every + 1
    return phase + turns * every


def recheck(problem: Problem, *, now: datetime) -> datetime:
    """When to retry a tenant with a permanent problem.

    A missing consent or permission is retried with every sweep for a day: an administrator who has just granted it
    waits for the result, a refused token costs little, and the permissions of a new consent work only minutes later.
    After that day, and for any other problem, every hour.
    """
    awaited = problem.word in (Access.CONSENT_MISSING, Access.PERMISSION_MISSING)
    soon = awaited and now - problem.began_at < CONSENT_EXPECTED_FOR
    return now + (RECHECK_CONSENT if soon else RECHECK_ACCESS)
