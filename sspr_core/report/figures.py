"""Computes a report's figures from stored data: equal to the API's on the same data."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from sspr_core.model.counts import Attention, Counts, SsprScope, total
from sspr_core.model.history import Point, change_over, figures_of, points_of
from sspr_core.model.ids import TenantId
from sspr_core.model.limits import OperatingLimits
from sspr_core.model.problem import remedy
from sspr_core.model.registration import Excluded
from sspr_core.model.report import MOST_TENANTS, AllTenants, NotRead, People, Report, ReportProblem, TenantRow
from sspr_core.model.report_plan import ReportPlan
from sspr_core.model.tenant import EXPECTED, Lifecycle, TenantRecord, is_fresh
from sspr_core.report.activity import ActivityCollector, Named
from sspr_core.report.schedule import is_late


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportInput:
    """The input of a report. `due_at` None: a user requested it. `last`: the previous report; None: this is the
    first.
    """

    plan: ReportPlan
    language: str
    now: datetime
    due_at: datetime | None = None
    last: Report | None = None

    @property
    def since(self) -> datetime | None:
        return self.last.as_of if self.last else None

    @property
    def known_until(self) -> datetime | None:
        """Up to when the last report knew of registrations: the end of the snapshot it was made from."""
        if self.last is None:
            return None
        told_of = None if self.last.tenant_id is None else self.last.last_success_at
        return told_of or self.last.as_of


def tenant_report(
    known: TenantRecord, asked: ReportInput, named: Named, since: ActivityCollector, terms: OperatingLimits
) -> Report:
    status, last = known.status, asked.last
    counts, attention = status.counts, status.attention or Attention()
    before = last.counts if last else None
    return replace(
        _empty(asked, known.tenant_id, known.display_name),
        counts=counts,
        counts_before=before,
        coverage_change=_difference(counts, before),
        sspr_scope=status.sspr_scope,
        course=_course([known], asked) if counts else (),
        admin_to_register_count=attention.admin_to_register_count,
        to_register=named.to_register.of(counts.to_register_count if counts else 0),
        newly_registered=since.people,
        single_method=named.single_method.of(attention.single_method_count),
        phone_only=named.phone_only.of(attention.phone_only_count),
        licence_shortfall_count=status.licence_shortfall_count,
        excluded_by_reason={reason: count for reason, count in status.excluded_by_reason.items() if count},
        runs=since.runs,
        last_success_at=status.last_success_at,
        fresh=is_fresh(known, now=asked.now, within=terms.fresh_within),
        problem=_trouble(known, terms),
    )


def report_over_all(
    tenants: Sequence[TenantRecord], asked: ReportInput, since: ActivityCollector, terms: OperatingLimits
) -> Report:
    """Totals over the active tenants, from their last good figures, stale ones included."""
    active = [known for known in tenants if known.lifecycle is Lifecycle.ACTIVE]
    excluded: Counter[Excluded] = Counter()
    for known in active:
        excluded.update(known.status.excluded_by_reason)
    noted = [known.status.attention for known in active if known.status.attention]
    counts = total(known.status.counts for known in active if known.status.counts)
    read = [known.status.last_success_at for known in active if known.status.last_success_at]
    over_all = _all_tenants(tenants, active, asked, terms)
    return replace(
        _empty(asked, None, ""),
        counts=counts if active else None,
        counts_before=asked.last.counts if asked.last else None,
        coverage_change=_change(active, asked),
        course=_course(active, asked) if active else (),
        admin_to_register_count=sum(one.admin_to_register_count for one in noted),
        to_register=People(count=counts.to_register_count),
        newly_registered=People(count=since.people.count),
        single_method=People(count=sum(one.single_method_count for one in noted)),
        phone_only=People(count=sum(one.phone_only_count for one in noted)),
        licence_shortfall_count=sum(known.status.licence_shortfall_count or 0 for known in active) if active else None,
        excluded_by_reason={reason: excluded[reason] for reason in Excluded if excluded[reason]},
        runs=since.runs,
        last_success_at=min(read, default=None),
        fresh=over_all.stale_count == 0,
        all_tenants=over_all,
    )


def _empty(asked: ReportInput, tenant: TenantId | None, name: str) -> Report:
    """The report for the input, without figures."""
    return Report(
        tenant_id=tenant,
        tenant_name=name,
        language=asked.language,
        zone=asked.plan.zone,
        as_of=asked.now,
        since=asked.since,
        due_at=asked.due_at,
        late=asked.due_at is not None and is_late(asked.due_at, now=asked.now),
        named=asked.plan.names and tenant is not None,  # the report over all tenants names no users
    )


def _all_tenants(
    tenants: Sequence[TenantRecord], active: Sequence[TenantRecord], asked: ReportInput, terms: OperatingLimits
) -> AllTenants:
    expected = [known for known in tenants if known.lifecycle in EXPECTED]
    fresh_count = sum(is_fresh(known, now=asked.now, within=terms.fresh_within) for known in active)
    by_name = sorted(expected, key=lambda one: one.display_name.casefold())
    failed = [(known, trouble) for known in by_name if (trouble := _trouble(known, terms))]
    scopes = Counter(known.status.sspr_scope for known in active if known.status.sspr_scope)
    lifecycles = Counter(known.lifecycle for known in tenants)
    return AllTenants(
        tenant_count=len(active),
        expected_count=len(expected),
        fresh_count=fresh_count,
        stale_count=len(active) - fresh_count,
        failed_count=len(failed),
        failed=tuple(
            NotRead(tenant_id=known.tenant_id, display_name=known.display_name, problem=trouble)
            for known, trouble in failed[:MOST_TENANTS]
        ),
        tenants_by_lifecycle={word: lifecycles[word] for word in Lifecycle},
        tenants_by_sspr_scope={word: scopes[word] for word in SsprScope},
        row_count=len(expected),
        rows=tuple(tenant_rows(expected, asked, terms)[:MOST_TENANTS]),
    )


def tenant_rows(tenants: Sequence[TenantRecord], asked: ReportInput, terms: OperatingLimits) -> list[TenantRow]:
    """Tenants that should have a snapshot: the lowest coverage first, then by name."""
    expected = [known for known in tenants if known.lifecycle in EXPECTED]
    by_name = sorted(expected, key=lambda one: one.display_name.casefold())
    return [_row(known, asked, terms) for known in sorted(by_name, key=_worst_first)]


def _worst_first(known: TenantRecord) -> tuple[bool, float, int]:
    counts = known.status.counts
    share = counts.coverage if counts else None
    return (share is None, share or 0.0, -(counts.to_register_count if counts else 0))


def _row(known: TenantRecord, asked: ReportInput, terms: OperatingLimits) -> TenantRow:
    counts, problem = known.status.counts, known.status.problem
    return TenantRow(
        tenant_id=known.tenant_id,
        display_name=known.display_name,
        coverage=counts.coverage if counts else None,
        coverage_change=_change([known], asked),
        population_count=counts.population_count if counts else None,
        to_register_count=counts.to_register_count if counts else None,
        last_success_at=known.status.last_success_at,
        fresh=is_fresh(known, now=asked.now, within=terms.fresh_within),
        problem=problem.word if problem else None,
    )


def _course(tenants: Sequence[TenantRecord], asked: ReportInput) -> tuple[Point, ...]:
    return tuple(points_of([known.status.course for known in tenants], today=asked.now.date()))


def _change(tenants: Sequence[TenantRecord], asked: ReportInput) -> float | None:
    """Like the API's change over n days: since the last report's day, over tenants with figures for both days."""
    if asked.since is None:
        return None
    pairs = [(figures_of(known.status.counts), known.status.course) for known in tenants if known.status.counts]
    return change_over(pairs, (asked.now.date() - asked.since.date()).days, today=asked.now.date())


def _difference(now: Counts | None, before: Counts | None) -> float | None:
    share, earlier = (counts.coverage if counts else None for counts in (now, before))
    return None if share is None or earlier is None else share - earlier


def _trouble(known: TenantRecord, terms: OperatingLimits) -> ReportProblem | None:
    problem = known.status.problem
    if problem is None:
        return None
    to_do = remedy(problem.word, known.tenant_id, terms.client_id, terms.authority, terms.public_url, code=problem.code)
    return ReportProblem(word=problem.word, since=problem.since, remedy=to_do)
