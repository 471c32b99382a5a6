"""Every minute each run is watched, even when others fail."""

from dataclasses import dataclass, replace

import pytest

from sspr_core.model.delivery import Counted, DeliveryState
from sspr_core.model.errors import TryAgain
from sspr_core.model.run import Run, RunId, RunState, first_run_id
from sspr_core.runs.recovery import delete_orphans
from sspr_core.runs.triggers import watch
from tests.fakes.mailing import MemoryDeliveries, MemoryRuns
from tests.runs.accepted_run import RunAtNoon, run_at_noon
from tests.runs.delivery_builders import HOUR, MINUTE, NOON, NUMBERS, RUN, SECOND, a_delivery, a_recipient, a_run, ended

OTHER = RunId("0019a1b2c3d4e6")
OVERDUE = NOON - NUMBERS.overdue - SECOND


async def watching(*rows, **said) -> RunAtNoon:
    found = await run_at_noon(len(rows))
    found.put(rows)
    found.now_is(**{"state": RunState.SENDING, "expanded": True, "scheduled": True, **said})
    return found


async def test_a_run_is_swept_and_counted():
    found = await watching(a_delivery(due_at=OVERDUE))

    await watch(found.post, clock=found.clock)

    assert len(found.nudged()) == 1
    assert (found.run.counts, found.run.looked_at) == ({"pending": 1}, NOON)


async def test_a_run_that_is_done_is_finished_by_the_same_look():
    found = await watching(ended(DeliveryState.DELIVERED))

    await watch(found.post, clock=found.clock)

    assert found.run.state is RunState.FINISHED


async def test_a_cancelled_run_is_swept_as_long_as_something_of_it_is_open():
    found = await watching(a_delivery(), state=RunState.CANCELLED, finished_at=NOON, counts={"pending": 1})

    await watch(found.post, clock=found.clock)

    assert [row.state for row in found.rows] == [DeliveryState.CANCELLED]
    assert found.run.counts == {"cancelled": 1}


async def test_a_run_that_ended_is_not_read_until_it_is_time_to():
    found = await watching(a_delivery(due_at=OVERDUE), state=RunState.FINISHED, finished_at=NOON, looked_at=NOON)
    before = found.run

    await watch(found.post, clock=found.clock)

    assert found.run == before


@dataclass
class OneAway(MemoryDeliveries):
    """Storage fails for one run."""

    async def counts(self, run: RunId) -> Counted:
        if run == OTHER:
            raise TryAgain
        return await super().counts(run)


async def test_trouble_with_one_run_keeps_nobody_from_the_others_and_is_raised():
    found = await watching(ended(DeliveryState.DELIVERED))
    found.runs.rows[OTHER] = replace(found.run, run_id=OTHER)
    post = replace(found.post, deliveries=OneAway(rows=found.deliveries.rows))

    with pytest.raises(ExceptionGroup) as raised:
        await watch(post, clock=found.clock)

    assert raised.group_contains(TryAgain)
    assert found.run.state is RunState.FINISHED


# Orphans


async def pinned(*runs: RunId, accepted: Run | None = None) -> MemoryRuns:
    stored = MemoryRuns(rows={accepted.run_id: accepted} if accepted else {})
    for run in runs:
        await stored.save_recipients(run, 0, [a_recipient("ana")])
    return stored


async def test_recipients_of_a_run_that_was_never_accepted_are_deleted():
    run = first_run_id(NOON - 2 * HOUR)
    runs = await pinned(run)

    await delete_orphans(runs, now=NOON)

    assert runs.pinned_recipients == {}


async def test_those_of_an_accepted_run_and_of_one_that_may_be_accepted_just_now_are_kept():
    old, young = first_run_id(NOON - 2 * HOUR), first_run_id(NOON - 59 * MINUTE)
    runs = await pinned(old, young, accepted=a_run(run_id=old))

    await delete_orphans(runs, now=NOON)

    assert {run for run, _ in runs.pinned_recipients} == {old, young}


@pytest.mark.parametrize(("minute", "left"), [(0, 0), (1, 1)])
async def test_orphans_are_looked_for_once_an_hour(minute, left):
    found = await watching(ended(DeliveryState.DELIVERED))
    await found.runs.save_recipients(first_run_id(NOON - 2 * HOUR), 0, [a_recipient("ana")])
    found.clock.forward(minute * MINUTE)

    await watch(found.post, clock=found.clock)

    assert sum(run != RUN for run, _ in found.runs.pinned_recipients) == left
