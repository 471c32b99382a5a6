"""The JSON of tenants, users, days and changes, with links to their Entra pages."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime

from sspr_core.model.cloud import entra
from sspr_core.model.counts import COUNT_NAMES, Attention, Counts
from sspr_core.model.history import Day, change_over, figures_of
from sspr_core.model.ids import TenantId
from sspr_core.model.limits import OperatingLimits
from sspr_core.model.problem import Problem, remedy
from sspr_core.model.registration import Change, Excluded, State, StoredUser
from sspr_core.model.tenant import Eligibility, Lifecycle, TenantRecord, TenantStatus, is_fresh
from sspr_core.model.text import day_of, rfc3339

type Json = dict[str, object]


def entra_links(tenant: TenantId, authority: str) -> dict[str, str]:
    """Links that open in that tenant, in its cloud, in the form that partner tools use."""
    view = f"{entra(authority)}/{tenant}/#view"
    return {
        "sspr_settings": f"{view}/Microsoft_AAD_IAM/PasswordResetMenuBlade/~/Properties",
        "authentication_methods_report": f"{view}/Microsoft_AAD_IAM/AuthenticationMethodsMenuBlade/~/Activity",
        "users": f"{view}/Microsoft_AAD_UsersAndTenants/UserManagementMenuBlade/~/AllUsers",
    }


def counts_view(counts: Counts | None) -> Json:
    """The counts and coverage; all null before the first snapshot."""
    if counts is None:
        return dict.fromkeys((*COUNT_NAMES, "coverage"))
    return asdict(counts) | {"coverage": counts.coverage}


def excluded_view(by_reason: Mapping[Excluded, int]) -> Mapping[Excluded, int]:
    """Every reason, including those that exclude no user."""
    return dict.fromkeys(Excluded, 0) | dict(by_reason)


def changes_view(known: TenantRecord, *, now: datetime) -> Json:
    counts, course = known.status.counts, known.status.course
    pairs = [(figures_of(counts), course)] if counts else []
    return {f"coverage_change_{days}d": change_over(pairs, days, today=now.date()) for days in (7, 30)}


def problem_view(known: TenantRecord, terms: OperatingLimits) -> Json | None:
    problem = known.status.problem
    if problem is None:
        return None
    return {
        "word": problem.word,
        "code": problem.code,
        "message": problem.message,
        "since": rfc3339(problem.since),
        "remedy": remedy_of(known, problem, terms),
    }


def remedy_of(known: TenantRecord, problem: Problem, terms: OperatingLimits) -> str:
    return remedy(problem.word, known.tenant_id, terms.client_id, terms.authority, terms.public_url, code=problem.code)


def attention_view(attention: Attention | None) -> Json | None:
    return asdict(attention) if attention else None


def tenant_view(known: TenantRecord, terms: OperatingLimits, *, now: datetime) -> Json:
    """A tenant as a flat object, as in lists and at the top of its details."""
    status = known.status
    return {
        "tenant_id": known.tenant_id,
        "display_name": known.display_name,
        "lifecycle": known.lifecycle,
        "lifecycle_reason": lifecycle_reason(known),
        "problem": problem_view(known, terms),
        "sspr_scope": status.sspr_scope,
        **counts_view(status.counts),
        **changes_view(known, now=now),
        "excluded_by_reason": excluded_view(status.excluded_by_reason) if status.counts else None,
        "licence_shortfall_count": status.licence_shortfall_count,
        "attention": attention_view(status.attention),
        "last_success_at": rfc3339(status.last_success_at),
        "fresh": is_fresh(known, now=now, within=terms.fresh_within),
    }


def tenant_details(known: TenantRecord, terms: OperatingLimits, *, now: datetime) -> Json:
    """Everything stored of a tenant except its users."""
    tenant, status = known.tenant, known.status
    return tenant_view(known, terms, now=now) | {
        "default_domain": status.default_domain,
        "user_count": status.user_count,
        "eligibility": status.eligibility,
        "eligibility_reason": eligibility_reason(known),
        "premium_seat_count": status.premium_seat_count,
        "licences": [asdict(licence) for licence in status.licences],
        "licences_read_at": rfc3339(status.licences_read_at),
        "licence_ended_at": rfc3339(status.licence_ended_at),
        "relationship_status": tenant.relationship_status,
        "relationship_ends_at": rfc3339(tenant.relationship_ends_at),
        "next_due_at": rfc3339(status.next_due_at),
        "links": entra_links(known.tenant_id, terms.authority),
    }


def lifecycle_reason(known: TenantRecord) -> str | None:
    """Why the tenant is not active; null when it is."""
    match known.lifecycle:
        case Lifecycle.REMOVED:
            return "No relationship with the tenant any more; its history is kept."
        case Lifecycle.INACTIVE:
            off = known.tenant.switched_off
            return f"Set inactive by {off.by}: {off.reason}" if off else None
        case Lifecycle.INELIGIBLE:
            return eligibility_reason(known)
        case Lifecycle.IN_PROCESS:
            return "The first snapshot has not been taken yet."
        case Lifecycle.ACTIVE:
            return None


def eligibility_reason(known: TenantRecord) -> str:
    status = known.status
    match status.eligibility:
        case Eligibility.ELIGIBLE:
            return f"{status.premium_seat_count} seats of Entra ID P1 or P2.{_ending(status)}"
        case Eligibility.INELIGIBLE:
            return (
                f"{_none(status)}, which the registration report needs. Microsoft 365 Business "
                "Standard may still let users reset cloud passwords."
            )
        case Eligibility.UNKNOWN:
            return "The tenant's licences have not been read yet."


def _ending(status: TenantStatus) -> str:
    count = sum(one.ending_count for one in status.licences if one.premium)
    if not count:
        return ""
    which = "Their licence is" if count == status.premium_seat_count else f"The licence of {count} of them is"
    return f" {which} ending: the subscription is past its term, and its seats may be gone any day."


def _none(status: TenantStatus) -> str:
    """Says that there are no seats, and since when if there were some."""
    ended_at, seen_at = status.licence_ended_at, status.seats_seen_at
    if not ended_at or not seen_at:
        return "No seats of Entra ID P1 or P2"
    return (
        f"The licence ended: since {day_of(ended_at)} (last seen on {day_of(seen_at)}) the tenant has no seats of "
        "Entra ID P1 or P2"
    )


def user_view(stored: StoredUser) -> Json:
    """A user; registered after `registered_after_at` (null: not known, "before") and by `seen_registered_at`."""
    user = stored.user
    return {
        "user_id": stored.user_id,
        "display_name": user.display_name,
        "upn": user.upn,
        "mail": user.mail,
        "registration": user.registration,
        "enabled": user.enabled,
        "capable": user.capable,
        "admin": user.admin,
        "methods": list(user.methods),
        "excluded_reason": user.excluded,
        "covered": user.covered,
        "seen_registered_at": rfc3339(stored.seen_registered_at),
        "registered_after_at": rfc3339(stored.registered_after_at),
        "first_seen_at": rfc3339(stored.first_seen_at),
        "created_at": rfc3339(datetime.fromtimestamp(user.created_at, UTC) if user.created_at is not None else None),
    }


def change_view(change: Change) -> Json:
    return {
        "user_id": change.user_id,
        "changed_at": rfc3339(change.changed_at),
        "before": _state(change.before),
        "after": _state(change.after),
    }


def _state(state: State | None) -> Json | None:
    if state is None:
        return None
    return {"registration": state.registration, "enabled": state.enabled, "excluded_reason": state.excluded}


def day_view(day: Day) -> Json:
    """A day of the history: the figures of its last complete snapshot, and the last failed attempt."""
    snapshot, problem = day.snapshot, day.problem
    return {
        "on": day.on.isoformat(),
        **counts_view(snapshot.counts if snapshot else None),
        "excluded_by_reason": excluded_view(snapshot.excluded_by_reason) if snapshot else None,
        "licence_shortfall_count": snapshot.licence_shortfall_count if snapshot else None,
        "started_at": rfc3339(snapshot.started_at if snapshot else None),
        "finished_at": rfc3339(snapshot.finished_at if snapshot else None),
        "problem": {
            "word": problem.word,
            "code": problem.code,
            "message": problem.message,
            "at": rfc3339(day.problem_at),
        }
        if problem
        else None,
    }
