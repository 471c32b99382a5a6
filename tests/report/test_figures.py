"""A report's figures are those of the API on the same data."""

from dataclasses import asdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sspr_core.model.counts import Attention, Counts
from sspr_core.model.problem import Access
from sspr_core.model.registration import Excluded
from sspr_core.model.report import MOST_TENANTS, Report
from sspr_core.model.report_plan import ReportPlan
from sspr_core.model.tenant import SwitchedOff, TenantRecord
from sspr_core.report.activity import ActivityCollector, Named
from sspr_core.report.figures import ReportInput, report_over_all, tenant_report
from sspr_core.status.history import course_of
from sspr_core.status.overview import overview
from sspr_core.status.responses import tenant_view
from tests.builders import DAY, HOUR, MONDAY, TERMS, a_course, a_known, a_problem, counts
from tests.mail.user_builders import a_stored_user

NOW = MONDAY + 2 * HOUR
PLAN = ReportPlan(zone="Europe/Berlin")


def asked(**said: Any) -> ReportInput:
    return ReportInput(**{"plan": PLAN, "language": "en", "now": NOW} | said)


def of(known: TenantRecord, **said: Any) -> Report:
    return tenant_report(known, asked(**said), Named(), ActivityCollector(), TERMS)


def over(*tenants: TenantRecord, **said: Any) -> Report:
    return report_over_all(tenants, asked(**said), ActivityCollector(), TERMS)


COUNTS = st.builds(
    lambda registered, to_register, unknown, guests: counts(
        registered=registered,
        to_register=to_register,
        population_count=registered + to_register + unknown,
        unknown_count=unknown,
        excluded_count=guests,
    ),
    *[st.integers(0, 40)] * 4,
)


@st.composite
def tenants(draw: Any) -> TenantRecord:
    number = draw(st.integers(0, 10**6))
    read_at = draw(st.sampled_from([MONDAY, MONDAY - 3 * DAY, None]))
    figures, before = draw(COUNTS), draw(COUNTS)
    more: dict[str, Any] = {}
    if read_at:
        more = {
            "course": a_course((MONDAY - 8 * DAY, before), (read_at, figures)),
            "attention": Attention(admin_to_register_count=draw(st.integers(0, 3)), single_method_count=number % 5),
            "excluded_by_reason": {Excluded.GUEST: figures.excluded_count},
            "licence_shortfall_count": number % 7,
        }
    problem = a_problem(draw(st.sampled_from(Access))) if draw(st.booleans()) else None
    off = SwitchedOff(by="olga", at=MONDAY, reason="left") if draw(st.integers(0, 5)) == 0 else None
    return a_known(f"t{number}", read_at=read_at, figures=figures, problem=problem, switched_off=off, **more)


SOME = st.lists(tenants(), max_size=8, unique_by=lambda known: known.tenant_id)


@given(tenants())
def test_a_tenants_report_says_what_the_api_says_of_the_tenant(known: TenantRecord):
    view, report = tenant_view(known, TERMS, now=NOW), of(known)

    said = asdict(report.counts) if report.counts else dict.fromkeys(asdict(Counts()))
    assert {name: view[name] for name in said} == said
    assert view["coverage"] == report.coverage
    assert view["sspr_scope"] == report.sspr_scope
    assert view["licence_shortfall_count"] == report.licence_shortfall_count
    assert view["fresh"] == report.fresh
    assert (view["problem"] or {}).get("remedy") == (report.problem.remedy if report.problem else None)
    assert {k: v for k, v in (view["excluded_by_reason"] or {}).items() if v} == report.excluded_by_reason
    attention = view["attention"] or asdict(Attention())
    assert attention["admin_to_register_count"] == report.admin_to_register_count
    assert attention["single_method_count"] == report.single_method.count
    assert attention["phone_only_count"] == report.phone_only.count
    assert (view["to_register_count"] or 0) == report.to_register.count


@given(SOME)
def test_the_report_over_all_says_what_the_overview_says(some: list[TenantRecord]):
    view, report = overview(some, TERMS, now=NOW), over(*some)

    totals, all_tenants = view["totals"], report.all_tenants
    assert all_tenants is not None
    figures = report.counts or Counts()
    assert asdict(figures) | {"coverage": report.coverage} == {
        name: totals[name] for name in (*asdict(figures), "coverage")
    }
    assert totals["tenant_count"] == all_tenants.tenant_count
    assert view["tenants_by_lifecycle"] == all_tenants.tenants_by_lifecycle
    assert view["tenants_by_sspr_scope"] == all_tenants.tenants_by_sspr_scope
    assert {k: v for k, v in view["excluded_by_reason"].items() if v} == report.excluded_by_reason
    complete = view["completeness"]
    assert (complete["expected"], complete["fresh"], complete["stale"]) == (
        all_tenants.expected_count,
        all_tenants.fresh_count,
        all_tenants.stale_count,
    )
    assert [(one["display_name"], one["problem"], one["remedy"]) for one in complete["failed"]] == [
        (one.display_name, one.problem.word, one.problem.remedy) for one in all_tenants.failed
    ]


@given(SOME)
def test_the_course_is_the_overviews(some: list[TenantRecord]):
    items, report = overview(some, TERMS, now=NOW)["course"], over(*some)

    named = ("on", "population_count", "registered_count", "registered_enabled_count", "to_register_count")
    told = [[str(getattr(point, name)) for name in named] for point in report.course]
    assert told == ([[str(item[name]) for name in named] for item in items] if report.counts else [])


def test_a_tenants_course_is_that_of_its_history():
    known = a_known(course=a_course((MONDAY - 9 * DAY, counts()), (MONDAY, counts(registered=8, to_register=2))))

    items = course_of([known.status.course], today=NOW.date())

    assert [point.to_register_count for point in of(known).course] == [item["to_register_count"] for item in items]


def test_the_change_over_all_is_the_apis_over_as_many_days():
    better = counts(registered=8, to_register=2)
    some = [
        a_known(name, figures=better, course=a_course((MONDAY - 7 * DAY, counts()), (MONDAY, better))) for name in "ab"
    ]
    last = over(now=NOW - 7 * DAY)

    report = over(*some, last=last)

    assert report.since == NOW - 7 * DAY
    assert report.coverage_change == overview(some, TERMS, now=NOW)["totals"]["coverage_change_7d"] != 0
    assert [row.coverage_change for row in report.all_tenants.rows] == [report.coverage_change] * 2


def test_a_tenants_change_is_the_difference_to_what_the_last_report_said():
    last = of(a_known(figures=counts(registered=5, to_register=5)), now=NOW - 7 * DAY)

    report = of(a_known(figures=counts(registered=8, to_register=2)), last=last)

    assert report.counts_before == last.counts
    assert round(report.coverage_change, 9) == 0.3


def test_the_first_report_knows_of_no_change():
    report = of(a_known())

    assert (report.since, report.counts_before, report.coverage_change) == (None, None, None)


def test_before_the_first_snapshot_there_are_no_figures():
    report = of(a_known(read_at=None))

    assert (report.counts, report.coverage, report.course, report.fresh) == (None, None, (), False)
    assert report.licence_shortfall_count is None


def test_a_report_that_was_missed_says_so():
    assert of(a_known(), due_at=NOW - 2 * HOUR).late
    assert not of(a_known(), due_at=NOW - HOUR).late
    assert not of(a_known(), due_at=None).late


def test_the_lowest_coverage_comes_first_and_who_has_none_last():
    some = [
        a_known("good", figures=counts(registered=9, to_register=1)),
        a_known("new", read_at=None),
        a_known("few", figures=counts(registered=1, to_register=1)),
        a_known("many", figures=counts(registered=50, to_register=50)),
        a_known("bad", figures=counts(registered=1, to_register=9)),
        a_known("gone", removed_at=MONDAY),
    ]

    rows = over(*some).all_tenants.rows

    assert [row.display_name for row in rows] == ["Bad", "Many", "Few", "Good", "New"]


def test_of_many_tenants_the_worst_are_listed_and_all_are_counted():
    some = [a_known(f"t{number}", problem=a_problem()) for number in range(MOST_TENANTS + 9)]

    over_all = over(*some).all_tenants

    assert (len(over_all.rows), over_all.row_count) == (MOST_TENANTS, MOST_TENANTS + 9)
    assert (len(over_all.failed), over_all.failed_count) == (MOST_TENANTS, MOST_TENANTS + 9)


def test_over_all_tenants_the_data_are_as_old_as_the_oldest():
    some = [a_known("fresh"), a_known("stale", read_at=MONDAY - 5 * DAY), a_known("new", read_at=None)]

    report = over(*some)

    assert (report.last_success_at, report.fresh) == (MONDAY - 5 * DAY, False)
    assert over(some[0]).fresh


def test_names_are_those_of_the_lists_that_were_gathered():
    named = Named()
    named.add([a_stored_user("ana")])

    report = tenant_report(a_known(), asked(plan=ReportPlan(names=True)), named, ActivityCollector(), TERMS)

    assert [one.display_name for one in report.to_register.named] == ["Ana"]
    assert report.named
    assert report.to_register.rest_count == 3


def test_over_all_tenants_nobody_is_named_whatever_the_plan_says():
    assert not over(a_known(), plan=ReportPlan(names=True)).named


def test_what_was_known_at_the_last_report_is_what_its_snapshot_had_seen():
    last = of(a_known(read_at=MONDAY - 8 * DAY), now=NOW - 7 * DAY)

    assert asked(last=last).known_until == MONDAY - 8 * DAY
    assert asked(last=replace_report(last)).known_until == NOW - 7 * DAY
    assert asked().known_until is None


def replace_report(last: Report) -> Report:
    return over(a_known(), now=last.as_of)


def test_the_plan_and_the_language_are_in_the_report():
    report = of(a_known(), language="de", due_at=MONDAY)

    assert (report.language, report.zone, report.as_of, report.due_at) == ("de", "Europe/Berlin", NOW, MONDAY)
