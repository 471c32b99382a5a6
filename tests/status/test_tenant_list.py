"""The list of tenants: filters and order."""

from dataclasses import replace

import pytest

from sspr_core.model.counts import SsprScope
from sspr_core.model.problem import Access
from sspr_core.model.tenant import Lifecycle, TenantRecord
from sspr_core.status.responses import tenant_details
from sspr_core.status.tenant_list import SORTS, TenantFilter, tenant_list
from tests.builders import DAY, MONDAY, TERMS, a_known, a_problem, counts

LOW = a_known("low", figures=counts(registered=1, to_register=9), default_domain="low.example")
HIGH = a_known("high", figures=counts(registered=9, to_register=1), sspr_scope=SsprScope.SOME)
NOBODY = a_known("nobody", figures=counts(registered=0, to_register=0), sspr_scope=SsprScope.NONE)
ILL = a_known("ill", read_at=None, problem=a_problem(Access.BLOCKED))
GONE = a_known("gone", removed_at=MONDAY)
ALL = [LOW, HIGH, NOBODY, ILL, GONE]


def names(
    chosen: TenantFilter | None = None, sort: str = "display_name", tenants: list[TenantRecord] = ALL
) -> list[str]:
    answer = tenant_list(tenants, TERMS, chosen or TenantFilter(), sort=sort, limit=100, continuation=None, now=MONDAY)
    return [str(item["display_name"]) for item in answer["items"]]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (TenantFilter(), ["Gone", "High", "Ill", "Low", "Nobody"]),
        (TenantFilter(lifecycle=Lifecycle.REMOVED), ["Gone"]),
        (TenantFilter(lifecycle=Lifecycle.IN_PROCESS), ["Ill"]),
        (TenantFilter(problem="any"), ["Ill"]),
        (TenantFilter(problem="none"), ["Gone", "High", "Low", "Nobody"]),
        (TenantFilter(problem=Access.BLOCKED), ["Ill"]),
        (TenantFilter(problem=Access.THROTTLED), []),
        (TenantFilter(sspr_scope=SsprScope.SOME), ["High"]),
        (TenantFilter(coverage_below=0.5), ["Low"]),
        (TenantFilter(coverage_below=0.1), []),
        (TenantFilter(text="HIG"), ["High"]),
        (TenantFilter(text="low.ex"), ["Low"]),
        (TenantFilter(text=LOW.tenant_id[:13]), ["Low"]),
        (TenantFilter(text="o", lifecycle=Lifecycle.ACTIVE), ["Low", "Nobody"]),
    ],
)
def test_a_filter_lets_through_what_it_says(chosen: TenantFilter, expected: list[str]) -> None:
    assert names(chosen) == expected


def test_coverage_sorts_with_nulls_last_both_ways() -> None:
    assert names(sort="coverage", tenants=[NOBODY, HIGH, ILL, LOW])[:2] == ["Low", "High"]
    assert names(sort="-coverage", tenants=[NOBODY, HIGH, ILL, LOW])[:2] == ["High", "Low"]


@pytest.mark.parametrize("sort", [*SORTS, *(f"-{name}" for name in SORTS)])
def test_every_sort_order_has_every_tenant(sort: str) -> None:
    assert sorted(names(sort=sort)) == sorted(known.display_name for known in ALL)


def test_the_list_says_how_complete_it_is_whatever_the_filter() -> None:
    answer = tenant_list(
        ALL, TERMS, TenantFilter(text="high"), sort="display_name", limit=1, continuation=None, now=MONDAY
    )

    assert answer["completeness"]["expected"] == 4
    assert len(answer["completeness"]["failed"]) == 1


def test_a_tenant_never_read_has_nulls_and_no_zeros() -> None:
    view = tenant_details(a_known(read_at=None), TERMS, now=MONDAY)

    assert {view[name] for name in ("population_count", "coverage", "to_register_count", "sspr_scope")} == {None}
    assert view["excluded_by_reason"] is None
    assert view["fresh"] is False
    assert view["eligibility"] == "unknown"


def test_the_details_lead_into_that_tenants_admin_centre() -> None:
    links = tenant_details(LOW, TERMS, now=MONDAY)["links"]

    assert all(link.startswith(f"https://entra.microsoft.com/{LOW.tenant_id}/#view/") for link in links.values())


def test_links_and_remedies_stay_in_the_tenants_cloud() -> None:
    terms = replace(TERMS, authority="https://login.microsoftonline.us")

    details = tenant_details(ILL, terms, now=MONDAY)

    assert all(link.startswith("https://entra.microsoft.us/") for link in details["links"].values())
    assert "https://entra.microsoft.us/" in details["problem"]["remedy"]


def test_a_problem_is_shown_with_code_message_since_and_remedy() -> None:
    problem = tenant_details(ILL, TERMS, now=MONDAY + DAY)["problem"]

    assert (problem["word"], problem["code"], problem["since"]) == (
        "blocked",
        "AADSTS700016",
        "2026-11-23T06:00:00.000Z",
    )
    assert "Conditional Access" in problem["remedy"]
