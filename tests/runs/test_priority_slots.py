"""Reports and samples get slots before other runs."""

from typing import Any

import pytest

from sspr_core.model.delivery import NEVER, Delivery
from sspr_core.model.run import RunId, RunState
from sspr_core.ports.mail import Accepting
from sspr_core.runs.expand import expand
from tests.runs.accepted_run import RunAtNoon, run_at_noon
from tests.runs.delivery_builders import HOUR, NOON, NUMBERS, TENANT, a_recipient, a_run

REPORT = RunId("0019a1b2c3d4f0")
HALF = NUMBERS.horizon / 2


async def beside(found: RunAtNoon, **said: Any) -> None:
    """A run of two emails is accepted, and its message has not arrived yet."""
    run = a_run(run_id=REPORT, recipient_count=2, **{"report": TENANT} | said)
    await found.runs.save_recipients(REPORT, 0, [a_recipient("it"), a_recipient("boss")])
    await found.runs.accept(Accepting(run=run, key_hash=None, body_hash="", aside=True))


def rows_of(found: RunAtNoon, run: RunId) -> list[Delivery]:
    return list(found.deliveries.rows.get(run, {}).values())


@pytest.mark.parametrize("kind", [{"report": TENANT}, {"report": None, "test": True}])
async def test_a_report_or_a_sample_that_waits_gets_the_first_slots(kind):
    found = await run_at_noon(3)
    await beside(found, **kind)

    await found.expand(NUMBERS)

    last_of_report = max(row.due_at for row in rows_of(found, REPORT))
    assert last_of_report < min(row.due_at for row in found.rows)
    assert found.runs.rows[REPORT].scheduled


async def test_as_the_horizon_moves_a_report_gets_the_next_slots_before_a_large_run_that_was_there_earlier():
    found = await run_at_noon(150)
    await found.expand(NUMBERS)
    await beside(found)
    assert await expand(REPORT, found.post, clock=found.clock)
    assert {row.due_at for row in rows_of(found, REPORT)} == {NEVER}
    given = max(row.due_at for row in found.rows if row.due_at != NEVER)

    found.clock.forward(HALF)
    await found.expand(NUMBERS)

    slots = sorted(row.due_at for row in rows_of(found, REPORT))
    assert slots == [given + NUMBERS.spacing, given + 2 * NUMBERS.spacing]
    assert slots[-1] < NOON + HALF + HOUR


@pytest.mark.parametrize("said", [{"state": RunState.PAUSED}, {"not_before": NOON + HOUR}, {"report": None}])
async def test_what_may_not_be_sent_yet_or_does_not_go_first_takes_no_slot_from_anybody(said):
    found = await run_at_noon(3)
    await beside(found, **said)

    await found.expand(NUMBERS)

    assert rows_of(found, REPORT) == []
    assert NEVER not in {row.due_at for row in found.rows}


async def test_a_report_does_not_wait_for_reports():
    found = await run_at_noon(2, report=TENANT)
    await beside(found)

    await found.expand(NUMBERS)

    assert rows_of(found, REPORT) == []


async def test_both_messages_come_and_each_email_has_one_slot():
    found = await run_at_noon(3)
    await beside(found)

    await found.expand(NUMBERS)
    before = rows_of(found, REPORT)
    assert await expand(REPORT, found.post, clock=found.clock)

    assert rows_of(found, REPORT) == before
    assert len({row.due_at for row in [*before, *found.rows]}) == 5
