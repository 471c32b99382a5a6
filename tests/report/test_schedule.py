"""When reports are due: weekdays, ends of months, time zones, clock changes, and missed times."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sspr_core.model.report_plan import WEEKDAYS, ReportPlan
from sspr_core.report.schedule import due, is_late, is_on, latest_occurrence, next_occurrence

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ZONES = ("Etc/UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu")


def weekly(weekday: str = "monday", **more: object) -> ReportPlan:
    return ReportPlan(scheduled=True, weekday=weekday, **{"zone": "Europe/Berlin", "hour": 8} | more)


def monthly(day: int, **more: object) -> ReportPlan:
    return ReportPlan(scheduled=True, day_of_month=day, **{"zone": "Etc/UTC", "hour": 8} | more)


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)


def test_a_report_for_mondays_at_eight_in_berlin_is_due_at_six_utc_in_summer():
    assert next_occurrence(weekly(), utc(2026, 5, 1)) == utc(2026, 5, 4, 6)


def test_a_report_for_mondays_at_eight_in_berlin_is_due_at_seven_utc_in_winter():
    assert next_occurrence(weekly(), utc(2026, 1, 1)) == utc(2026, 1, 5, 7)


def test_an_hour_that_the_clocks_leap_over_is_due_when_they_have_leapt():
    plan = weekly("sunday", hour=2)

    assert next_occurrence(plan, utc(2026, 3, 28)) == utc(2026, 3, 29, 1)  # 3:00 there; 2:00 does not exist on that day


def test_an_hour_that_the_clocks_show_twice_is_due_the_first_time_alone():
    plan = weekly("sunday", hour=2)

    first = next_occurrence(plan, utc(2026, 10, 24))

    assert first == utc(2026, 10, 25, 0)
    assert next_occurrence(plan, first) == utc(2026, 11, 1, 1)


@pytest.mark.parametrize(
    ("month", "last"), [(1, 31), (2, 28), (4, 30), (12, 31)], ids=["january", "february", "april", "december"]
)
def test_a_day_past_the_end_of_the_month_is_its_last_day(month: int, last: int):
    assert next_occurrence(monthly(31), utc(2026, month, 1)) == utc(2026, month, last, 8)


def test_in_a_leap_year_the_30th_of_february_is_the_29th():
    assert next_occurrence(monthly(30), utc(2028, 2, 1)) == utc(2028, 2, 29, 8)


def test_a_month_begins_where_the_recipients_are():
    plan = monthly(1, zone="Pacific/Auckland", hour=1)

    assert next_occurrence(plan, utc(2026, 5, 31, 12)) == utc(2026, 5, 31, 13)


def test_a_report_is_due_once():
    monday = utc(2026, 5, 4, 6)

    assert due(weekly(), begins_at=LONG_AGO, last=None, now=monday) == monday
    assert due(weekly(), begins_at=LONG_AGO, last=monday, now=monday + timedelta(minutes=15)) is None


def test_of_several_that_were_missed_the_latest_is_made_up_for():
    down_for_three_weeks = utc(2026, 5, 20)

    assert due(weekly(), begins_at=LONG_AGO, last=utc(2026, 4, 27, 6), now=down_for_three_weeks) == utc(2026, 5, 18, 6)


def test_what_was_made_up_for_late_does_not_keep_the_next_one_from_its_time():
    late = due(weekly(), begins_at=LONG_AGO, last=None, now=utc(2026, 5, 6))

    assert due(weekly(), begins_at=LONG_AGO, last=late, now=utc(2026, 5, 11, 6)) == utc(2026, 5, 11, 6)


def test_a_plan_set_after_its_hour_waits_for_the_next_week():
    assert due(weekly(), begins_at=utc(2026, 5, 4, 9), last=None, now=utc(2026, 5, 4, 9, 15)) is None


def test_a_plan_that_is_not_scheduled_is_never_due():
    plan = ReportPlan(weekday="monday", recipients=("a@b.example",))

    assert due(plan, begins_at=LONG_AGO, last=None, now=utc(2026, 5, 4, 9)) is None
    assert next_occurrence(plan, utc(2026, 5, 4)) is None


def test_an_hour_is_what_timer_and_queue_may_take():
    at = utc(2026, 5, 4, 6)

    assert not is_late(at, now=at + timedelta(hours=1))
    assert is_late(at, now=at + timedelta(hours=1, seconds=1))


PLANS = st.builds(
    lambda day, hour, zone: ReportPlan(
        scheduled=True,
        hour=hour,
        zone=zone,
        weekday=day if isinstance(day, str) else None,
        day_of_month=day if isinstance(day, int) else None,
    ),
    st.one_of(st.sampled_from(WEEKDAYS), st.integers(1, 31)),
    st.integers(0, 23),
    st.sampled_from(ZONES),
)
TIMES = st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))


@given(PLANS, TIMES)
def test_after_the_latest_comes_the_next_and_nothing_in_between(plan: ReportPlan, now: datetime):
    latest, following = latest_occurrence(plan, now), next_occurrence(plan, now)

    assert latest is not None
    assert following is not None
    assert latest <= now < following
    assert next_occurrence(plan, latest) == following
    assert latest_occurrence(plan, following) == following
    assert timedelta(days=6) < following - latest < timedelta(days=32)


@given(PLANS, TIMES)
def test_an_occurrence_is_on_its_day_and_at_its_hour_or_as_soon_as_the_clocks_show_it(plan: ReportPlan, now: datetime):
    there = next_occurrence(plan, now).astimezone(ZoneInfo(plan.zone))

    assert is_on(plan, there.date())
    assert plan.hour <= there.hour <= plan.hour + 1
    assert there.hour == plan.hour or _is_gap(there.date(), plan)


@given(PLANS, TIMES, st.integers(1, 60), st.integers(1, 2000))
def test_however_often_and_seldom_one_looks_each_is_sent_once_and_only_the_latest_is_made_up_for(
    plan: ReportPlan, begin: datetime, looks: int, hours: int
):
    last, sent = None, []
    for look in range(looks):
        now = begin + look * timedelta(hours=hours)
        if (found := due(plan, begins_at=begin, last=last, now=now)) is not None:
            assert begin <= found <= now < next_occurrence(plan, found)
            last = found
            sent.append(found)

    assert sent == sorted(set(sent))


def _is_gap(day: date, plan: ReportPlan) -> bool:
    at = datetime(day.year, day.month, day.day, plan.hour, tzinfo=ZoneInfo(plan.zone))
    return at.astimezone(UTC).astimezone(ZoneInfo(plan.zone)).replace(tzinfo=None) != at.replace(tzinfo=None)
