"""The JSON of report plans and archived reports."""

from dataclasses import asdict
from datetime import datetime

from sspr_core.model.counts import COUNT_NAMES, Counts, coverage
from sspr_core.model.delivery import Delivery
from sspr_core.model.history import Point
from sspr_core.model.registration import Excluded
from sspr_core.model.report import AllTenants, ReportProblem, RunSince, TenantRow
from sspr_core.model.report_plan import ReportState, SentReport, StoredPlan
from sspr_core.model.text import rfc3339
from sspr_core.report.schedule import next_occurrence

type Json = dict[str, object]


def plan_view(kept: StoredPlan, state: ReportState, *, now: datetime) -> Json:
    plan, trouble = kept.plan, state.trouble
    return {
        "tenant_id": kept.tenant_id,
        "scheduled": plan.scheduled,
        "weekday": plan.weekday,
        "day_of_month": plan.day_of_month,
        "hour": plan.hour,
        "zone": plan.zone,
        "recipients": list(plan.recipients),
        "language": plan.language,
        "names": plan.names,
        "attachments": list(plan.attachments),
        "set_by": kept.by,
        "set_at": rfc3339(kept.at),
        "next_due_at": rfc3339(next_occurrence(plan, now)),
        "last_due_at": rfc3339(state.due_at),
        "problem": trouble
        and {
            "code": trouble.code,
            "message": trouble.message,
            "remedy": trouble.remedy,
            "at": rfc3339(trouble.at),
        },
    }


def plan_details(
    kept: StoredPlan, state: ReportState, last: SentReport | None, bad: list[Delivery], *, now: datetime
) -> Json:
    """`bad`: emails of the last report that did not arrive, as far as is known."""
    return plan_view(kept, state, now=now) | {
        "last_sent_at": rfc3339(last.report.as_of) if last else None,
        "last_run_id": last.run_id if last else None,
        "last_mailed": last.mailed if last else None,
        "not_delivered": [{"address": row.address, "state": row.state, "reason": row.reason} for row in bad],
    }


def sent_view(sent: SentReport) -> Json:
    """The figures; lists of people are never archived."""
    report = sent.report
    return {
        "run_id": sent.run_id,
        "mailed": sent.mailed,
        "tenant_id": report.tenant_id,
        "tenant_name": report.tenant_name,
        "as_of": rfc3339(report.as_of),
        "since": rfc3339(report.since),
        "due_at": rfc3339(report.due_at),
        "late": report.late,
        "language": report.language,
        "zone": report.zone,
        **_counts(report.counts),
        "coverage_change": report.coverage_change,
        "sspr_scope": report.sspr_scope,
        "admin_to_register_count": report.admin_to_register_count,
        "newly_registered_count": report.newly_registered.count,
        "single_method_count": report.single_method.count,
        "phone_only_count": report.phone_only.count,
        "licence_shortfall_count": report.licence_shortfall_count,
        "excluded_by_reason": dict.fromkeys(Excluded, 0) | dict(report.excluded_by_reason),
        "last_success_at": rfc3339(report.last_success_at),
        "fresh": report.fresh,
        "problem": _trouble(report.problem) if report.problem else None,
    }


def sent_details(sent: SentReport) -> Json:
    report = sent.report
    return sent_view(sent) | {
        "course": [_point(point) for point in report.course],
        "runs": [_run(run) for run in report.runs],
        "all_tenants": _all_tenants(report.all_tenants) if report.all_tenants else None,
    }


def _counts(counts: Counts | None) -> Json:
    if counts is None:
        return dict.fromkeys((*COUNT_NAMES, "coverage"))
    return asdict(counts) | {"coverage": counts.coverage}


def _trouble(trouble: ReportProblem) -> Json:
    return {"word": trouble.word, "since": rfc3339(trouble.since), "remedy": trouble.remedy}


def _point(point: Point) -> Json:
    share = coverage(point.registered_enabled_count, point.to_register_count)
    return asdict(point) | {"on": point.on.isoformat(), "coverage": share}


def _run(run: RunSince) -> Json:
    return {
        "run_id": run.run_id,
        "template": run.template,
        "created_at": rfc3339(run.created_at),
        "mailed_count": run.mailed_count,
        "registered_count": run.registered_count,
    }


def _all_tenants(found: AllTenants) -> Json:
    return {
        "tenant_count": found.tenant_count,
        "expected": found.expected_count,
        "fresh": found.fresh_count,
        "stale": found.stale_count,
        "failed_count": found.failed_count,
        "failed": [
            {"tenant_id": one.tenant_id, "display_name": one.display_name} | _trouble(one.problem)
            for one in found.failed
        ],
        "tenants_by_lifecycle": dict(found.tenants_by_lifecycle),
        "tenants_by_sspr_scope": dict(found.tenants_by_sspr_scope),
        "row_count": found.row_count,
        "rows": [_row(row) for row in found.rows],
    }


def _row(row: TenantRow) -> Json:
    return {
        "tenant_id": row.tenant_id,
        "display_name": row.display_name,
        "coverage": row.coverage,
        "coverage_change": row.coverage_change,
        "population_count": row.population_count,
        "to_register_count": row.to_register_count,
        "last_success_at": rfc3339(row.last_success_at),
        "fresh": row.fresh,
        "problem": row.problem,
    }
