"""When a run's emails would be sent, and the computation of runs that would take too long."""

from datetime import datetime, timedelta

import pytest

from sspr_core.model.sending import Pacing, SendingLimits
from sspr_core.runs.plan import Timing, timing, too_long
from tests.runs.delivery_builders import HOUR, NOON, NUMBERS, SECOND

SPACING = timedelta(seconds=37.2)


def when(
    count: int = 1,
    pacing: Pacing | None = None,
    *,
    waiting_count: int = 0,
    not_before: datetime | None = None,
    numbers: SendingLimits = NUMBERS,
) -> Timing:
    return timing(
        count, pacing or Pacing(), waiting_count=waiting_count, not_before=not_before, now=NOON, numbers=numbers
    )


def test_the_first_goes_out_at_once_and_each_further_one_a_slot_later() -> None:
    found = when(11)

    assert (found.first_send_at, found.last_send_at) == (NOON + 5 * SECOND, NOON + 5 * SECOND + 10 * SPACING)


@pytest.mark.parametrize(
    ("pacing", "first"),
    [
        (Pacing(next_free=NOON + HOUR), NOON + HOUR),
        (Pacing(hold_until=NOON + HOUR), NOON + HOUR),
        (Pacing(next_free=NOON - HOUR, hold_until=NOON - HOUR), NOON + 5 * SECOND),
    ],
)
def test_slots_given_out_and_holds_come_first(pacing: Pacing, first: datetime) -> None:
    assert when(pacing=pacing).first_send_at == first


def test_emails_that_wait_for_a_slot_come_first_too() -> None:
    assert when(waiting_count=100).first_send_at == NOON + 5 * SECOND + 100 * SPACING


def test_what_is_not_to_begin_yet_lets_the_queue_pass() -> None:
    later = NOON + 2 * HOUR

    assert when(not_before=later, waiting_count=100).first_send_at == later
    assert when(not_before=later, waiting_count=1_000).first_send_at == NOON + 5 * SECOND + 1_000 * SPACING
    assert when(not_before=NOON - HOUR).first_send_at == NOON + 5 * SECOND


def test_without_a_limit_everything_goes_out_at_once() -> None:
    found = when(50_000, numbers=SendingLimits(per_minute=None, per_hour=None))

    assert found.first_send_at == found.last_send_at
    assert too_long(found, longest=HOUR) is None


def test_a_run_that_takes_as_long_as_it_may_is_taken_and_one_more_is_not() -> None:
    longest = 5 * SECOND + 100 * SPACING

    assert too_long(when(101), longest=longest) is None
    assert too_long(when(102), longest=longest) is not None


def test_the_refusal_has_the_arithmetic_and_what_to_do() -> None:
    assert too_long(when(3_000), longest=24 * HOUR) == (
        "3,000 emails at one every 37.2 s take 31.0 hours; a run may take 24.0 hours. "
        "Ask Microsoft for a higher quota, or choose fewer users."
    )


def test_what_is_queued_already_counts_and_is_told() -> None:
    told = too_long(when(1_000, Pacing(next_free=NOON + 20 * HOUR)), longest=24 * HOUR)

    assert told is not None
    assert "take 10.3 hours, after what is queued already (20.0 hours); a run may take 24.0 hours" in told


def test_waiting_until_not_before_does_not_count() -> None:
    assert too_long(when(100, not_before=NOON + 5 * 24 * HOUR), longest=24 * HOUR) is None
