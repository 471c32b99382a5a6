"""Lost work is queued again, and nothing else changes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sspr_core.model.delivery import NEVER, DeliveryState
from sspr_core.model.run import RunState
from sspr_core.model.sending import Pacing
from sspr_core.runs.recovery import is_left_alone
from sspr_core.runs.triggers import watch
from tests.runs.accepted_run import RunAtNoon, run_at_noon
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

OVERDUE = NOON - NUMBERS.overdue - SECOND
SENDING, PAUSED, CANCELLED = RunState.SENDING, RunState.PAUSED, RunState.CANCELLED
ENDED = [RunState.FINISHED, RunState.FINISHED_WITH_FAILURES]
PENDING, CLAIMED = DeliveryState.PENDING, DeliveryState.CLAIMED


async def with_rows(*rows, **said) -> RunAtNoon:
    found = await run_at_noon(len(rows))
    found.put(rows)
    found.now_is(**{"state": SENDING, "expanded": True, "scheduled": True, **said})
    return found


async def test_a_delivery_whose_message_was_lost_gets_a_new_slot_and_a_nudge_at_it():
    found = await with_rows(a_delivery(due_at=OVERDUE))

    await found.sweep(NUMBERS)

    [row] = found.rows
    assert (row.state, row.due_at) == (PENDING, NOON + NUMBERS.clock_error)
    assert found.nudged() == {row.key: [row.due_at + SECOND]}
    assert found.pacing.row.wasted_count == 1


async def test_the_ordinary_message_is_let_win():
    due = a_delivery("ana", due_at=NOON - NUMBERS.overdue + SECOND)
    waiting, later = a_delivery("ben", due_at=NEVER), a_delivery("cem", due_at=NOON + HOUR)
    found = await with_rows(due, waiting, later)

    await found.sweep(NUMBERS)

    assert {row.due_at for row in found.rows} == {due.due_at, NEVER, later.due_at}
    assert found.nudged() == {}


async def test_many_are_spread_over_the_hour_and_the_rest_waits_for_the_next_sweep():
    found = await with_rows(*(a_delivery(f"user{number}", due_at=OVERDUE) for number in range(150)))

    await found.sweep(NUMBERS)

    slots = sorted(row.due_at for row in found.rows if row.due_at > NOON)
    assert slots == [NOON + NUMBERS.clock_error + number * NUMBERS.spacing for number in range(97)]
    assert sum(row.due_at == OVERDUE for row in found.rows) == 53
    assert len(found.nudged()) == 97


async def test_new_slots_are_after_a_hold():
    found = await with_rows(a_delivery(due_at=OVERDUE))
    found.pacing.row = Pacing(hold_until=NOON + 10 * MINUTE)

    await found.sweep(NUMBERS)

    assert [row.due_at for row in found.rows] == [NOON + 10 * MINUTE]


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.EXPANDING, SENDING, PAUSED, CANCELLED, *ENDED])
@pytest.mark.parametrize("row", [a_delivery(due_at=OVERDUE), a_delivery(due_at=NEVER), claimed(NOON - HOUR)])
async def test_where_sending_is_off_no_run_takes_slots_or_messages(state, row):
    found = await with_rows(row, state=state, expanded=state is not RunState.QUEUED, touched_at=NOON - HOUR)
    found.post = replace(found.post, mailer=None)
    before = found.run, found.pacing.row

    await found.sweep(NUMBERS)
    await found.expand(NUMBERS)

    assert (found.run, found.pacing.row) == before
    assert (found.nudged(), found.expands()) == ({}, [])
    [there] = found.rows
    cancelled = state is CANCELLED and row.state is PENDING
    assert (there.state, there.due_at) == ((DeliveryState.CANCELLED, NEVER) if cancelled else (row.state, row.due_at))


async def test_what_waited_while_sending_was_off_goes_on_when_it_is_on_again():
    overdue, asked = a_delivery("ana", due_at=OVERDUE), claimed(NOON - HOUR)
    found = await with_rows(overdue, replace(asked, key="0" * 15), touched_at=NOON - 2 * HOUR, scheduled=False)
    on = found.post
    found.post = replace(on, mailer=None)
    await found.sweep(NUMBERS)
    found.post = on

    await found.sweep(NUMBERS)

    assert found.nudged().keys() == {overdue.key, "0" * 15}
    assert found.expands() == [NOON]


@pytest.mark.parametrize("state", [SENDING, PAUSED, CANCELLED, *ENDED])
async def test_a_claim_that_cannot_be_asked_about_ends_as_unsure_once_the_service_has_forgotten_it(state):
    found = await with_rows(claimed(NOON - HOUR), state=state, finished_at=NOON, number_of_pass=2)
    found.post = replace(found.post, mailer=None)

    states = []
    for ago in (NUMBERS.memory_safe - SECOND, NUMBERS.memory_safe):
        found.clock.now = NOON - HOUR + ago
        await watch(found.post, clock=found.clock)
        states.append(found.rows[0].state)

    assert states == [CLAIMED, DeliveryState.UNSURE]
    assert (found.rows[0].failed_in, found.run.counts, found.nudged()) == (2, {"unsure": 1}, {})


@pytest.mark.parametrize("state", [SENDING, PAUSED, CANCELLED, *ENDED])
async def test_a_claim_that_nobody_came_back_to_is_asked_about_in_whatever_run(state):
    found = await with_rows(claimed(NOON - HOUR), state=state)

    await found.sweep(NUMBERS)

    [row] = found.rows
    assert (row.state, row.due_at, row.claim) == (CLAIMED, NOON + NUMBERS.overdue, "a claim")
    assert found.nudged() == {row.key: [row.due_at + SECOND]}


async def test_a_claim_that_is_alive_or_only_just_ended_is_left_alone():
    alive = claimed(NOON - MINUTE)
    just_ended = replace(claimed(NOON - NUMBERS.lease - MINUTE), key=a_delivery("ben").key)
    found = await with_rows(alive, just_ended)

    await found.sweep(NUMBERS)

    assert {row.due_at for row in found.rows} == {alive.due_at, just_ended.due_at}
    assert found.nudged() == {}


@pytest.mark.parametrize("state", [PAUSED, *ENDED])
async def test_pending_rows_of_a_run_that_does_not_send_stay_as_they_are(state):
    row = a_delivery(due_at=OVERDUE)
    found = await with_rows(row, state=state)

    await found.sweep(NUMBERS)

    assert [(row.state, row.due_at) for row in found.rows] == [(PENDING, OVERDUE)]
    assert found.nudged() == {}


async def test_a_cancelled_run_cancels_what_is_certain_and_calls_the_rest_unsure():
    rows = [
        a_delivery("ana", due_at=OVERDUE),
        a_delivery("ben", due_at=NOON + HOUR),
        a_delivery("cem", due_at=NEVER),
        replace(in_doubt(NOON - HOUR), key=a_delivery("dan").key),
        replace(ended(DeliveryState.DELIVERED), key=a_delivery("eva").key),
    ]
    found = await with_rows(*rows, state=CANCELLED)

    await found.sweep(NUMBERS)

    states = {row.key: row.state for row in found.rows}
    assert [states[row.key] for row in rows] == [*["cancelled"] * 3, "unsure", "delivered"]
    assert found.nudged() == {}


async def test_at_once_a_slot_that_is_still_good_is_kept_and_only_nudged():
    """Pausing and resuming many times wastes no slots."""
    good, late = a_delivery("ana", due_at=NOON - 30 * SECOND), a_delivery("ben", due_at=NOON - 90 * SECOND)
    found = await with_rows(good, late)

    await found.sweep(NUMBERS, overdue=timedelta(0))

    slots = {row.key: row.due_at for row in found.rows}
    assert slots == {good.key: good.due_at, late.key: NOON + NUMBERS.clock_error}
    assert found.nudged() == {good.key: [NOON + SECOND], late.key: [slots[late.key] + SECOND]}


async def test_at_once_claims_are_left_to_their_own_messages():
    row = claimed(NOON - NUMBERS.lease - SECOND)
    found = await with_rows(row)

    await found.sweep(NUMBERS, overdue=timedelta(0))

    assert [row.due_at for row in found.rows] == [row.due_at]


async def test_a_caller_waits_for_some_and_the_timer_does_the_rest():
    found = await with_rows(*(a_delivery(f"user{number}") for number in range(30)), state=CANCELLED)
    found.deliveries.page_size = 10

    await found.sweep(NUMBERS, most=20)

    assert sum(row.state is DeliveryState.CANCELLED for row in found.rows) == 20


# Whether a run is being expanded


async def test_a_run_whose_expand_got_lost_is_expanded_again_once():
    found = await run_at_noon()
    found.clock.forward(NUMBERS.overdue)

    await found.sweep(NUMBERS)
    await found.sweep(NUMBERS)

    assert found.expands() == [found.clock()]
    assert found.run.touched_at == found.clock()


def a_sending_run(age: timedelta, **said):
    return a_run(**{"state": SENDING, "touched_at": NOON - age, "expanded": True, "scheduled": True, **said})


@pytest.mark.parametrize(
    ("run", "left_alone"),
    [
        (a_sending_run(5 * MINUTE, state=RunState.QUEUED, expanded=False, scheduled=False), True),
        (a_sending_run(4 * MINUTE, state=RunState.QUEUED, expanded=False, scheduled=False), False),
        (a_sending_run(5 * MINUTE, state=RunState.EXPANDING, expanded=False, scheduled=False), True),
        (a_sending_run(5 * MINUTE, scheduled=False), True),
        (a_sending_run(-20 * MINUTE, scheduled=False), False),  # the next look is planned
        (a_sending_run(59 * MINUTE), False),
        (a_sending_run(60 * MINUTE), True),  # in case a row waits for a slot again
        (a_sending_run(HOUR, state=PAUSED, expanded=False), False),
        (a_sending_run(HOUR, state=CANCELLED, expanded=False), False),
        (a_sending_run(HOUR, state=RunState.FINISHED), False),
    ],
)
def test_a_run_is_left_alone_when_nobody_has_touched_it_for_too_long(run, left_alone):
    assert is_left_alone(run, now=NOON, numbers=NUMBERS) is left_alone
