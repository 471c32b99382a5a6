"""Pause, resume, cancel, retry: what an operator can do to a run, and when not."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest

from sspr_core.model.delivery import DeliveryState
from sspr_core.model.errors import Conflict, NotFound, SendingOff
from sspr_core.model.ids import EVERY_TENANT, Scope
from sspr_core.model.run import Run, RunState
from sspr_core.runs.lifecycle import cancel, pause, resume, retry_failed
from tests.builders import a_known
from tests.fakes.mailing import MemoryRuns
from tests.runs.accepted_run import RunAtNoon, run_at_noon
from tests.runs.delivery_builders import HOUR, NOON, NUMBERS, RUN, SECOND, TENANT, a_delivery, claimed, ended, in_doubt

QUEUED, EXPANDING, SENDING = RunState.QUEUED, RunState.EXPANDING, RunState.SENDING
PAUSED, CANCELLED = RunState.PAUSED, RunState.CANCELLED
FINISHED, WITH_FAILURES = RunState.FINISHED, RunState.FINISHED_WITH_FAILURES
OPERATIONS: dict[str, Callable[..., Any]] = {
    "pause": pause,
    "resume": resume,
    "cancel": cancel,
    "retry": partial(retry_failed, unsure_too=False),
    "retry, unsure too": partial(retry_failed, unsure_too=True),
}


async def with_rows(*rows, **said) -> RunAtNoon:
    found = await run_at_noon(len(rows))
    found.put(rows)
    found.now_is(**{"state": SENDING, "expanded": True, "scheduled": True, **said})
    return found


async def told(found: RunAtNoon, word: str, scope: Scope = EVERY_TENANT) -> Run:
    return await OPERATIONS[word](RUN, scope, found.post, now=found.clock())


# The run


@pytest.mark.parametrize("state", [QUEUED, EXPANDING, SENDING, PAUSED])
async def test_an_unfinished_run_can_be_paused_and_cancelled(state):
    for word, then in (("pause", PAUSED), ("cancel", CANCELLED)):
        found = await with_rows(state=state)

        assert (await told(found, word)).state is then
        assert found.run.state is then


@pytest.mark.parametrize(("expanded", "then"), [(True, SENDING), (False, EXPANDING)])
async def test_a_paused_run_goes_on_where_it_was(expanded, then):
    found = await with_rows(state=PAUSED, expanded=expanded, touched_at=NOON - HOUR)

    run = await told(found, "resume")

    assert (run.state, run.touched_at) == (then, NOON)


async def test_what_was_in_the_way_is_tried_again_when_a_run_is_resumed():
    found = await with_rows(state=PAUSED, problem="The mail service does not take emails from it@msp.example.")

    assert (await told(found, "resume")).problem is None


@pytest.mark.parametrize(("word", "state"), [("pause", PAUSED), ("resume", SENDING), ("cancel", CANCELLED)])
async def test_what_is_asked_for_twice_is_done_once(word, state):
    found = await with_rows(state=state)
    before = found.run

    assert await told(found, word) == before


@pytest.mark.parametrize(
    ("word", "state", "sentence"),
    [
        ("pause", CANCELLED, "A run that is cancelled cannot be paused."),
        ("pause", FINISHED, "A run that is finished cannot be paused."),
        ("pause", WITH_FAILURES, "A run that is finished with failures cannot be paused."),
        ("resume", CANCELLED, "A run that is cancelled cannot be resumed."),
        ("resume", FINISHED, "A run that is finished cannot be resumed."),
        ("cancel", FINISHED, "The run is finished: nothing is left to cancel."),
        ("cancel", WITH_FAILURES, "The run is finished: nothing is left to cancel."),
        ("retry", PAUSED, "A run that is paused does not try again."),
        ("retry", CANCELLED, "A run that is cancelled does not try again."),
    ],
)
async def test_what_a_run_cannot_become_is_refused_with_a_sentence(word, state, sentence):
    found = await with_rows(ended(DeliveryState.FAILED), state=state)
    before = found.run

    with pytest.raises(Conflict) as refused:
        await told(found, word)

    assert (str(refused.value), found.run) == (sentence, before)


@pytest.mark.parametrize(
    ("word", "state", "then"),
    [
        ("pause", SENDING, PAUSED),
        ("cancel", SENDING, CANCELLED),
        ("resume", PAUSED, None),
        ("retry", SENDING, None),
        ("retry", WITH_FAILURES, None),
    ],
)
async def test_where_sending_is_off_a_run_can_be_stopped_and_nothing_else(word, state, then):
    found = await with_rows(ended(DeliveryState.FAILED), state=state)
    found.post = replace(found.post, mailer=None)
    before = found.run

    if then is None:
        with pytest.raises(SendingOff, match=r"Sending is off: .* set SSPR_MAIL_SERVICE"):
            await told(found, word)
        assert found.run == before
    else:
        assert (await told(found, word)).state is then


@pytest.mark.parametrize("word", OPERATIONS)
async def test_a_run_is_only_for_those_who_may_see_every_tenant_of_it(word):
    other = a_known("fabrikam").tenant_id
    found = await with_rows(ended(DeliveryState.FAILED), tenants={TENANT: "Contoso", other: "Fabrikam"})
    before = found.run

    with pytest.raises(NotFound):
        await told(found, word, Scope(tenants=frozenset({TENANT})))

    assert found.run == before


@dataclass
class Meanwhile(MemoryRuns):
    """Another writer's change comes before the first write."""

    done: bool = False

    async def save(self, run: Run) -> Run:
        if not self.done:
            self.done = True
            self.rows[RUN] = replace(self.rows[RUN], cursor=700, etag="another")
        return await super().save(run)


async def test_a_pause_is_written_over_whatever_somebody_else_wrote_meanwhile():
    found = await with_rows()
    found.post = replace(found.post, runs=(runs := Meanwhile(rows=found.runs.rows)))

    await told(found, "pause")

    assert (runs.rows[RUN].state, runs.rows[RUN].cursor) == (PAUSED, 700)


# Its deliveries


async def test_a_pause_touches_no_delivery_and_no_message():
    found = await with_rows(a_delivery("ana"), replace(claimed(), key=a_delivery("ben").key))
    before = found.rows

    await told(found, "pause")

    assert (found.rows, found.send_queue.messages) == (before, {})


async def test_resuming_replaces_slots_that_went_by_and_keeps_those_to_come():
    late, later = a_delivery("ana", due_at=NOON - HOUR), a_delivery("ben", due_at=NOON + HOUR)
    found = await with_rows(late, later, state=PAUSED)

    await told(found, "resume")

    assert {row.key: row.due_at for row in found.rows} == {
        late.key: NOON + NUMBERS.clock_error,
        later.key: NOON + HOUR,
    }
    assert found.nudged() == {late.key: [NOON + NUMBERS.clock_error + SECOND]}


@pytest.mark.parametrize(("expanded", "scheduled", "asked"), [(True, True, 0), (True, False, 1), (False, False, 1)])
async def test_resuming_goes_on_with_rows_and_slots_that_are_missing(expanded, scheduled, asked):
    found = await with_rows(state=PAUSED, expanded=expanded, scheduled=scheduled)

    await told(found, "resume")

    assert len(found.expands()) == asked


async def test_cancelling_leaves_nothing_pending_and_keeps_on_asking_about_claims():
    found = await with_rows(
        a_delivery("ana"),
        replace(in_doubt(), key=a_delivery("ben").key),
        replace(claimed(NOON - HOUR), key=a_delivery("cem").key),
    )

    run = await told(found, "cancel")

    assert [row.state for row in sorted(found.rows, key=lambda row: row.state)] == ["cancelled", "claimed", "unsure"]
    assert run.finished_at == NOON
    assert len(found.nudged()) == 1


# Again


@pytest.mark.parametrize("state", [SENDING, FINISHED, WITH_FAILURES])
async def test_trying_again_is_another_pass_written_before_any_delivery(state):
    row = ended(DeliveryState.FAILED, failed_in=0)
    found = await with_rows(row, state=state, finished_at=NOON - HOUR, cursor=1)

    run = await told(found, "retry")

    assert (run.state, run.number_of_pass, run.unsure_too) == (EXPANDING, 1, False)
    assert (run.expanded, run.scheduled, run.cursor, run.finished_at) == (False, False, 0, None)
    assert [one.state for one in found.rows] == [DeliveryState.FAILED]
    assert found.expands() == [NOON]


async def test_the_pass_then_sends_it_once_more_under_another_id():
    found = await run_at_noon(1)
    await found.expand()
    [row] = found.rows
    found.put([replace(row, state=DeliveryState.FAILED, failed_in=0)])

    await told(found, "retry")
    await found.expand()

    [again] = found.rows
    assert (again.state, again.epoch) == (DeliveryState.PENDING, 1)
    assert again.operation_id != row.operation_id


async def test_what_may_have_arrived_is_tried_again_only_on_the_operators_word():
    found = await with_rows(ended(DeliveryState.UNSURE, failed_in=0))

    with pytest.raises(Conflict, match="No delivery of the run has failed"):
        await told(found, "retry")

    assert (await told(found, "retry, unsure too")).unsure_too


@pytest.mark.parametrize("state", ["delivered", "bounced", "suppressed", "skipped"])
async def test_with_nothing_that_failed_there_is_nothing_to_try_again(state):
    found = await with_rows(ended(DeliveryState(state)), state=FINISHED)

    with pytest.raises(Conflict, match="nothing to try again"):
        await told(found, "retry, unsure too")

    assert found.run.number_of_pass == 0


async def test_a_pass_begins_only_when_the_one_before_is_written():
    found = await with_rows(ended(DeliveryState.FAILED, failed_in=0))
    await told(found, "retry")

    with pytest.raises(Conflict, match="still being prepared"):
        await told(found, "retry")

    assert found.run.number_of_pass == 1


async def test_there_are_only_so_many_operation_ids():
    found = await with_rows(ended(DeliveryState.FAILED, failed_in=0), number_of_pass=63)

    with pytest.raises(Conflict, match="only a new run"):
        await told(found, "retry")
