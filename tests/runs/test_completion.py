"""A run is done when its rows are done, and is checked again for a week in case they are not."""

from dataclasses import dataclass, replace

import pytest

from sspr_core.model.delivery import Counted, DeliveryState
from sspr_core.model.run import Run, RunId, RunState
from sspr_core.runs.completion import counted, finish, is_due
from tests.fakes.mailing import MemoryDeliveries
from tests.runs.accepted_run import RunAtNoon, run_at_noon
from tests.runs.delivery_builders import HOUR, MINUTE, NOON, RUN, SECOND, a_delivery, a_run, claimed, ended

DAY = 24 * HOUR
SENDING, FINISHED, WITH_FAILURES = RunState.SENDING, RunState.FINISHED, RunState.FINISHED_WITH_FAILURES
DELIVERED, FAILED = DeliveryState.DELIVERED, DeliveryState.FAILED


async def with_rows(*rows, **said) -> RunAtNoon:
    found = await run_at_noon(len(rows))
    found.put(rows)
    found.now_is(**{"state": SENDING, "expanded": True, **said})
    return found


async def finished(found: RunAtNoon) -> Run:
    await finish(RUN, found.post, now=found.clock())
    return found.run


async def test_a_run_whose_deliveries_are_all_final_is_finished_and_has_their_counts():
    found = await with_rows(ended(DELIVERED), replace(ended(DeliveryState.SKIPPED), key=a_delivery("ben").key))

    run = await finished(found)

    assert (run.state, run.finished_at, run.looked_at) == (FINISHED, NOON, NOON)
    assert run.counts == {"delivered": 1, "skipped": 1}


@pytest.mark.parametrize("state", ["failed", "unsure", "bounced", "suppressed"])
async def test_one_that_went_wrong_is_a_finish_with_failures(state):
    found = await with_rows(ended(DELIVERED), replace(ended(DeliveryState(state)), key=a_delivery("ben").key))

    assert (await finished(found)).state is WITH_FAILURES


@pytest.mark.parametrize("open_one", [a_delivery("ben"), replace(claimed(), key=a_delivery("ben").key)])
async def test_a_delivery_that_is_not_final_keeps_the_run_going(open_one):
    found = await with_rows(ended(DELIVERED), open_one)

    run = await finished(found)

    assert (run.state, run.finished_at) == (SENDING, None)
    assert run.counts["delivered"] == 1


async def test_a_run_that_is_still_being_written_is_not_finished_by_what_is_there():
    found = await with_rows(ended(DELIVERED), state=RunState.EXPANDING, expanded=False)

    assert (await finished(found)).state is RunState.EXPANDING


@pytest.mark.parametrize("state", [RunState.PAUSED, RunState.CANCELLED])
async def test_a_paused_or_cancelled_run_is_counted_and_stays_what_it_is(state):
    found = await with_rows(ended(DELIVERED), state=state)

    run = await finished(found)

    assert (run.state, run.counts) == (state, {"delivered": 1})


@dataclass
class Meanwhile(MemoryDeliveries):
    """Another writer changes the run while its rows are counted."""

    found: RunAtNoon | None = None

    async def counts(self, run: RunId) -> Counted:
        assert self.found
        counts = await super().counts(run)
        self.found.now_is(state=RunState.EXPANDING, number_of_pass=1, expanded=False)
        return counts


async def test_a_pass_that_began_while_its_rows_were_counted_wins():
    found = await with_rows(ended(FAILED))
    found.post = replace(found.post, deliveries=Meanwhile(rows=found.deliveries.rows, found=found))

    run = await finished(found)

    assert (run.state, run.finished_at, run.looked_at) == (RunState.EXPANDING, None, None)


# The safety net


@pytest.mark.parametrize("state", [FINISHED, WITH_FAILURES])
async def test_a_finished_run_with_a_delivery_that_is_not_goes_back_to_sending(state, caplog):
    found = await with_rows(a_delivery(), state=state, finished_at=NOON - HOUR, scheduled=True)

    run = await finished(found)

    assert (run.state, run.finished_at, run.scheduled) == (SENDING, None, False)
    assert RUN in caplog.text


async def test_receipts_that_come_later_change_the_counts_and_not_the_state():
    found = await with_rows(
        ended(DeliveryState.BOUNCED), state=FINISHED, finished_at=NOON - HOUR, looked_at=NOON - HOUR
    )

    run = await finished(found)

    assert (run.state, run.counts) == (FINISHED, {"bounced": 1})


# When


def looked_at(ago, *, rows: int = 1, **said) -> Run:
    return a_run(**{"state": SENDING, "looked_at": NOON - ago, "counts": {"pending": rows}, **said})


def ended_run(ago, looked, state=FINISHED, counts=None) -> Run:
    counts = counts or {"delivered": 3}
    return a_run(state=state, finished_at=NOON - ago, looked_at=NOON - looked, counts=counts)


@pytest.mark.parametrize(
    ("run", "due"),
    [
        (a_run(), True),
        (looked_at(SECOND), True),  # at every run of the timer
        (looked_at(MINUTE, rows=10_000), True),
        (looked_at(MINUTE, rows=10_001), False),
        (looked_at(4 * MINUTE + 50 * SECOND, rows=10_001), True),
        (ended_run(MINUTE, MINUTE), False),
        (ended_run(15 * MINUTE, 15 * MINUTE), True),
        (ended_run(16 * MINUTE, MINUTE), False),
        (ended_run(DAY, 23 * HOUR), False),
        (ended_run(2 * DAY, DAY), True),
        (ended_run(MINUTE, MINUTE, RunState.CANCELLED), False),
        (ended_run(MINUTE, MINUTE, RunState.CANCELLED, {"claimed": 1}), True),
    ],
)
def test_rows_are_counted_while_something_goes_on_then_once_more_then_daily(run, due):
    assert is_due(run, now=NOON) is due


def test_what_was_in_the_way_is_over_once_something_went_out():
    run = a_run(state=SENDING, problem="401 Denied", counts={"accepted": 3, "pending": 5})

    assert counted(run, {"accepted": 3, "pending": 5}, now=NOON).problem == "401 Denied"
    assert counted(run, {"accepted": 2, "delivered": 2, "pending": 4}, now=NOON).problem is None


def test_a_paused_run_keeps_its_problem_though_an_email_that_began_before_went_out():
    run = a_run(state=RunState.PAUSED, problem="The mail service does not take emails from it@msp.example.")

    found = counted(run, {"accepted": 1, "pending": 4}, now=NOON)

    assert (found.state, found.problem) == (RunState.PAUSED, run.problem)
