"""A message that failed ten times is recorded; nothing else changes, and nothing is retried without end."""

import asyncio
import json
from dataclasses import dataclass, replace

import pytest

from sspr_core.model.delivery import Delivery, DeliveryKey, DeliveryState
from sspr_core.model.errors import TryAgain
from sspr_core.model.run import Run, RunId, RunState
from sspr_core.runs.triggers import poisoned_email, poisoned_expand, poisoned_report
from tests.fakes.mailing import MemoryDeliveries, MemoryRuns
from tests.runs.accepted_run import RunAtNoon, run_at_noon
from tests.runs.delivery_builders import NOON, RUN, a_delivery, claimed, ended
from tests.runs.test_triggers import GARBAGE, ROW, a_message, a_report, foreign

PENDING, CLAIMED = DeliveryState.PENDING, DeliveryState.CLAIMED
EMAIL = a_message(key=ROW.key)


async def with_row(row: Delivery = ROW, **said) -> RunAtNoon:
    found = await run_at_noon(1)
    found.put([replace(row, key=ROW.key)])
    found.now_is(**{"state": RunState.SENDING, "expanded": True, **said})
    return found


async def poisoned(found: RunAtNoon, body: bytes = EMAIL) -> Delivery:
    await poisoned_email(body, found.post, clock=found.clock)
    return found.rows[0]


@pytest.mark.parametrize("row", [ROW, claimed()])
async def test_it_is_on_the_delivery_and_on_its_run_and_nothing_else_changes(row):
    found = await with_row(row)
    before = found.rows[0]

    after = await poisoned(found)

    assert after == replace(before, poisonings=1, etag=after.etag)
    assert (found.run.poisoned_count, found.run.state) == (1, RunState.SENDING)
    assert found.send_queue.messages == {}


async def test_the_third_time_a_delivery_is_given_up_that_was_certainly_not_sent():
    found = await with_row(a_delivery("user0", poisonings=2), number_of_pass=4)

    after = await poisoned(found)

    assert (after.state, after.failed_in, after.poisonings) == (DeliveryState.FAILED, 4, 3)


async def test_the_third_time_one_in_doubt_is_unsure():
    found = await with_row(claimed(poisonings=2))

    assert (await poisoned(found)).state is DeliveryState.UNSURE


async def test_a_delivery_that_is_final_stays_what_it_is():
    found = await with_row(ended(DeliveryState.DELIVERED))
    before = found.rows[0]

    assert await poisoned(found) == before


@dataclass
class Meanwhile(MemoryDeliveries):
    """Another worker claims the row after it was read."""

    done: bool = False

    async def get(self, run: RunId, key: DeliveryKey) -> Delivery | None:
        row = await super().get(run, key)
        if not self.done and row:
            self.done = True
            await super().replace(replace(row, state=CLAIMED, claim="x", doubt_since=NOON, posted_at=NOON))
        return row


async def test_it_is_recorded_on_the_row_as_somebody_else_has_written_it():
    found = await with_row()
    found.post = replace(found.post, deliveries=Meanwhile(rows=found.deliveries.rows))

    after = await poisoned(found)

    assert (after.state, after.claim, after.poisonings) == (CLAIMED, "x", 1)


async def test_a_run_whose_expand_was_poison_says_so_and_the_sweep_finds_it():
    found = await run_at_noon(1)
    touched_at = found.run.touched_at

    await poisoned_expand(a_message(), found.post, clock=found.clock)

    assert (found.run.poisoned_count, found.run.touched_at, found.expands()) == (1, touched_at, [])


@dataclass
class Distant(MemoryRuns):
    """Other workers read while one is reading."""

    async def get(self, run: RunId) -> Run:
        found = await super().get(run)
        await asyncio.sleep(0)
        return found


async def test_of_many_messages_that_are_poison_at_once_each_is_counted():
    found = await with_row()
    post = replace(found.post, runs=Distant(rows=found.runs.rows))

    await asyncio.gather(*(poisoned_expand(a_message(), post, clock=found.clock) for _ in range(12)))

    assert found.run.poisoned_count == 12


@pytest.mark.parametrize("body", [*GARBAGE, a_message("0" * 14, key=ROW.key)])
async def test_what_leads_nowhere_is_counted_and_dropped(body):
    found = await with_row()

    await poisoned(found, body)
    await poisoned_expand(body, found.post, clock=found.clock)

    assert foreign(found) == {"send-emails": 1, "expand-runs": 1}
    assert found.run.poisoned_count == 0


async def test_a_report_is_tried_once_more_for_no_sweep_brings_it_back():
    found = await with_row()

    await poisoned_report(json.dumps(a_report()).encode(), found.post, clock=found.clock)

    assert found.rows[0].state is DeliveryState.DELIVERED


@dataclass
class Away(MemoryRuns):
    async def get(self, run: RunId) -> Run:
        raise TryAgain


async def test_a_report_stays_while_storage_is_away():
    found = await with_row()
    post = replace(found.post, deliveries=AwayRows())

    with pytest.raises(TryAgain):
        await poisoned_report(json.dumps(a_report()).encode(), post, clock=found.clock)


@dataclass
class AwayRows(MemoryDeliveries):
    async def get(self, run: RunId, key: DeliveryKey) -> Delivery | None:
        raise TryAgain


async def test_while_storage_is_away_the_log_is_all_there_is(caplog):
    found = await with_row()
    post = replace(found.post, runs=Away())

    await poisoned_email(EMAIL, post, clock=found.clock)
    await poisoned_expand(a_message(), post, clock=found.clock)

    assert caplog.text.count("could not be recorded") == 2
    assert ROW.address not in caplog.text
    assert RUN in caplog.text
