"""The history of 92 days, and the change since a day."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sspr_core.model.counts import coverage
from sspr_core.model.history import REACH, SHOWN, Course, change_over, figures_ago, figures_of
from sspr_core.status.history import course_of
from tests.builders import DAY, MONDAY, a_course, counts

TODAY = MONDAY.date()
SIX_OF_TEN = counts(registered=6, to_register=4)
EIGHT_OF_TEN = counts(registered=8, to_register=2)


def ago(days: int, figures: object = SIX_OF_TEN) -> Course:
    return a_course((MONDAY - days * DAY, figures))


def test_a_days_figures_are_its_own_or_the_latest_of_the_ten_days_before() -> None:
    assert figures_ago(ago(7), 7, today=TODAY) == figures_of(SIX_OF_TEN)
    assert figures_ago(ago(7 + REACH), 7, today=TODAY) == figures_of(SIX_OF_TEN)
    assert figures_ago(ago(8 + REACH), 7, today=TODAY) is None
    assert figures_ago(ago(6), 7, today=TODAY) is None
    several = a_course((MONDAY - 9 * DAY, SIX_OF_TEN), (MONDAY - 8 * DAY, EIGHT_OF_TEN))
    assert figures_ago(several, 7, today=TODAY) == figures_of(EIGHT_OF_TEN)


def test_the_change_is_coverage_now_less_coverage_then() -> None:
    change = change_over([(figures_of(EIGHT_OF_TEN), ago(7))], 7, today=TODAY)

    assert change is not None
    assert round(change, 9) == 0.2


def test_a_new_tenant_does_not_look_like_progress() -> None:
    old = (figures_of(SIX_OF_TEN), ago(7))
    new = (figures_of(counts(registered=100, to_register=0)), ago(0))

    assert change_over([old, new], 7, today=TODAY) == 0.0


def test_a_tenant_whose_coverage_is_null_at_either_end_has_no_part_in_the_change() -> None:
    nobody = counts(registered=0, to_register=0, population_count=5, not_enabled_count=5)
    good = (figures_of(EIGHT_OF_TEN), ago(7))

    alone = change_over([good], 7, today=TODAY)
    assert change_over([good, (figures_of(nobody), ago(7))], 7, today=TODAY) == alone
    assert change_over([good, (figures_of(SIX_OF_TEN), ago(7, nobody))], 7, today=TODAY) == alone


def test_without_anything_to_compare_there_is_no_change_rather_than_none_at_all() -> None:
    assert change_over([], 7, today=TODAY) is None
    assert change_over([(figures_of(SIX_OF_TEN), Course())], 7, today=TODAY) is None


def test_the_course_has_92_days_oldest_first_ending_today() -> None:
    items = course_of([], today=TODAY)

    assert [item["on"] for item in items] == [
        (TODAY - timedelta(days=back)).isoformat() for back in range(SHOWN - 1, -1, -1)
    ]
    assert {item["coverage"] for item in items} == {None}


def by_hand(courses: list[Course], on: date) -> list[int]:
    """The definition: for each tenant the day itself, or its latest day within ten days before."""
    sums = [0, 0, 0, 0]
    for course in courses:
        near = [row for row in course if on.toordinal() - REACH <= row[0] <= on.toordinal()]
        if near:
            sums = [total + value for total, value in zip(sums, near[-1][1:], strict=True)]
    return sums


days_of_a_tenant = st.lists(st.tuples(st.integers(0, 110), st.integers(0, 50), st.integers(0, 50)), max_size=20)


alike = st.lists(st.tuples(st.integers(0, 110), st.integers(0, 50)), max_size=20).map(
    lambda days: [[(back, value, 50 - value) for back, value in days], [(back, 7, value) for back, value in days]]
)


@given(st.one_of(st.lists(days_of_a_tenant, max_size=5), alike))
def test_every_day_of_the_course_is_as_by_definition(tenants: list[list[tuple[int, int, int]]]) -> None:
    courses = [
        a_course(*((MONDAY - back * DAY, counts(registered=a, to_register=b)) for back, a, b in sorted(days)[::-1]))
        for days in tenants
    ]

    for item in course_of(courses, today=TODAY):
        population, registered, enabled, to_register = by_hand(courses, date.fromisoformat(str(item["on"])))
        assert (item["population_count"], item["registered_count"]) == (population, registered)
        assert (item["registered_enabled_count"], item["to_register_count"]) == (enabled, to_register)
        assert item["coverage"] == coverage(enabled, to_register)
