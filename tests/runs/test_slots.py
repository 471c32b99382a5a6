"""Deliveries beyond the horizon get their slots as it moves."""

from dataclasses import replace

import pytest

from sspr_core.model.delivery import NEVER, DeliveryState
from sspr_core.model.run import RunState
from sspr_core.model.sending import Pacing
from sspr_core.runs.slots import looked, next_look
from tests.runs.accepted_run import NO_QUOTA, run_at_noon
from tests.runs.delivery_builders import HOUR, MINUTE, NOON, NUMBERS, SECOND, a_run

HALF = NUMBERS.horizon / 2


async def test_it_comes_back_when_half_of_what_is_given_out_has_gone_by():
    found = await run_at_noon(150)

    await found.expand(NUMBERS)

    next_free = found.pacing.row.next_free
    assert next_free is not None
    assert found.expands() == [next_free - HALF]
    assert found.run.touched_at == next_free - HALF


async def test_every_row_has_its_slot_when_the_horizon_has_moved_far_enough():
    found = await run_at_noon(150)
    await found.expand(NUMBERS)
    waiting = {row.key for row in found.rows if row.due_at == NEVER}

    found.clock.forward(found.expands()[0] - NOON)
    found.send_queue.messages.clear()
    await found.expand(NUMBERS)
    found.clock.forward(found.expands()[0] - found.clock())
    await found.expand(NUMBERS)

    slots = sorted(row.due_at for row in found.rows)
    assert slots == [NOON + NUMBERS.clock_error + number * NUMBERS.spacing for number in range(150)]
    assert waiting <= found.nudged().keys()
    assert found.run.scheduled


async def test_each_is_nudged_at_the_slot_that_is_in_its_row():
    found = await run_at_noon(150)
    await found.expand(NUMBERS)
    found.send_queue.messages.clear()
    found.clock.forward(HALF)

    await found.expand(NUMBERS)

    slots = {row.key: row.due_at for row in found.rows}
    nudged = found.nudged()
    assert nudged
    assert nudged == {key: [slots[key] + SECOND] for key in nudged}


async def test_a_row_that_waits_again_is_found_wherever_it_is():
    found = await run_at_noon(3)
    await found.expand(NUMBERS)
    first = min(found.rows, key=lambda row: row.key)
    found.put([replace(first, due_at=NEVER)])

    await found.expand(NUMBERS)

    assert NEVER not in {row.due_at for row in found.rows}


async def test_what_is_not_pending_gets_no_slot():
    found = await run_at_noon(2)
    await found.expand(NUMBERS)
    found.put(replace(row, due_at=NEVER, state=DeliveryState.SKIPPED) for row in found.rows)
    before = found.pacing.row

    await found.expand(NUMBERS)

    assert {row.due_at for row in found.rows} == {NEVER}
    assert found.pacing.row == before


async def test_two_messages_at_once_plan_one_look_and_not_two_for_ever():
    found = await run_at_noon(150)
    await found.expand(NUMBERS)

    await found.expand(NUMBERS)
    await found.expand(NUMBERS)

    assert len(found.expands()) == 1


async def test_without_a_quota_all_are_due_at_once():
    found = await run_at_noon(250)

    await found.expand(NO_QUOTA)

    assert {row.due_at for row in found.rows} == {NOON + NO_QUOTA.clock_error}
    assert (found.run.scheduled, found.expands()) == (True, [])


# When


def test_a_full_horizon_is_looked_at_again_when_it_is_half_empty():
    assert next_look(a_run(), Pacing(next_free=NOON + HOUR), now=NOON, numbers=NUMBERS) == NOON + HALF


def test_a_hold_moves_the_next_look_as_well():
    pacing = Pacing(next_free=NOON + HOUR, hold_until=NOON + 3 * HOUR)

    assert next_look(a_run(), pacing, now=NOON, numbers=NUMBERS) == NOON + 3 * HOUR - HALF


def test_where_others_were_quicker_it_is_looked_again_soon_and_not_at_once():
    assert next_look(a_run(), Pacing(), now=NOON, numbers=NUMBERS) == NOON + MINUTE


def test_a_run_that_begins_later_is_looked_at_then():
    run = a_run(not_before=NOON + 30 * HOUR)

    assert next_look(run, Pacing(), now=NOON, numbers=NUMBERS) == NOON + 30 * HOUR


def sending(**said):
    return a_run(**{"state": RunState.SENDING, "expanded": True, **said})


@pytest.mark.parametrize(
    "run",
    [
        sending(number_of_pass=1),
        sending(expanded=False),
        sending(state=RunState.PAUSED),
        sending(state=RunState.CANCELLED),
    ],
)
def test_whoever_looked_at_another_pass_or_is_overtaken_writes_nothing(run):
    assert looked(run, look_at=None, number_of_pass=0, now=NOON, numbers=NUMBERS) is None
    assert looked(run, look_at=NOON + HOUR, number_of_pass=0, now=NOON, numbers=NUMBERS) is None


def test_when_all_have_slots_the_run_says_so_once():
    run = looked(sending(), look_at=None, number_of_pass=0, now=NOON, numbers=NUMBERS)

    assert run is not None
    assert run.scheduled
    assert looked(run, look_at=None, number_of_pass=0, now=NOON + HOUR, numbers=NUMBERS) is None


def test_when_some_wait_again_the_run_no_longer_says_that_all_have_slots():
    run = looked(sending(scheduled=True), look_at=NOON + HALF, number_of_pass=0, now=NOON, numbers=NUMBERS)

    assert run is not None
    assert (run.scheduled, run.touched_at) == (False, NOON + HALF)


def test_a_message_that_is_seconds_early_plans_the_next_look_all_the_same():
    run = looked(
        sending(touched_at=NOON + 3 * SECOND), look_at=NOON + HALF, number_of_pass=0, now=NOON, numbers=NUMBERS
    )

    assert run is not None
    assert run.touched_at == NOON + HALF
