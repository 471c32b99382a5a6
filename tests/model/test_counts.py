"""Counts, coverage and the packed history.

Users who need attention, counted with every snapshot.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sspr_core.model.counts import Attention, Counts, coverage, total
from sspr_core.model.graph_rows import ReportRow
from sspr_core.model.history import KEPT, Course, Point
from sspr_core.model.tenant import Eligibility, Lifecycle, SwitchedOff
from tests.builders import DAY, MONDAY, a_known, counts
from tests.graph_rows import a_report_row, a_row
from tests.snapshot.snapshot_env import Shop, fill
from tests.snapshot.test_reading import gathered

few = st.integers(0, 10_000)


def test_coverage_is_of_those_who_can_use_it_and_null_when_nobody_can() -> None:
    assert coverage(3, 1) == 0.75
    assert coverage(0, 4) == 0.0
    assert coverage(0, 0) is None


@given(st.lists(st.builds(Counts, population_count=few, registered_enabled_count=few, to_register_count=few)))
def test_coverage_over_several_is_of_their_sums_never_a_mean(several: list[Counts]) -> None:
    summed = total(several)

    assert summed.population_count == sum(one.population_count for one in several)
    registered = sum(one.registered_enabled_count for one in several)
    assert summed.coverage == coverage(registered, sum(one.to_register_count for one in several))


def a_point(on: date, value: int) -> Point:
    return Point(
        on=on,
        population_count=value,
        registered_count=value // 2,
        registered_enabled_count=value // 3,
        to_register_count=value // 4,
    )


@given(st.lists(st.tuples(st.integers(0, 300), few), max_size=40))
def test_a_course_has_each_day_once_in_order_with_its_last_figures_and_forgets_old_days(
    written: list[tuple[int, int]],
) -> None:
    first, course, expected = date(2026, 1, 1), Course(), {}
    for offset, value in written:
        course = course.with_point(a_point(first + timedelta(days=offset), value))
        expected[offset] = value
        newest = max(expected)
        expected = {day: value for day, value in expected.items() if day > newest - KEPT}

    assert [(row[0] - first.toordinal(), row[1]) for row in course] == sorted(expected.items())
    assert len(course.packed) == 20 * len(course)


@given(st.dictionaries(st.integers(1, 60), few, max_size=20), st.integers(0, 70))
def test_a_course_says_the_latest_figures_up_to_a_day_and_turns_into_columns(
    written: dict[int, int], until: int
) -> None:
    course = Course()
    for offset, value in written.items():
        course = course.with_point(a_point(date.fromordinal(offset), value))

    rows = list(course)
    assert course.latest(until) == next((row for row in reversed(rows) if row[0] <= until), None)
    assert list(zip(*course.columns(), strict=True)) == rows


def test_a_tenants_lifecycle_follows_from_its_facts() -> None:
    off = SwitchedOff(by="olga", at=MONDAY, reason="moved")
    ineligible = Eligibility.INELIGIBLE

    assert a_known().lifecycle is Lifecycle.ACTIVE
    assert a_known(read_at=None).lifecycle is Lifecycle.IN_PROCESS
    assert a_known(eligibility=ineligible).lifecycle is Lifecycle.INELIGIBLE
    assert a_known(eligibility=ineligible, switched_off=off).lifecycle is Lifecycle.INACTIVE
    assert a_known(switched_off=off, removed_at=MONDAY).lifecycle is Lifecycle.REMOVED
    assert a_known(by_hand=True, removed_at=MONDAY).lifecycle is Lifecycle.ACTIVE


def test_the_name_is_the_operators_then_the_settings_then_gdaps_then_the_directorys_then_the_id() -> None:
    known = a_known(operator_name="O", setting_name="S", gdap_name="G", organization_name="D")
    shown = []
    for without in ("operator_name", "setting_name", "gdap_name"):
        shown.append(known.display_name)
        known = replace(known, tenant=replace(known.tenant, **{without: None}))
    shown.append(known.display_name)
    known = replace(known, status=replace(known.status, organization_name=None))

    assert shown == ["O", "S", "G", "D"]
    assert known.display_name == known.tenant_id


def test_a_day_is_the_utc_date_of_the_snapshots_start() -> None:
    from tests.builders import a_header

    late = datetime(2026, 11, 23, 23, 59, tzinfo=UTC)

    assert a_header(counts(), at=late).point.on == date(2026, 11, 23)


def of(*reports: ReportRow, **user: object) -> Attention:
    return gathered(list(reports), [a_row(**user)]).attention


def registered(*methods: str) -> ReportRow:
    return a_report_row(is_sspr_registered=True, methods_registered=list(methods))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (a_report_row(is_admin=True), Attention(admin_to_register_count=1)),
        (a_report_row(is_admin=None), Attention()),
        (a_report_row(is_admin=True, is_sspr_enabled=False), Attention()),
        (registered("email"), Attention(single_method_count=1)),
        (registered("officePhone"), Attention(single_method_count=1, phone_only_count=1)),
        (registered("mobilePhone", "alternateMobilePhone"), Attention(phone_only_count=1)),
        (registered("mobilePhone", "email"), Attention()),
        (registered(), Attention()),
        (a_report_row(methods_registered=["mobilePhone"]), Attention()),
    ],
)
def test_a_user_is_counted_for_every_reason_to_look(row: ReportRow, expected: Attention) -> None:
    assert of(row) == expected


@pytest.mark.parametrize(
    ("created_at", "new"), [(MONDAY - 7 * DAY, 1), (MONDAY - 7 * DAY - timedelta(seconds=1), 0), (MONDAY, 1)]
)
def test_a_user_to_register_is_new_for_seven_days(created_at: object, new: int) -> None:
    assert of(a_report_row(), created_date_time=str(created_at)).new_to_register_count == new
    assert of(registered("email"), created_date_time=str(created_at)).new_to_register_count == 0


def test_nobody_is_new_whose_creation_is_not_known() -> None:
    assert of(a_report_row(), created_date_time=None) == Attention()


def test_the_excluded_deserve_no_look() -> None:
    assert of(registered("mobilePhone"), user_type="Guest") == Attention()
    assert of(a_report_row(is_admin=True), account_enabled=False) == Attention()


async def test_it_is_counted_anew_though_the_directory_did_not_change() -> None:
    shop = Shop()
    directory = fill(shop.knows(), "ana")
    directory.user_rows = [a_row("ana", created_date_time=str(MONDAY - DAY))]
    await shop.take()
    first = shop.status()
    shop.later(7 * DAY)

    await shop.take()

    assert first.attention == Attention(new_to_register_count=1)
    assert shop.status().attention == Attention()
    assert shop.status().digest == first.digest
