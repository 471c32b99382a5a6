"""What an attempt makes of a tenant's status row: a snapshot, a licence reading only, or trouble."""

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
    """Name and licences as just read; everything else as before."""
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
    """The last reading that found premium seats, in rows of versions that did not write it too."""
    return status.seats_seen_at or (status.licences_read_at if status.eligibility is Eligibility.ELIGIBLE else None)


def after_licences_only(status: TenantStatus, *, started_at: datetime, every: timedelta) -> TenantStatus:
    """An ineligible tenant: its last data stay, it is asked again at its next turn, and it is no problem."""
    return replace(status, problem=None, next_due_at=next_regular(status.tenant_id, after=started_at, every=every))


def after_snapshot(status: TenantStatus, header: SnapshotHeader, reading: Reading, *, every: timedelta) -> TenantStatus:
    """A complete snapshot clears the problem and sets the next turn."""
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
    """A copy of the message comes back before `due_at`; should it be lost, the sweep asks anew then."""
    return replace(status, problem=with_since(trouble, status.problem, now=now), next_due_at=due_at)


def after_permanent(status: TenantStatus, trouble: AccessError, *, now: datetime) -> TenantStatus:
    """No copy comes back: a sweep looks at it again, for an administrator may have acted meanwhile."""
    problem = with_since(trouble, status.problem, now=now)
    return replace(status, problem=problem, next_due_at=recheck(problem, now=now))


def after_a_day_of_tries(
    status: TenantStatus, trouble: AccessError, *, now: datetime, every: timedelta
) -> TenantStatus:
    """The copies end; the next regular reading begins afresh."""
    return replace(
        status,
        problem=with_since(trouble, status.problem, now=now),
        next_due_at=next_regular(status.tenant_id, after=now, every=every),
    )
