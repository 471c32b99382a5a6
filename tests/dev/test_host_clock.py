"""The clock that the local host gives the app."""

from argparse import ArgumentTypeError
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dev.host.clock import duration, set_ahead
from sspr_core.model import clock
from tests.builders import MONDAY
from tests.dev.test_host_timers import Calls, a_timer


@pytest.mark.parametrize(
    ("text", "by"), [("45m", timedelta(minutes=45)), ("12h", timedelta(hours=12)), ("30d", timedelta(days=30))]
)
def test_ahead_is_so_many_minutes_hours_or_days(text: str, by: timedelta) -> None:
    assert duration(text) == by


@pytest.mark.parametrize("text", ["", "30", "d", "-1d", "1.5h", "1d2h"])
def test_another_text_is_no_duration(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="30d"):
        duration(text)


async def test_timers_keep_to_the_apps_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "real", clock.real)
    monkeypatch.setattr(clock, "system_clock", lambda: MONDAY)
    calls = Calls()

    set_ahead(timedelta(days=30))
    await a_timer(tmp_path, calls).fire(past_due=False)

    assert datetime.fromisoformat(calls.told[0]["ScheduleStatus"]["Last"]) == MONDAY + timedelta(days=30)
