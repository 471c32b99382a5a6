"""The progress of a run, and its estimated end."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sspr_core.model.delivery import NEVER, Delivery, DeliveryState
from sspr_core.model.run import RunState
from sspr_core.model.sending import Pacing
from sspr_core.runs import queries as module
from sspr_core.runs.queries import at_last_scan, counted, eta, progress
from tests.fakes.mailing import MemoryDeliveries, a_post
from tests.runs.delivery_builders import (
    HOUR,
    MINUTE,
    NOON,
    NUMBERS,
    SECOND,
    a_delivery,
    a_run,
    claimed,
    ended,
    in_doubt,
)

S = DeliveryState
SPACING = NUMBERS.spacing


def test_every_state_is_counted_also_those_that_do_not_occur() -> None:
    found = counted([a_delivery("ana"), ended(S.ACCEPTED), ended(S.ACCEPTED)], now=NOON)

    assert found.counts == dict.fromkeys(S, 0) | {S.PENDING: 1, S.ACCEPTED: 2}
    assert found.counted_at == NOON


@pytest.mark.parametrize(
    ("row", "in_flight", "doubt"),
    [
        (a_delivery(), 0, 0),
        (claimed(NOON - 30 * SECOND), 1, 0),
        (claimed(NOON - 30 * SECOND, questions=1), 0, 1),
        (claimed(NOON - 3 * MINUTE), 0, 1),
        (in_doubt(), 0, 1),
        (ended(S.UNSURE, doubt_since=NOON), 0, 0),
    ],
    ids=["pending", "claimed just now", "asked about", "claim ended", "pending in doubt", "unsure"],
)
def test_a_post_that_may_be_going_on_is_in_flight_and_one_that_is_asked_about_in_doubt(
    row: Delivery, in_flight: int, doubt: int
) -> None:
    found = counted([row], now=NOON)

    assert (found.in_flight_count, found.in_doubt_count) == (in_flight, doubt)


async def test_a_large_run_shows_what_the_last_scan_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_COUNTED", 1)
    post = a_post()
    assert isinstance(post.deliveries, MemoryDeliveries)
    await post.deliveries.insert([a_delivery()])
    run = a_run(recipient_count=2, counts={"accepted": 2}, in_doubt_count=1, looked_at=NOON - MINUTE)

    large, small = await progress(run, post, now=NOON), await progress(replace(run, recipient_count=1), post, now=NOON)

    assert large == at_last_scan(run)
    assert (large.counts[S.ACCEPTED], large.counted_at, large.in_doubt_count) == (2, NOON - MINUTE, 1)
    assert (small.counts[S.PENDING], small.counted_at, small.in_doubt_count) == (1, NOON, 0)


def expected(*rows: Delivery, pacing: Pacing | None = None, **run: Any) -> datetime | None:
    usual: dict[str, Any] = {"state": RunState.SENDING, "expanded": True, "recipient_count": len(rows)}
    found = counted(list(rows), now=NOON)
    return eta(a_run(**{**usual, **run}), found, pacing or Pacing(), now=NOON, numbers=NUMBERS)


def test_it_is_done_at_its_last_slot() -> None:
    rows = [a_delivery("ana", due_at=NOON + MINUTE), a_delivery("ben", due_at=NOON + HOUR), ended(S.ACCEPTED)]

    assert expected(*rows) == NOON + HOUR


def test_what_has_no_slot_comes_after_all_that_are_given_out() -> None:
    rows = [a_delivery("ana", due_at=NOON + MINUTE), a_delivery("ben", due_at=NEVER), a_delivery("cas", due_at=NEVER)]

    assert expected(*rows, pacing=Pacing(next_free=NOON + HOUR)) == NOON + HOUR + SPACING


def test_recipients_whose_rows_are_not_there_yet_count_as_waiting() -> None:
    assert expected(recipient_count=3, expanded=False, state=RunState.QUEUED) == NOON + 2 * SPACING
    assert expected(ended(S.FAILED), recipient_count=1, expanded=False, number_of_pass=1) is None


def test_a_hold_and_the_time_it_may_begin_put_it_off() -> None:
    row = a_delivery("ana", due_at=NEVER)

    assert expected(row, pacing=Pacing(hold_until=NOON + HOUR)) == NOON + HOUR
    assert expected(row, not_before=NOON + 2 * HOUR) == NOON + 2 * HOUR


def test_a_slot_that_went_by_is_made_up_for_now() -> None:
    assert expected(a_delivery("ana", due_at=NOON - HOUR)) == NOON


@pytest.mark.parametrize("state", [RunState.PAUSED, RunState.CANCELLED, RunState.FINISHED])
def test_what_does_not_send_will_not_be_done(state: RunState) -> None:
    assert expected(a_delivery(), state=state) is None


def test_when_everything_is_out_nothing_is_expected() -> None:
    assert expected(ended(S.DELIVERED)) is None


def test_of_a_large_run_all_that_waits_goes_out_in_a_row_from_now() -> None:
    run = a_run(
        state=RunState.SENDING, expanded=True, recipient_count=10_000, counts={"pending": 100, "accepted": 9_900}
    )

    found = eta(run, at_last_scan(run), Pacing(next_free=NOON + HOUR), now=NOON, numbers=NUMBERS)

    assert found == NOON + 100 * SPACING
    assert timedelta(seconds=37.2) == SPACING
