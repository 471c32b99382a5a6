"""Waits that double, with the values for each use."""

from datetime import timedelta

import pytest

from sspr_core.adapters.graph.throttling import AWAY, THROTTLED
from sspr_core.model.backoff import Backoff
from sspr_core.model.sending import SendingLimits
from sspr_core.report.triggers import COPIES as REPORT_COPIES
from sspr_core.runs.pacing import HOLD_STEPS
from sspr_core.runs.state_machine import questions_apart
from sspr_core.snapshot.schedule import COPIES as SNAPSHOT_COPIES

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("backoff", "unit", "waits"),
    [
        (SNAPSHOT_COPIES, MINUTE, [1, 2, 4, 8, 16, 32, 60, 60]),
        (REPORT_COPIES, MINUTE, [1, 2, 4, 8, 10, 10]),
        (HOLD_STEPS, MINUTE, [1, 2, 4, 8, 10, 10]),
        (questions_apart(SendingLimits()), MINUTE, [10, 20, 40, 80, 80]),
        (AWAY, SECOND, [1, 2, 4, 8]),
        (THROTTLED, SECOND, [5, 10, 20, 40]),
    ],
    ids=["a snapshot", "a report", "a hold of emails", "a question to the mail service", "Graph away", "Graph's 429"],
)
def test_each_wait_is_twice_the_one_before_up_to_the_longest(
    backoff: Backoff, unit: timedelta, waits: list[int]
) -> None:
    assert [backoff.after(tries) / unit for tries in range(len(waits))] == waits


def test_a_thousand_tries_wait_no_longer_than_the_longest() -> None:
    assert SNAPSHOT_COPIES.after(1_000) == timedelta(hours=1)
