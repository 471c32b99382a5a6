"""All tenants together, and how complete the data is."""

from dataclasses import replace

from sspr_core.model.counts import SsprScope
from sspr_core.model.problem import Access
from sspr_core.model.registration import Excluded
from sspr_core.model.tenant import Eligibility, SwitchedOff, TenantRecord
from sspr_core.status.overview import overview
from sspr_core.status.responses import Json
from tests.builders import DAY, HOUR, MONDAY, TERMS, a_course, a_known, a_problem, counts

NOW = MONDAY + HOUR


def look(*tenants: TenantRecord) -> Json:
    return overview(tenants, TERMS, now=NOW)


def test_totals_are_sums_over_active_tenants_with_stale_ones_in() -> None:
    stale = a_known("stale", read_at=MONDAY - 5 * DAY, figures=counts(registered=1, to_register=9))
    gone = a_known("gone", removed_at=MONDAY)
    off = a_known("off", switched_off=SwitchedOff(by="x", at=MONDAY, reason="y"))
    lapsed = a_known("lapsed", eligibility=Eligibility.INELIGIBLE)

    totals = look(a_known("fresh"), stale, gone, off, lapsed, a_known("new", read_at=None))["totals"]

    assert totals["tenant_count"] == 2
    assert (totals["population_count"], totals["registered_count"], totals["to_register_count"]) == (20, 7, 13)
    assert totals["coverage"] == 7 / 20


def test_every_lifecycle_scope_and_reason_is_there_with_its_number_zero_included() -> None:
    some = a_known("b", sspr_scope=SsprScope.SOME, excluded_by_reason={Excluded.GUEST: 3})

    answer = look(a_known("a"), some, a_known("new", read_at=None))

    assert answer["tenants_by_lifecycle"] == {
        "active": 2, "in_process": 1, "ineligible": 0, "inactive": 0, "removed": 0,
    }  # fmt: skip
    assert answer["tenants_by_sspr_scope"] == {"all": 1, "some": 1, "none": 0, "unknown": 0}
    assert answer["excluded_by_reason"] == {"system": 0, "guest": 3, "disabled": 0, "unlicensed": 0, "rule": 0}


def test_fresh_and_stale_split_the_active_and_expected_has_those_in_process_too() -> None:
    stale = a_known("stale", read_at=MONDAY - 2 * DAY)
    lapsed = a_known("lapsed", eligibility=Eligibility.INELIGIBLE)

    complete = look(a_known("fresh"), stale, a_known("new", read_at=None), lapsed)["completeness"]

    assert (complete["expected"], complete["fresh"], complete["stale"]) == (3, 1, 1)


def test_freshness_ends_exactly_with_its_time() -> None:
    edge = a_known("edge", read_at=NOW - TERMS.fresh_within)

    assert look(edge)["completeness"]["fresh"] == 1
    assert overview([edge], TERMS, now=NOW + HOUR / 3600)["completeness"]["fresh"] == 0


def test_everyone_with_a_problem_is_named_with_word_since_and_remedy_however_fresh() -> None:
    ill = a_known("zeta", problem=a_problem(Access.CONSENT_MISSING, since=MONDAY))
    new = a_known("alpha", read_at=None, problem=a_problem(Access.THROTTLED))
    gone = a_known("gone", removed_at=MONDAY, problem=a_problem())

    failed = look(ill, new, gone, a_known("well"))["completeness"]["failed"]

    assert [(one["display_name"], one["problem"]) for one in failed] == [
        ("Alpha", "throttled"),
        ("Zeta", "consent_missing"),
    ]
    assert failed[1]["since"] == "2026-11-23T06:00:00.000Z"
    assert f"/{ill.tenant_id}/adminconsent?" in str(failed[1]["remedy"])


def test_the_changes_and_the_course_are_over_the_active_tenants() -> None:
    before, after = counts(registered=5, to_register=5), counts(registered=6, to_register=4)
    known = a_known("a", course=a_course((MONDAY - 30 * DAY, before), (MONDAY, after)))
    gone = replace(known, tenant=replace(known.tenant, removed_at=MONDAY))

    answer = look(known, gone)

    assert round(answer["totals"]["coverage_change_30d"], 9) == 0.1
    assert answer["totals"]["coverage_change_7d"] is None
    assert answer["course"][-1]["population_count"] == 10
    assert len(answer["course"]) == 92


def test_no_tenants_at_all_is_an_answer_too() -> None:
    answer = look()

    assert answer["totals"]["tenant_count"] == 0
    assert answer["totals"]["coverage"] is None
    assert answer["completeness"] == {"expected": 0, "fresh": 0, "stale": 0, "failed": []}
