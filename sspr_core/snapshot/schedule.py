"""When a tenant is read: one clock, the row's `next_due_at`."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from sspr_core.model.backoff import Backoff
from sspr_core.model.ids import TenantId
from sspr_core.model.problem import Access, Problem
from sspr_core.model.tenant import TenantRecord

COPIES = Backoff(first=timedelta(minutes=1), longest=timedelta(hours=1))  # when the service did not say how long
RECHECK_ACCESS = timedelta(hours=1)  # a permanent problem is looked at again: an administrator may have acted
RECHECK_CONSENT = timedelta(minutes=10)  # with the next sweep: a quarter of an hour would just miss it
CONSENT_EXPECTED_FOR = timedelta(days=1)  # a missing consent is asked for at once, and granted soon or late
COPIES_END = timedelta(hours=24)  # temporary trouble goes round in copies of the message for so long
LOST_COPY = timedelta(minutes=15)  # a copy not back by then is lost, and the sweep asks anew

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def is_due(known: TenantRecord, *, now: datetime) -> bool:
    """In relationship, not switched off, and its time has come; a tenant never read is due at once."""
    if not known.tenant.in_relationship or known.tenant.switched_off:
        return False
    return known.status.next_due_at is None or known.status.next_due_at <= now


def due_tenants(tenants: Iterable[TenantRecord], *, now: datetime) -> list[TenantRecord]:
    """Those due, longest overdue first."""
    due = [known for known in tenants if is_due(known, now=now)]
    return sorted(due, key=lambda known: known.status.next_due_at or _LONG_AGO)


def next_regular(tenant: TenantId, *, after: datetime, every: timedelta) -> datetime:
    """The tenant's next turn: the first of its own phase that is at least a 24th of the period away.

    The phase is a hash of the tenant id, so that tenants added together spread over the period. The pause spares a
    second reading right after the first, which comes at once; no gap is longer than 25 hours of a day's period, so
    that a tenant read on time never counts as stale.
    """
    share = int.from_bytes(blake2b(tenant.encode(), digest_size=8).digest()) / (1 << 64)
    phase = _EPOCH + share * every
    turns = (after + every / 24 - phase) // every + 1
    return phase + turns * every


def recheck(problem: Problem, *, now: datetime) -> datetime:
    """When a tenant with a permanent problem is looked at again.

    With every sweep for a day where consent or a permission is missing, because an administrator who has just granted
    it waits for the result, and a refused token costs little; also the permissions of a fresh consent come minutes
    after it. Then, and with any other problem, after an hour.
    """
    awaited = problem.word in (Access.CONSENT_MISSING, Access.PERMISSION_MISSING)
    soon = awaited and now - problem.began_at < CONSENT_EXPECTED_FOR
    return now + (RECHECK_CONSENT if soon else RECHECK_ACCESS)
