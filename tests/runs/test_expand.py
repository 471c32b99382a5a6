"""From stored recipients to deliveries: each exactly once, even if the work is interrupted or done twice."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from sspr_core.model.delivery import NEVER, Delivery, DeliveryState
from sspr_core.model.errors import TryAgain
from sspr_core.model.run import RunId, RunState
from sspr_core.ports.mail import MOST_PER_INSERT, MOST_PER_PAGE
from sspr_core.runs.expand import advanced, completed, expand
from tests.fakes.mailing import MemoryDeliveries, a_post
from tests.runs.accepted_run import NO_QUOTA, RunAtNoon, run_at_noon
from tests.runs.delivery_builders import HOUR, MINUTE, NOON, NUMBERS, SECOND, TENANT, a_run

EXPANDING, SENDING, PAUSED = RunState.EXPANDING, RunState.SENDING, RunState.PAUSED
PENDING, FAILED, UNSURE = DeliveryState.PENDING, DeliveryState.FAILED, DeliveryState.UNSURE


@dataclass
class Away(MemoryDeliveries):
    """Storage goes away after so many inserts."""

    left: int = 0

    async def insert(self, rows: list[Delivery]) -> list[Delivery]:
        if not self.left:
            raise TryAgain
        self.left -= 1
        return await super().insert(rows)


async def test_every_recipient_becomes_a_delivery_with_a_slot_and_a_nudge_at_it():
    found = await run_at_noon(3)

    await found.expand(NUMBERS)

    first = NOON + NUMBERS.clock_error
    assert sorted(row.due_at for row in found.rows) == [first + number * NUMBERS.spacing for number in range(3)]
    assert found.nudged() == {row.key: [row.due_at + SECOND] for row in found.rows}
    assert {row.address for row in found.rows} == {f"user{number}@contoso.example" for number in range(3)}
    assert (found.run.state, found.run.expanded, found.run.scheduled, found.run.cursor) == (SENDING, True, True, 3)


async def test_a_reports_recipients_are_not_taken_for_users():
    found = await run_at_noon(2, report=TENANT)

    await found.expand()

    assert [row.to_user for row in found.rows] == [False, False]


@pytest.mark.parametrize("count", [1, MOST_PER_INSERT, MOST_PER_INSERT + 1, 2 * MOST_PER_PAGE + 7])
async def test_however_many_there_are_nobody_is_left_out(count):
    found = await run_at_noon(count)

    await found.expand()

    assert len({row.user_id for row in found.rows}) == count
    assert (found.run.cursor, found.run.expanded) == (count, True)


async def test_what_is_beyond_the_horizon_waits_without_a_slot():
    found = await run_at_noon(250)

    await found.expand(NUMBERS)

    slots = sorted(row.due_at for row in found.rows if row.due_at != NEVER)
    assert len(slots) == 97
    assert slots[-1] < NOON + HOUR <= slots[-1] + NUMBERS.spacing
    assert len(found.nudged()) == 97
    assert (found.run.expanded, found.run.scheduled) == (True, False)


async def test_a_run_that_begins_later_is_written_now_and_gets_its_slots_then():
    found = await run_at_noon(3, not_before=NOON + 5 * HOUR)

    await found.expand(NUMBERS)

    assert [row.due_at for row in found.rows] == [NEVER] * 3
    assert found.expands() == [NOON + 5 * HOUR]
    assert found.run.state is SENDING


async def test_a_second_hand_over_changes_no_row_and_nudges_at_the_slots_that_are_there():
    found = await run_at_noon(3)
    await found.expand(NUMBERS)
    before = found.rows
    found.now_is(state=EXPANDING, expanded=False, scheduled=False, cursor=0)  # the duplicate began before that

    await found.expand(NUMBERS)

    assert found.rows == before
    assert found.nudged() == {row.key: [row.due_at + SECOND] * 2 for row in before}


async def test_a_row_that_was_sent_meanwhile_is_kept_as_it_is():
    found = await run_at_noon(3)
    await found.expand()
    sent = replace(found.rows[0], state=DeliveryState.ACCEPTED, due_at=NEVER)
    found.put([sent])
    found.now_is(expanded=False, cursor=0)

    await found.expand()

    assert [row.state for row in found.rows] == [DeliveryState.ACCEPTED, PENDING, PENDING]


async def test_when_storage_goes_away_the_cursor_has_not_passed_what_is_missing():
    found = await run_at_noon(2 * MOST_PER_PAGE)
    away = Away(left=13)
    with pytest.raises(TryAgain):
        await expand(found.run.run_id, replace(found.post, deliveries=away, numbers=NO_QUOTA), clock=found.clock)
    written = {row.user_id for row in away.rows[found.run.run_id].values()}
    assert found.run.cursor <= len(written) < 2 * MOST_PER_PAGE

    found.put(away.rows[found.run.run_id].values())
    await found.expand()

    assert len({row.user_id for row in found.rows}) == 2 * MOST_PER_PAGE
    assert found.run.expanded


async def test_it_goes_on_at_the_cursor():
    found = await run_at_noon(MOST_PER_PAGE + 300)
    found.now_is(state=EXPANDING, cursor=MOST_PER_PAGE + 100)

    await found.expand()

    assert {row.user_id for row in found.rows} == {
        one.user_id for one in found.runs.pinned_recipients[found.run.run_id, 1][100:]
    }


@pytest.mark.parametrize("state", [PAUSED, RunState.CANCELLED, RunState.FINISHED])
async def test_a_run_that_does_not_send_is_left_as_it_is(state):
    found = await run_at_noon(3)
    found.now_is(state=state)
    before = found.run

    await found.expand()

    assert (found.rows, found.run) == ([], before)


async def test_a_run_nobody_knows_is_told():
    assert not await expand(RunId("0" * 14), a_post(), clock=lambda: NOON)


def rows_of(found: RunAtNoon, *states: dict[str, object]) -> None:
    """The rows in the order of their keys, after some time."""
    ordered = sorted(found.rows, key=lambda row: row.key)
    found.put(replace(row, due_at=NEVER, **said) for row, said in zip(ordered, states, strict=True))


async def a_second_pass(found: RunAtNoon, **said: object) -> list[tuple[DeliveryState, int]]:
    """State and epoch of each row after it."""
    found.now_is(state=EXPANDING, number_of_pass=1, expanded=False, scheduled=False, cursor=0, **said)
    found.send_queue.messages.clear()
    await found.expand(NUMBERS)
    return [(row.state, row.epoch) for row in sorted(found.rows, key=lambda row: row.key)]


async def test_another_pass_tries_what_failed_before_it_and_nothing_else():
    found = await run_at_noon(4)
    await found.expand()
    rows_of(
        found,
        {"state": FAILED, "failed_in": 0},
        {"state": FAILED, "failed_in": 1},
        {"state": UNSURE, "failed_in": 0},
        {"state": DeliveryState.BOUNCED},
    )

    after = await a_second_pass(found)

    assert after == [(PENDING, 1), (FAILED, 0), (UNSURE, 0), (DeliveryState.BOUNCED, 0)]
    [again] = [row for row in found.rows if row.state is PENDING]
    assert again.due_at == NOON + NUMBERS.clock_error
    assert found.nudged() == {again.key: [again.due_at + SECOND]}
    assert (found.run.state, found.run.expanded) == (SENDING, True)


async def test_what_may_have_arrived_is_tried_again_only_when_somebody_accepts_that():
    found = await run_at_noon(2)
    await found.expand()
    rows_of(found, {"state": UNSURE, "failed_in": 0}, {"state": DeliveryState.DELIVERED})

    assert await a_second_pass(found, unsure_too=True) == [(PENDING, 1), (DeliveryState.DELIVERED, 0)]


async def test_a_pass_done_twice_tries_nothing_twice():
    found = await run_at_noon(2)
    await found.expand()
    rows_of(found, {"state": FAILED, "failed_in": 0}, {"state": FAILED, "failed_in": 0})
    await a_second_pass(found)

    assert await a_second_pass(found) == [(PENDING, 1), (PENDING, 1)]


# The run's row


def test_the_first_progress_makes_a_queued_run_an_expanding_one():
    run = advanced(a_run(), 0, number_of_pass=0, now=NOON + MINUTE)

    assert run is not None
    assert (run.state, run.touched_at) == (EXPANDING, NOON + MINUTE)


def test_the_cursor_never_goes_back():
    run = a_run(state=EXPANDING, cursor=200)

    assert advanced(run, 100, number_of_pass=0, now=NOON) is None
    further = advanced(run, 300, number_of_pass=0, now=NOON)
    assert further is not None
    assert further.cursor == 300


def test_progress_leaves_a_pause_as_it_is():
    run = advanced(a_run(state=PAUSED, cursor=100), 200, number_of_pass=0, now=NOON)

    assert run is not None
    assert (run.state, run.cursor) == (PAUSED, 200)


def test_a_twin_of_an_earlier_pass_neither_moves_the_cursor_nor_completes():
    run = a_run(state=EXPANDING, number_of_pass=1, cursor=0)

    assert advanced(run, 100, number_of_pass=0, now=NOON) is None
    assert completed(run, number_of_pass=0, now=NOON) is None


@pytest.mark.parametrize(
    ("state", "then"), [(RunState.QUEUED, SENDING), (EXPANDING, SENDING), (PAUSED, PAUSED), (SENDING, SENDING)]
)
def test_completed_is_apart_from_the_state(state, then):
    run = completed(a_run(state=state), number_of_pass=0, now=NOON)

    assert run is not None
    assert (run.state, run.expanded) == (then, True)


@pytest.mark.parametrize("state", [RunState.CANCELLED, RunState.FINISHED])
def test_a_run_that_has_ended_is_not_completed(state):
    assert completed(a_run(state=state), number_of_pass=0, now=NOON) is None


def test_a_run_is_completed_once():
    assert completed(a_run(state=SENDING, expanded=True), number_of_pass=0, now=NOON + timedelta(days=1)) is None
