"""Totals over all tenants, and how complete they are."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sspr_core.model.counts import SsprScope, total
from sspr_core.model.history import change_over, figures_of
from sspr_core.model.limits import OperatingLimits
from sspr_core.model.registration import Excluded
from sspr_core.model.tenant import EXPECTED, Lifecycle, TenantRecord, is_fresh
from sspr_core.model.text import rfc3339
from sspr_core.status.history import course_of
from sspr_core.status.responses import Json, remedy_of


def overview(tenants: Sequence[TenantRecord], terms: OperatingLimits, *, now: datetime) -> Json:
    """Totals over the active tenants, from their last good figures, including stale ones."""
    words = [(known, known.lifecycle) for known in tenants]
    active = [known for known, word in words if word is Lifecycle.ACTIVE]
    return {
        "as_of": rfc3339(now),
        "totals": totals(active, now=now),
        "tenants_by_lifecycle": dict.fromkeys(Lifecycle, 0) | Counter(word for _, word in words),
        "tenants_by_sspr_scope": dict.fromkeys(SsprScope, 0)
        | Counter(known.status.sspr_scope for known in active if known.status.sspr_scope),
        "excluded_by_reason": _excluded(active),
        "course": course_of([known.status.course for known in active], today=now.date()),
        "completeness": completeness([known for known, word in words if word in EXPECTED], terms, now=now),
    }


def totals(active: Sequence[TenantRecord], *, now: datetime) -> Json:
    """The summed counts and their coverage; `tenant_count` is how many tenants are in the sums."""
    with_counts = [(known.status.counts, known.status.course) for known in active if known.status.counts]
    summed = total(counts for counts, _ in with_counts)
    pairs = [(figures_of(counts), course) for counts, course in with_counts]
    return {
        "tenant_count": len(active),
        **asdict(summed),
        "coverage": summed.coverage,
        "coverage_change_7d": change_over(pairs, 7, today=now.date()),
        "coverage_change_30d": change_over(pairs, 30, today=now.date()),
    }


def _excluded(active: Sequence[TenantRecord]) -> dict[Excluded, int]:
    counter: Counter[Excluded] = Counter()
    for known in active:
        counter.update(known.status.excluded_by_reason)
    return dict.fromkeys(Excluded, 0) | counter


def completeness(expected: Sequence[TenantRecord], terms: OperatingLimits, *, now: datetime) -> Json:
    """Every active tenant is either fresh or stale; failed overlaps both: every tenant with a problem now."""
    active = [known for known in expected if known.status.last_success_at]
    fresh_count = sum(is_fresh(known, now=now, within=terms.fresh_within) for known in active)
    return {
        "expected": len(expected),
        "fresh": fresh_count,
        "stale": len(active) - fresh_count,
        "failed": [
            {
                "tenant_id": known.tenant_id,
                "display_name": known.display_name,
                "problem": problem.word,
                "since": rfc3339(problem.since),
                "remedy": remedy_of(known, problem, terms),
            }
            for known in sorted(expected, key=lambda one: one.display_name.casefold())
            if (problem := known.status.problem)
        ],
    }
