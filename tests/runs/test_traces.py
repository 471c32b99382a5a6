"""The traces behind the protocol's rules, each by its name there (section 8): what happens when a rule is missing.

W1 and W2 are workers. `twice` is a service that sends every request, so that only the protocol prevents a second email;
the tests check the end state, and S1, S3, S4, S5 on the way.
"""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from sspr_core.model.delivery import Delivery, DeliveryState
from sspr_core.model.mail import ConnectFailed, MailAnswer, Rejected, Throttled, UnknownOutcome
from sspr_core.model.run import RunId, RunState
from sspr_core.model.sending import SendingLimits
from sspr_core.runs import expand
from tests.runs.delivery_builders import HOUR, MINUTE, NUMBERS, SECOND
from tests.runs.simulation.convergence import go_on, settle
from tests.runs.simulation.queue import Message
from tests.runs.simulation.scripted_run import (
    expanded,
    next_one,
    now_is,
    only_row,
    operated,
    posting,
    to_the_end,
    until,
    watched,
)
from tests.runs.simulation.simulation import Stage
from tests.runs.simulation.stepping import Fate
from tests.runs.simulation.time import forward

S = DeliveryState
TWO_A_MINUTE = SendingLimits(per_minute=2, per_hour=None)
NO_QUOTA = SendingLimits(per_minute=None, per_hour=None)

type Staging = Callable[..., Stage]


@pytest.fixture
async def staging() -> AsyncIterator[Staging]:
    stages: list[Stage] = []

    def staged(numbers: SendingLimits = NUMBERS, **service: Any) -> Stage:
        stages.append(Stage(numbers, **service))
        return stages[-1]

    yield staged
    for stage in stages:
        await stage.close()
        assert stage.broken == []


def accepted_count(stage: Stage) -> int:
    return sum(len(times) for times in stage.service.accepted.values())


def states(stage: Stage) -> list[DeliveryState]:
    return sorted(row.state for run in stage.runs.rows.values() for row in stage.rows(run))


def send_queue(stage: Stage) -> list[Message]:
    return [one for one in stage.queue.messages if one.kind == "deliver"]


# A message that returns while its claim is valid


async def test_l1_a_message_that_is_back_before_the_claim_ends_is_not_thrown_away(staging: Staging) -> None:
    stage = staging()
    await expanded(stage, "ana")
    w1 = await next_one(stage)
    await until(stage, w1, "runs.get")  # claimed
    stage.crash(w1, back=timedelta(0))

    await to_the_end(stage, await next_one(stage))

    assert [one.due_at for one in send_queue(stage)] == [only_row(stage).due_at + SECOND]
    await settle(stage)
    assert only_row(stage).state is S.ACCEPTED


async def test_l7_a_message_that_was_raised_after_a_500_is_not_thrown_away(staging: Staging) -> None:
    stage = staging()
    await expanded(stage, "ana")
    w1 = await next_one(stage)
    await stage.service.finish(await posting(stage, w1), UnknownOutcome("500"))
    await until(stage, w1, "deliveries.replace", Fate.AWAY)

    await to_the_end(stage, await next_one(stage))

    assert [one.due_at for one in send_queue(stage)] == [only_row(stage).due_at + SECOND]
    await settle(stage)
    assert (states(stage), accepted_count(stage)) == ([S.ACCEPTED], 1)


async def test_l2_a_claim_whose_answer_is_lost_is_ones_own(staging: Staging) -> None:
    stage = staging()
    await expanded(stage, "ana")
    w1 = await next_one(stage)
    await until(stage, w1, "deliveries.replace", Fate.LOST)

    await to_the_end(stage, w1)

    assert (only_row(stage).state, accepted_count(stage)) == (S.ACCEPTED, 1)


# An answer that is lost


@pytest.mark.parametrize("lag", [0 * SECOND, MINUTE, 5 * MINUTE])
async def test_l3_an_email_whose_answer_was_lost_is_not_sent_again(staging: Staging, lag: timedelta) -> None:
    stage = staging(same_id="twice", lookup_lag=lag)
    await expanded(stage, "ana")
    w1 = await next_one(stage, kept=True)
    await stage.service.lose(await posting(stage, w1))
    await to_the_end(stage, w1)

    await settle(stage)

    assert (only_row(stage).state, accepted_count(stage)) == (S.ACCEPTED, 1)


async def test_l5_a_known_id_that_is_refused_is_no_bad_address(staging: Staging) -> None:
    stage = staging(same_id="reject", lookup_lag=None)
    await expanded(stage, "ana")
    w1 = await next_one(stage)
    await stage.service.lose(await posting(stage, w1))

    await settle(stage)

    assert len(stage.service.posts) == 2
    assert (only_row(stage).state, only_row(stage).contradicted) == (S.UNSURE, True)


async def test_l9_a_claim_is_kept_after_a_500_and_asked_about(staging: Staging) -> None:
    stage = staging(same_id="twice")
    await expanded(stage, "ana")
    w1 = await next_one(stage, kept=True)
    await stage.service.lose(await posting(stage, w1))
    await to_the_end(stage, w1)
    assert only_row(stage).state is S.CLAIMED

    await settle(stage)

    assert (only_row(stage).state, accepted_count(stage)) == (S.ACCEPTED, 1)


async def test_a_202_is_written_over_whatever_somebody_wrote_meanwhile(staging: Staging) -> None:
    stage = staging()
    await expanded(stage, "ana")
    w1 = await next_one(stage)
    await stage.service.process(await posting(stage, w1))
    await forward(stage, 10 * MINUTE)
    await watched(stage)  # the claim is overdue, and has another time now

    await to_the_end(stage, w1)

    assert only_row(stage).state is S.ACCEPTED


# Stalls


async def test_l4_m4_a_worker_that_stalled_after_its_claim_does_not_send(staging: Staging) -> None:
    stage = staging(same_id="twice")
    await expanded(stage, "ana")
    w1 = await next_one(stage)
    await until(stage, w1, "runs.get", Fate.SLOW)
    w1.stalled_until = stage.now + HOUR
    while only_row(stage).state is not S.ACCEPTED:
        await go_on(stage)  # W2: the claim ends, it looks the email up, believes a 404, and sends
    assert stage.now - w1.stalled_until < timedelta(0)

    await to_the_end(stage, w1)

    assert accepted_count(stage) == 1


async def test_m2_a_takeover_asks_and_does_not_send(staging: Staging) -> None:
    stage = staging(same_id="twice", lookup_lag=4 * MINUTE)
    await expanded(stage, "ana")
    w1 = await next_one(stage)
    await posting(stage, w1)
    stage.crash(w1, back=NUMBERS.lease + SECOND)  # its POST continues, and is accepted

    await to_the_end(stage, await next_one(stage))

    assert (only_row(stage).state, len(stage.service.posts)) == (S.CLAIMED, 1)
    await settle(stage)
    assert (only_row(stage).state, accepted_count(stage)) == (S.ACCEPTED, 1)


@pytest.mark.parametrize("clock_errors", [(-5, 5), (5, -5)])
async def test_m3_a_404_is_not_believed_while_the_email_may_still_become_known(
    staging: Staging, clock_errors: tuple[float, float]
) -> None:
    stage = staging(same_id="twice", lookup_lag=NUMBERS.lookup_lag)
    await expanded(stage, "ana")
    w1 = await next_one(stage, late=5 * SECOND, clock_error=clock_errors[0])
    await posting(stage, w1)
    lived = NUMBERS.post_timeout + NUMBERS.lingering  # and is accepted at the last moment
    stage.crash(w1, back=lived + NUMBERS.lookup_lag - SECOND)

    await to_the_end(stage, await next_one(stage, clock_error=clock_errors[1]))

    assert accepted_count(stage) == 1
    assert only_row(stage).state is S.CLAIMED
    await settle(stage)
    assert (only_row(stage).state, accepted_count(stage)) == (S.ACCEPTED, 1)


async def test_l6_a_run_that_was_paused_before_the_claim_sends_nothing_after_it(staging: Staging) -> None:
    stage = staging()
    run = await expanded(stage, "ana")
    w1 = await next_one(stage)
    await until(stage, w1, "deliveries.replace")  # it has read "sending"
    await operated(stage, "pause", run)
    await forward(stage, 2 * NUMBERS.budget)

    await to_the_end(stage, w1)

    assert stage.service.posts == []
    assert (only_row(stage).state, only_row(stage).in_doubt) == (S.PENDING, False)


async def test_l8_many_429s_end_in_no_poison_and_burn_no_attempt(staging: Staging) -> None:
    stage = staging()
    await expanded(stage, "ana")
    while len(stage.service.posts) < 6:
        work = await next_one(stage)
        if only_row(stage).due_at > stage.now:
            await to_the_end(stage, work)
            continue
        await until(stage, work, "pacing.lately", Fate.DONE)
        if work.waiting[0].name == "deliveries.replace":
            await stage.service.finish(await posting(stage, work), Throttled(None))
        await to_the_end(stage, work)
        assert all(one.dequeued == 0 for one in stage.queue.messages)

    await settle(stage)

    assert (only_row(stage).state, only_row(stage).attempts) == (S.ACCEPTED, 1)


# What the service forgets, and what an operator ends


async def test_m6_nothing_is_sent_once_the_service_may_have_forgotten(staging: Staging) -> None:
    stage = staging(same_id="twice")
    await expanded(stage, "ana")
    w1 = await next_one(stage)
    await stage.service.lose(await posting(stage, w1))
    stage.crash(w1)
    await forward(stage, 25 * HOUR)

    await settle(stage)

    assert (only_row(stage).state, accepted_count(stage)) == (S.UNSURE, 1)


async def test_m6_nor_by_a_delivery_that_waited_in_doubt_for_so_long(staging: Staging) -> None:
    stage = staging(same_id="twice")
    await expanded(stage, "ana")
    w1 = await next_one(stage)
    request = await posting(stage, w1)
    await stage.service.finish(request, UnknownOutcome("500"))
    await to_the_end(stage, w1)
    while only_row(stage).state is not S.PENDING:
        await go_on(stage)
    await forward(stage, 21 * HOUR)

    await settle(stage)

    assert (only_row(stage).state, len(stage.service.posts)) == (S.UNSURE, 1)


async def test_m8_a_cancelled_delivery_in_doubt_is_unsure(staging: Staging) -> None:
    stage = staging(lookup_lag=None)
    run = await expanded(stage, "ana")
    w1 = await next_one(stage)
    request = await posting(stage, w1)
    stage.crash(w1)
    await operated(stage, "cancel", run)
    await stage.service.process(request)

    await settle(stage)

    assert (only_row(stage).state, accepted_count(stage)) == (S.UNSURE, 1)


async def test_m8_a_delivery_that_waits_in_doubt_is_unsure_when_its_run_is_cancelled(staging: Staging) -> None:
    stage = staging(lookup_lag=None)
    run = await expanded(stage, "ana")
    w1 = await next_one(stage)
    await stage.service.lose(await posting(stage, w1))
    await to_the_end(stage, w1)
    while only_row(stage).state is not S.PENDING:
        await go_on(stage)

    await operated(stage, "cancel", run)

    assert only_row(stage).state is S.UNSURE


async def test_m1_a_claim_that_nobody_remembers_is_asked_about_in_any_run(staging: Staging) -> None:
    stage = staging()
    run = await expanded(stage, "ana")
    w1 = await next_one(stage)
    await stage.service.lose(await posting(stage, w1))
    stage.crash(w1)
    await operated(stage, "pause", run)
    stage.queue.messages.clear()
    await forward(stage, 10 * MINUTE)

    await watched(stage)
    await to_the_end(stage, await next_one(stage))

    assert only_row(stage).state is S.ACCEPTED


async def test_m11_whoever_read_paused_writes_nothing_and_resuming_finds_the_row(staging: Staging) -> None:
    stage = staging()
    run = await expanded(stage, "ana")
    await operated(stage, "pause", run)
    w1 = await next_one(stage)
    await until(stage, w1, "runs.get", Fate.SLOW)  # paused, it has read
    await operated(stage, "resume", run)
    await to_the_end(stage, w1)

    await to_the_end(stage, await next_one(stage))

    assert only_row(stage).state is S.ACCEPTED


# Expanding


async def test_e1_a_second_hand_over_writes_over_no_row_that_was_sent(staging: Staging) -> None:
    stage = staging(NO_QUOTA, same_id="twice")
    run = stage.add_run("ana")
    w1 = await next_one(stage)
    await until(stage, w1, "deliveries.insert")
    await to_the_end(stage, await stage.hand_over(Message(stage.now, run.run_id), kept=True))
    await to_the_end(stage, await next_one(stage))
    assert only_row(stage).state is S.ACCEPTED

    await to_the_end(stage, w1)

    assert only_row(stage).state is S.ACCEPTED
    await settle(stage)
    assert accepted_count(stage) == 1


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of one recipient, so that expanding three stays half done for a while."""
    monkeypatch.setattr(expand, "MOST_PER_INSERT", 1)
    monkeypatch.setattr(expand, "_SIDE_BY_SIDE", 1)


@pytest.mark.usefixtures("one_by_one")
async def test_e2_the_cursor_never_passes_a_row_that_is_not_written(staging: Staging) -> None:
    stage = staging(NO_QUOTA)
    run = stage.add_run("ana", "ben", "cleo")
    w1 = await next_one(stage)
    for _ in range(2):
        await until(stage, w1, "deliveries.insert")
        assert now_is(stage, run).cursor == len(stage.rows(run))
        await stage.let_be(w1.waiting[0])
    stage.crash(w1)

    await settle(stage)

    assert states(stage) == [S.ACCEPTED] * 3


@pytest.mark.usefixtures("one_by_one")
async def test_e3_somebody_who_registers_while_it_expands_moves_nobody_out_of_the_list(staging: Staging) -> None:
    stage = staging(NO_QUOTA)
    run = stage.add_run("ana", "ben", "cleo")
    w1 = await next_one(stage)
    await until(stage, w1, "deliveries.insert", Fate.DONE)
    stage.functions.registered.add(stage.rows(run)[0].key)
    stage.crash(w1)

    await settle(stage)

    assert states(stage) == [S.ACCEPTED, S.ACCEPTED, S.SKIPPED]


@pytest.mark.usefixtures("one_by_one")
async def test_e4_a_slow_twin_adds_no_row_after_the_run_has_finished(staging: Staging) -> None:
    stage = staging(NO_QUOTA)
    run = stage.add_run("ana", "ben", "cleo")
    w1 = await next_one(stage, kept=True)
    await until(stage, w1, "deliveries.insert")
    w1.stalled_until = stage.now + 24 * HOUR
    while now_is(stage, run).state is not RunState.FINISHED:
        await go_on(stage)

    await to_the_end(stage, w1)

    assert states(stage) == [S.ACCEPTED] * 3
    assert now_is(stage, run).state is RunState.FINISHED


async def test_e5_a_row_is_nudged_at_its_own_slot_whatever_a_twin_has_reserved(staging: Staging) -> None:
    stage = staging(TWO_A_MINUTE)
    run = stage.add_run("ana", "ben")
    w1 = await next_one(stage, kept=True)
    await until(stage, w1, "deliveries.insert")
    await to_the_end(stage, await next_one(stage))

    await to_the_end(stage, w1)

    slots = {row.key: row.due_at for row in stage.rows(run)}
    assert len(set(slots.values())) == 2
    assert {one.due_at - SECOND for one in send_queue(stage)} == set(slots.values())
    assert all(one.key and one.due_at - SECOND == slots[one.key] for one in send_queue(stage))


# Finishing and retrying


async def failed(stage: Stage) -> Any:
    """A run whose only delivery has failed."""
    run = await expanded(stage, "ana")
    w1 = await next_one(stage)
    await stage.service.finish(await posting(stage, w1), Rejected("InvalidAddress"))
    await to_the_end(stage, w1)
    return run


async def test_e7_a_finish_that_counted_before_a_retry_is_not_written(staging: Staging) -> None:
    stage = staging()
    run = await failed(stage)
    watch = await stage.sweep()
    await until(stage, watch, "deliveries.counts", Fate.DONE)  # all final
    await operated(stage, "retry", run)

    await to_the_end(stage, watch)

    assert (now_is(stage, run).state, now_is(stage, run).number_of_pass) == (RunState.EXPANDING, 1)
    await settle(stage)
    assert (only_row(stage).state, only_row(stage).epoch) == (S.ACCEPTED, 1)


async def test_e8_a_retry_says_so_on_the_run_before_any_row_is_pending(staging: Staging) -> None:
    stage = staging()
    run = await failed(stage)
    retry = await stage.operate("retry", run.run_id)
    await until(stage, retry, "send_queue.expand")
    assert only_row(stage).state is S.FAILED
    stage.crash(retry)

    await watched(stage)

    assert now_is(stage, run).state is RunState.EXPANDING
    await settle(stage)
    assert (only_row(stage).state, only_row(stage).epoch) == (S.ACCEPTED, 1)


@pytest.mark.parametrize("saved", [0, 1], ids=["the cursor", "that all is written"])
async def test_e10_a_slow_twin_of_an_earlier_pass_does_not_end_this_one(staging: Staging, saved: int) -> None:
    stage = staging()
    run = stage.add_run("ana")
    slow = await next_one(stage, kept=True)
    await until(stage, slow, "send_queue.deliver", Fate.DONE)
    for _ in range(saved):
        await until(stage, slow, "runs.save", Fate.DONE)
    await until(stage, slow, "runs.save")
    slow.stalled_until = stage.now + HOUR
    await to_the_end(stage, await next_one(stage))
    w1 = await next_one(stage)
    await stage.service.finish(await posting(stage, w1), Rejected("InvalidAddress"))
    await to_the_end(stage, w1)
    await operated(stage, "retry", run)

    await to_the_end(stage, slow)

    assert (now_is(stage, run).expanded, now_is(stage, run).cursor) == (False, 0)
    await settle(stage)
    assert (only_row(stage).state, only_row(stage).epoch) == (S.ACCEPTED, 1)


async def test_e11_a_slow_twin_does_not_open_again_what_failed_a_second_time(staging: Staging) -> None:
    stage = staging()
    run = await failed(stage)
    await operated(stage, "retry", run)
    (message,) = [one for one in stage.queue.messages if one.kind == "expand"]
    slow = await stage.hand_over(message, kept=True)
    await until(stage, slow, "deliveries.insert")
    await to_the_end(stage, await stage.hand_over(message))
    w1 = await next_one(stage)
    await stage.service.finish(await posting(stage, w1), Rejected("InvalidAddress"))
    await to_the_end(stage, w1)
    await watched(stage)
    assert now_is(stage, run).state is RunState.FINISHED_WITH_FAILURES

    await to_the_end(stage, slow)

    assert (only_row(stage).state, only_row(stage).epoch) == (S.FAILED, 1)


# Pacing: S4 is checked at every step


async def test_p1_after_an_outage_not_all_messages_that_fire_at_once_are_sent(staging: Staging) -> None:
    stage = staging(TWO_A_MINUTE)
    await expanded(stage, *(f"user{number}" for number in range(12)))
    await forward(stage, HOUR)

    await settle(stage)

    assert states(stage) == [S.ACCEPTED] * 12
    assert stage.broken == []


async def test_p2_two_senders_share_the_subscriptions_quota(staging: Staging) -> None:
    stage = staging(TWO_A_MINUTE)
    await expanded(stage, "ana", "ben", "cleo")
    other = stage.add_run("dora", "eve", "finn", run_id=RunId("0019a1b2c3d4e6"), sender_address="other@msp.example")
    await settle(stage)

    times = sorted(at for at, _ in stage.service.posts)
    assert len({mail.sender for _, mail in stage.service.posts}) == 2
    assert (len(times), len(stage.rows(other))) == (6, 3)
    assert all(later - earlier >= TWO_A_MINUTE.spacing for earlier, later in pairwise(times))


@pytest.mark.parametrize("answer", [ConnectFailed(), Throttled(SECOND)], ids=["not reached", "throttled"])
async def test_p3_each_repeat_has_a_slot_of_its_own(staging: Staging, answer: MailAnswer) -> None:
    stage = staging(TWO_A_MINUTE)
    await expanded(stage, "ana")
    while len(stage.service.posts) < 4:
        await go_on(stage)
        for request in list(stage.service.under_way):
            await stage.service.finish(request, answer)

    times = [at for at, _ in stage.service.posts]
    assert all(later - earlier >= TWO_A_MINUTE.spacing for earlier, later in pairwise(times))


async def test_p4_a_late_message_and_early_ones_after_it_are_within_the_quota(staging: Staging) -> None:
    stage = staging(TWO_A_MINUTE)
    run = await expanded(stage, "ana", "ben", "cleo", "dora")
    first, *others = sorted(stage.rows(run), key=lambda row: row.due_at)
    stage.queue.messages.clear()

    def at_its(row: Delivery, late: float) -> Message:
        return Message(row.due_at + late * SECOND, row.run_id, row.key)

    stage.queue.messages += [at_its(first, 64), *(at_its(row, -5) for row in others)]
    for row in (first, *others):  # W1's clock is slow, W2's is fast
        work = await next_one(stage, clock_error=-5 if row == first else 5)
        await to_the_end(stage, work)
        stage.queue.messages = [one for one in stage.queue.messages if one.key != row.key]

    assert states(stage) == [S.ACCEPTED] * 4
    assert stage.broken == []
