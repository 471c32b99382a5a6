"""Processing one delivery: the cases that the traces and the property test leave out."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from sspr_core.model.delivery import Delivery, DeliveryKey, DeliveryState
from sspr_core.model.errors import Conflict, NotFound
from sspr_core.model.ids import EVERY_TENANT
from sspr_core.model.mail import LookupAnswer, Mail, MailAnswer, SenderRefused
from sspr_core.model.run import Run, RunId, RunState
from sspr_core.runs.deliver import Sender, deliver
from sspr_core.runs.lifecycle import resume
from tests.fakes.mailing import MemoryDeliveries, MemoryMailer, MemoryRuns, SetClock
from tests.runs.accepted_run import RunAtNoon, run_at_noon
from tests.runs.delivery_builders import HOUR, NOON, NUMBERS, RUN, a_delivery, claimed, in_doubt

ROW = a_delivery()


async def compose(run: Run, row: Delivery) -> Mail:
    return Mail(operation_id=row.operation_id, sender="it", to=row.address, to_name="", subject="", text="", html="")


async def wanted(run: Run, row: Delivery) -> str | None:
    return None


def by(found: RunAtNoon) -> Sender:
    return Sender(
        post=found.post,
        look_again=wanted,
        compose=compose,
        clock=found.clock,
        monotonic=lambda: 0.0,
    )


async def with_row(row: Delivery) -> RunAtNoon:
    found = await run_at_noon(1)
    found.put([row])
    found.now_is(state=RunState.SENDING, expanded=True, scheduled=True)
    return found


async def test_a_delivery_that_nobody_knows_is_none_of_ours():
    found = await with_row(ROW)

    assert not await deliver(RUN, DeliveryKey("0" * 15), by(found))


@pytest.mark.parametrize("row", [ROW, claimed()])
async def test_a_delivery_without_its_run_is_left_alone(row, caplog):
    found = await with_row(row)
    del found.runs.rows[RUN]
    before = found.rows

    await deliver(RUN, row.key, by(found))

    assert found.rows == before
    assert "without its run" in caplog.text


@pytest.mark.parametrize("row", [ROW, in_doubt(), claimed()])
async def test_where_sending_is_off_a_message_ends_well_and_its_row_waits(row):
    """If it failed, the message would return until it is poison."""
    found = await with_row(row)
    before, service = (found.run, found.rows), found.post.mailer
    assert isinstance(service, MemoryMailer)

    await deliver(RUN, row.key, replace(by(found), post=replace(found.post, mailer=None)))

    assert (found.run, found.rows) == before
    assert (found.nudged(), service.posts, service.questions) == ({}, [], [])


async def test_a_slot_that_went_by_is_counted_as_wasted():
    found = await with_row(a_delivery(due_at=NOON - HOUR))

    await deliver(RUN, ROW.key, by(found))

    assert [row.due_at for row in found.rows] == [NOON + NUMBERS.clock_error]
    assert found.pacing.row.wasted_count == 1


class Retried(MemoryDeliveries):
    """While the answer is in transit, another worker has recorded a failure, and an operator has retried the
    delivery.
    """

    async def replace(self, row: Delivery) -> Delivery:
        if row.state is DeliveryState.FAILED and row.epoch == 0:
            again = claimed(epoch=1, claim="of the second try", etag="later")
            self.rows[RUN][row.key] = again
            raise Conflict(row.key)
        return await super().replace(row)


async def test_that_an_earlier_try_failed_says_nothing_of_the_one_that_goes_on():
    found = await with_row(claimed())
    assert isinstance(found.post.mailer, MemoryMailer)
    found.post.mailer._known[ROW.operation_id] = (NOON, await compose(found.run, ROW))
    found.post.mailer.given_up[ROW.operation_id] = "EmailDropped"
    found.deliveries = Retried(rows=found.deliveries.rows)
    found.post = replace(found.post, deliveries=found.deliveries)

    await deliver(RUN, ROW.key, by(found))

    assert [(row.state, row.claim, row.epoch) for row in found.rows] == [
        (DeliveryState.CLAIMED, "of the second try", 1)
    ]


@dataclass
class SeenBefore(MemoryRuns):
    """Reads that accept a cached run see the earlier state."""

    before: dict[str, Any] = field(default_factory=dict)

    async def lately(self, run: RunId, *, within: timedelta) -> Run:
        return replace(await self.get(run), **self.before)


async def with_run_before(row: Delivery, *, before: dict[str, Any], **now: Any) -> RunAtNoon:
    found = await with_row(row)
    found.now_is(**now)
    found.post = replace(found.post, runs=SeenBefore(rows=found.runs.rows, before=before))
    return found


def sent(found: RunAtNoon) -> int:
    assert isinstance(found.post.mailer, MemoryMailer)
    return len(found.post.mailer.mailbox)


@pytest.mark.parametrize("row", [ROW, in_doubt()])
async def test_a_sender_that_the_service_does_not_know_pauses_its_run_and_loses_nothing(row):
    found = await with_row(row)
    assert isinstance(found.post.mailer, MemoryMailer)
    found.post.mailer.next_posts.append("sender refused")

    await deliver(RUN, row.key, by(found))

    [there] = found.rows
    assert (found.run.state, found.run.problem) == (
        RunState.PAUSED,
        "The mail service does not take emails from it@msp.example (400 InvalidSenderUserName).",
    )
    assert (there.state, there.doubt_since, there.attempts) == (DeliveryState.PENDING, row.doubt_since, row.attempts)
    assert found.pacing.row.hold_until is None


async def test_a_run_that_was_paused_for_its_sender_sends_its_emails_when_it_is_resumed():
    found = await with_row(ROW)
    assert isinstance(found.post.mailer, MemoryMailer)
    found.post.mailer.next_posts.append("sender refused")
    await deliver(RUN, ROW.key, by(found))
    await deliver(RUN, ROW.key, by(found))  # the following message
    assert len(found.post.mailer.posts) == 1

    await resume(RUN, EVERY_TENANT, found.post, now=NOON)
    [slotted] = found.rows
    found.clock.now = slotted.due_at
    await deliver(RUN, ROW.key, by(found))

    assert slotted.due_at >= NOON  # the slot of the refused POST is used up and not used again
    assert (sent(found), found.rows[0].state, found.run.problem) == (1, DeliveryState.ACCEPTED, None)


async def test_a_refused_run_that_was_cancelled_meanwhile_stays_cancelled():
    found = await with_row(ROW)

    class CancelsFirst(MemoryMailer):
        async def send(self, mail: Mail, *, timeout: timedelta) -> MailAnswer:  # noqa: ASYNC109 - the port's
            found.now_is(state=RunState.CANCELLED)
            return SenderRefused("400 InvalidSenderUserName")

    found.post = replace(found.post, mailer=CancelsFirst(found.clock))

    await deliver(RUN, ROW.key, by(found))

    assert (found.run.state, found.run.problem) == (RunState.CANCELLED, None)
    assert [row.state for row in found.rows] == [DeliveryState.PENDING]


async def test_where_the_service_takes_nothing_from_the_app_everybody_waits_and_no_run_is_paused():
    found = await with_row(ROW)
    assert isinstance(found.post.mailer, MemoryMailer)
    found.post.mailer.next_posts.append("not let in")

    await deliver(RUN, ROW.key, by(found))

    assert (found.run.state, found.run.problem) == (RunState.SENDING, "401 Denied")
    assert found.pacing.row.hold_until == NOON + timedelta(minutes=5)


@pytest.mark.parametrize("now", [RunState.PAUSED, RunState.CANCELLED])
async def test_a_run_that_still_sent_a_moment_ago_is_looked_at_again_after_the_claim(now):
    found = await with_run_before(ROW, before={"state": RunState.SENDING}, state=now)

    await deliver(RUN, ROW.key, by(found))

    assert sent(found) == 0
    assert [(row.state, row.due_at, row.doubt_since) for row in found.rows] == [
        (DeliveryState.PENDING, ROW.due_at, None)
    ]


async def test_that_a_run_is_paused_is_not_believed_when_it_was_a_moment_ago():
    """Its message would be dropped, and the row found only minutes later."""
    found = await with_run_before(ROW, before={"state": RunState.PAUSED}, state=RunState.SENDING)

    await deliver(RUN, ROW.key, by(found))

    assert sent(found) == 1


async def test_that_a_run_is_cancelled_is_not_believed_when_it_was_a_moment_ago():
    found = await with_run_before(ROW, before={"state": RunState.CANCELLED}, state=RunState.SENDING)

    await deliver(RUN, ROW.key, by(found))

    assert sent(found) == 1


async def test_what_is_left_out_counts_to_the_pass_of_now():
    """Otherwise, a retry of rows that failed before this pass would start the pass again."""
    doubtful = in_doubt()
    found = await with_run_before(doubtful, before={"number_of_pass": 1}, number_of_pass=2)

    async def gone(run: Run, row: Delivery) -> str | None:
        return "the user is gone"

    await deliver(RUN, doubtful.key, replace(by(found), look_again=gone))

    assert [(row.state, row.failed_in) for row in found.rows] == [(DeliveryState.UNSURE, 2)]


async def test_while_sending_is_held_back_a_delivery_moves_behind_the_hold():
    found = await with_row(ROW)
    found.pacing.row = replace(found.pacing.row, hold_until=NOON + HOUR)

    await deliver(RUN, ROW.key, by(found))

    assert (sent(found), [row.due_at for row in found.rows]) == (0, [NOON + HOUR])


async def test_an_accepted_email_makes_the_next_wait_short_again():
    found = await with_row(ROW)
    found.pacing.row = replace(found.pacing.row, hold_step=3, hold_until=NOON - HOUR)

    await deliver(RUN, ROW.key, by(found))

    assert (sent(found), found.pacing.row.hold_step) == (1, 0)


@pytest.mark.parametrize("state", [RunState.PAUSED, RunState.FINISHED, RunState.FINISHED_WITH_FAILURES])
async def test_a_pending_row_of_a_run_that_sends_no_more_waits_for_it_to_go_on(state):
    """Only a cancelled run is over: a finished run returns to sending when the row is found."""
    found = await with_run_before(ROW, before={}, state=state)
    before = found.rows

    await deliver(RUN, ROW.key, by(found))

    assert found.rows == before


async def test_a_claim_of_a_finished_run_is_no_cancelled_one():
    asked = claimed(NOON - HOUR)
    found = await with_run_before(asked, before={}, state=RunState.FINISHED)

    await deliver(RUN, ROW.key, by(found))

    assert [row.state for row in found.rows] == [DeliveryState.PENDING]


@dataclass
class Slow(MemoryMailer):
    """A lookup that takes ten seconds; its answer shows the state at the start."""

    async def ask(self, operation_id: str, *, timeout: timedelta) -> LookupAnswer:  # noqa: ASYNC109 - the port's
        answer = await super().ask(operation_id, timeout=timeout)
        assert isinstance(self.clock, SetClock)
        self.clock.forward(timeout)
        return answer


async def test_a_404_is_as_old_as_its_question():
    """If the lookup began before the email could be known, its later 404 proves nothing."""
    found = await with_row(claimed(NOON - NUMBERS.settle + timedelta(seconds=5)))
    found.post = replace(found.post, mailer=Slow(found.clock))

    await deliver(RUN, ROW.key, by(found))

    assert [row.state for row in found.rows] == [DeliveryState.CLAIMED]


async def test_a_report_whose_letter_is_gone_is_left_out_and_not_sent():
    found = await with_row(replace(ROW, to_user=False))

    async def gone(run: Run, _row: Delivery) -> Mail:
        raise NotFound(run.run_id)

    await deliver(RUN, ROW.key, replace(by(found), compose=gone))

    assert [(row.state, row.reason) for row in found.rows] == [
        (DeliveryState.SKIPPED, "the letter of the report is gone")
    ]


async def test_a_reports_recipient_is_not_remembered_as_a_user_who_was_emailed():
    found, user = await with_row(replace(ROW, to_user=False)), await with_row(ROW)

    await deliver(RUN, ROW.key, by(found))
    await deliver(RUN, ROW.key, by(user))

    assert [row.state for row in found.rows] == [DeliveryState.ACCEPTED]
    assert await found.post.contacts.of(ROW.tenant_id, [ROW.user_id]) == {}
    assert (await user.post.contacts.of(ROW.tenant_id, [ROW.user_id])).keys() == {ROW.user_id}
