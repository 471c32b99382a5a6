"""Timers: when they fire, missed occurrences, and one host of several."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dev.host.timers import Timer, next_occurrence
from dev.host.worker import Function, FunctionFailed

MONDAY = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)


class Calls:
    """A fake caller: records each call's data, and fails when set to."""

    def __init__(self, *, failing: bool = False) -> None:
        self.told: list[dict[str, Any]] = []
        self.called = asyncio.Event()
        self._failing = failing

    async def call(self, _function: Function, data: Any) -> None:
        self.told.append(json.loads(data.json))
        self.called.set()
        if self._failing:
            raise FunctionFailed("no", "")


def a_timer(folder: Path, calls: Calls | None = None, schedule: str = "0 0 * * * *") -> Timer:
    binding = {"type": "timerTrigger", "name": "timer", "direction": "IN", "schedule": schedule}
    function = Function(name="sweep", function_id="1", bindings=(binding,))
    return Timer(function, calls or Calls(), folder)  # type: ignore[arg-type]


def ran(folder: Path, at: datetime) -> None:
    (folder / "sweep.json").write_text(json.dumps({"Last": at.isoformat()}))


@pytest.mark.parametrize(
    ("schedule", "following"),
    [
        ("0 0 * * * *", "2026-11-02T07:00:00"),
        ("0 */15 * * * *", "2026-11-02T06:15:00"),
        ("30 0 6 * * *", "2026-11-02T06:00:30"),
        ("0 0 6 * * *", "2026-11-03T06:00:00"),
        ("0 30 9 * * 1-5", "2026-11-02T09:30:00"),
        ("0 30 9 * * 0", "2026-11-08T09:30:00"),
        ("0 30 9 13 * 5", "2026-11-13T09:30:00"),
        ("0 0 0 1 1 *", "2027-01-01T00:00:00"),
    ],
)
def test_the_next_occurrence_comes_after_now_with_seconds_first(schedule, following):
    assert next_occurrence(schedule, after=MONDAY) == datetime.fromisoformat(f"{following}+00:00")


def test_day_of_month_and_weekday_must_both_fit():
    after_friday_13th = datetime(2026, 11, 14, tzinfo=UTC)

    found = next_occurrence("0 30 9 13 * 5", after=after_friday_13th)

    assert (found.day, found.isoweekday()) == (13, 5)
    assert found.year == 2027


@pytest.mark.parametrize(
    "schedule",
    [
        "",
        "every hour",
        "0 61 * * * *",
        "0 * * * *",
        "@hourly",
        "0 0 0 * * 7",
        "0 0 0 L * *",
        "0 0 0 * * 1#2",
        "0 0 0 ? * *",
    ],
)
def test_a_schedule_that_is_none_stops_the_start_and_names_the_function(tmp_path, schedule):
    with pytest.raises(ValueError, match="sweep"):
        a_timer(tmp_path, schedule=schedule)


def test_a_schedule_may_be_a_setting(tmp_path, monkeypatch):
    monkeypatch.setenv("WHEN", "0 0 * * * *")

    a_timer(tmp_path, schedule="%WHEN%")


async def test_a_call_is_told_whether_it_is_late_and_when_the_next_one_is(tmp_path):
    calls = Calls()

    await a_timer(tmp_path, calls).fire(past_due=True)

    (told,) = calls.told
    status = told["ScheduleStatus"]
    assert told["IsPastDue"] is True
    assert datetime.fromisoformat(status["Last"]) < datetime.fromisoformat(status["Next"])
    assert json.loads((tmp_path / "sweep.json").read_text()) == status


async def test_a_failed_call_is_not_the_end_of_the_timer(tmp_path):
    await a_timer(tmp_path, Calls(failing=True)).fire(past_due=False)


async def test_an_occurrence_missed_while_no_host_ran_is_made_up_for_at_the_start(tmp_path):
    now = datetime.now(UTC)
    ran(tmp_path, now - timedelta(days=1))
    calls, stopping = Calls(), asyncio.Event()
    half_an_hour_away = f"0 {(now.minute + 30) % 60} * * * *"

    running = asyncio.create_task(a_timer(tmp_path, calls, half_an_hour_away).run(stopping))
    await asyncio.wait_for(calls.called.wait(), 60)
    stopping.set()
    await running

    assert [told["IsPastDue"] for told in calls.told] == [True]


def test_of_two_hosts_only_one_makes_up_for_a_missed_occurrence_even_seconds_apart(tmp_path):
    now = datetime.now(UTC)
    ran(tmp_path, now - timedelta(hours=3))
    one, other = a_timer(tmp_path), a_timer(tmp_path)

    assert [one._missed(now), other._missed(now + timedelta(seconds=5))] == [True, False]


def test_nothing_was_missed_before_the_first_start_nor_right_after_a_run(tmp_path):
    now = datetime(2026, 11, 2, 6, 30, tzinfo=UTC)
    assert not a_timer(tmp_path)._missed(now)

    ran(tmp_path, now - timedelta(minutes=10))

    assert not a_timer(tmp_path)._missed(now)


def test_of_two_hosts_only_one_takes_an_occurrence(tmp_path):
    one, other = a_timer(tmp_path), a_timer(tmp_path)
    later = MONDAY + timedelta(minutes=30)

    assert [one._is_ours(MONDAY), other._is_ours(MONDAY), other._is_ours(later), one._is_ours(later)] == [
        True, False, True, False,
    ]  # fmt: skip


def test_old_turns_are_tidied_away(tmp_path):
    timer = a_timer(tmp_path)
    timer._is_ours(MONDAY)

    timer._is_ours(MONDAY + timedelta(hours=2))

    assert len(list((tmp_path / "turns").iterdir())) == 1


async def test_a_timer_fires_at_its_occurrence(tmp_path):
    calls, stopping = Calls(), asyncio.Event()

    running = asyncio.create_task(a_timer(tmp_path, calls, "* * * * * *").run(stopping))
    await asyncio.wait_for(calls.called.wait(), 60)
    stopping.set()
    await running

    assert calls.told[0]["IsPastDue"] is False
