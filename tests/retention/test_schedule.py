"""When expired data is deleted."""

from datetime import UTC, datetime, timedelta

import pytest

from sspr_core.ports.monitoring import JobRun
from sspr_core.retention.schedule import JOB, due
from tests.fakes.monitoring import MemoryJobRuns


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-12-{text}:00").replace(tzinfo=UTC)


def ran(text: str, failure: str | None = None, job: str = JOB) -> JobRun:
    return JobRun(job=job, finished_at=at(text), took=timedelta(minutes=1), failure=failure)


@pytest.mark.parametrize(
    ("last", "now", "expected"),
    [
        (None, "02T12:20", True),
        (ran("01T03:21"), "02T02:20", False),
        (ran("01T03:21"), "02T03:20", True),
        (ran("01T03:21"), "02T09:20", True),  # last night's run was interrupted, or the app was stopped
        (ran("02T03:21"), "02T04:20", False),
        (ran("02T09:21"), "02T10:20", False),
        (ran("02T09:21"), "03T03:20", True),
        (ran("02T03:21", "TryAgain"), "02T04:20", True),
        (ran("02T03:21", job="watch_runs"), "02T04:20", True),
    ],
)
async def test_it_is_due_until_it_has_succeeded_since_the_latest_twenty_past_three(
    last: JobRun | None, now: str, expected: bool
) -> None:
    runs = MemoryJobRuns({last.job: last} if last else {})

    assert await due(runs, now=at(now)) is expected
