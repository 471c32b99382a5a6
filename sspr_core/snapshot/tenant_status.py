"""The tenant's status row after an attempt: after a snapshot, a reading of licences only, or a problem."""

from dataclasses import replace
from datetime import datetime, timedelta

from sspr_core.model.graph_rows import Organization
from sspr_core.model.history import SnapshotHeader
from sspr_core.model.problem import AccessError, with_since
from sspr_core.model.tenant import Eligibility, TenantStatus
from sspr_core.snapshot.classification import Licensing
from sspr_core.snapshot.reading import Reading
from sspr_core.snapshot.schedule import next_regular, recheck


def with_licensing(
    status: TenantStatus, organization: Organization, licensing: Licensing, *, now: datetime
) -> TenantStatus:
    """Sets name and licences as just read; leaves everything else."""
    default = next((d.name for d in organization.verified_domains or () if d.is_default), None)
    eligible = licensing.eligibility is Eligibility.ELIGIBLE
    seen_at = now if eligible else seats_last_seen(status)
    ended_at = None if eligible or seen_at is None else status.licence_ended_at or now
    return replace(
        status,
        seats_seen_at=seen_at,
        licence_ended_at=ended_at,
        eligibility=licensing.eligibility,
        premium_seat_count=licensing.premium_seat_count,
        licences=licensing.licences,
        licences_read_at=now,
        organization_name=organization.display_name,
        default_domain=default,
    )


def seats_last_seen(status: TenantStatus) -> datetime | None:
    """The last reading that found premium seats; derived in rows of older versions, which did not store it."""
    return status.seats_seen_at or (status.licences_read_at if status.eligibility is Eligibility.ELIGIBLE else None)


def after_licences_only(status: TenantStatus, *, started_at: datetime, every: timedelta) -> TenantStatus:
    """An ineligible tenant keeps its last data, is read again at its next regular time, and has no problem."""
    return replace(status, problem=None, next_due_at=next_regular(status.tenant_id, after=started_at, every=every))


def after_snapshot(status: TenantStatus, header: SnapshotHeader, reading: Reading, *, every: timedelta) -> TenantStatus:
    """A complete snapshot clears the problem and sets the next regular time."""
    return replace(
        status,
        counts=header.counts,
        excluded_by_reason=header.excluded_by_reason,
        licence_shortfall_count=header.licence_shortfall_count,
        sspr_scope=reading.sspr_scope,
        attention=reading.attention,
        user_count=header.user_count,
        digest=header.digest,
        last_started_at=header.started_at,
        last_success_at=header.finished_at,
        problem=None,
        next_due_at=next_regular(status.tenant_id, after=header.started_at, every=every),
        course=status.course.with_point(header.point),
    )


def after_temporary(status: TenantStatus, trouble: AccessError, *, now: datetime, due_at: datetime) -> TenantStatus:
    """A copy of the message arrives before `due_at`; if it is lost, the sweep sends a new one then."""
    return replace(status, problem=with_since(trouble, status.problem, now=now), next_due_at=due_at)


def after_permanent(status: TenantStatus, trouble: AccessError, *, now: datetime) -> TenantStatus:
    """No copy is sent: a later sweep retries, because an administrator may have fixed the problem by then."""
    problem = with_since(trouble, status.problem, now=now)
    return replace(status, problem=problem, next_due_at=recheck(problem, now=now))


def after_a_day_of_tries(
    status: TenantStatus, trouble: AccessError, *, now: datetime, every: timedelta
) -> TenantStatus:
    """No more copies are sent; the next regular reading starts over."""
    return replace(
        status,
        problem=with_since(trouble, status.problem, now=now),
        next_due_at=next_regular(status.tenant_id, after=now, every=every),
    )
