"""Whatever the mail service does and however a run is stopped: one email at most per recipient, within the quota."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sspr_core.model.delivery import DeliveryState
from sspr_core.model.run import RunState
from tests.e2e.open_run_env import opened
from tests.e2e.promises import assert_each_accepted_once
from tests.e2e.queues import delete_messages
from tests.e2e.quick_sending import NUMBERS
from tests.e2e.run_env import FULL_ONLY, LIMIT, size

pytestmark = LIMIT

IN_FLIGHT = timedelta(seconds=NUMBERS["budget"] + NUMBERS["post_timeout"])  # B + T


@pytest.mark.parametrize("same_id", ["reject", pytest.param("twice", marks=FULL_ONLY)])
async def test_a_mail_service_that_fails_before_and_after_drops_and_does_not_know(
    tmp_path: Path, stocked: Path, same_id: str
) -> None:
    async with opened(tmp_path, stocked) as office:
        office.mail(
            same_id=same_id,
            fail_after_accepting=0.1,
            fail_before=0.1,
            drop_after_accepting=0.05,
            drop_before=0.05,
            lookup_lag=0.8,
        )
        office.start_host()
        run = office.begin(size(50, 500))

        await office.until_ended(run, 300)

        await assert_each_accepted_once(office, run)
        assert {status for _, status in office.posts()} >= {0, 202, 500}


LONG = 20  # seconds: sleeping this long inside a function would show


async def test_refused_for_a_while_with_and_without_saying_how_long(tmp_path: Path, stocked: Path) -> None:
    async with opened(tmp_path, stocked) as office:
        waits: list[int | None] = [3, None, 1, None] * size(1, 4)
        office.start_host()
        run = office.begin(size(80, 500))
        for number, wait in enumerate([*waits, LONG], start=1):
            await office.until_sent(run, number * 5)
            office.mail(throttle={"count": 1, "retry_after": wait})
            await office.until(lambda: not office.cloud.ask("GET", "mail")["throttle"]["count"], "the refusal is met")

        await office.until(lambda: not office.functions("send_email")[0]["running"], "nobody sleeps inside a function")
        assert (await office.storage.pacing.read()).hold_until > datetime.now(UTC)
        held_at = max(at for at, status in office.posts() if status == 429)
        await office.until_ended(run, 300)

        await assert_each_accepted_once(office, run)
        assert [status for _, status in office.posts()].count(429) == len(waits) + 1
        held = (held_at + IN_FLIGHT, held_at + timedelta(seconds=LONG))
        assert [at for at, _ in office.posts() if held[0] < at < held[1]] == []
        assert {row.attempts for row in await office.rows(run)} == {1}  # no attempt was wasted


async def test_answers_that_come_too_late(tmp_path: Path, stocked: Path) -> None:
    # Not faster than a host can wait for so many: otherwise new slots, and messages for them, pile up before it.
    async with opened(tmp_path, stocked, quota=(size(400, 30), size(1500, 170))) as office:
        office.mail(accept_after=0.5, answer_after=NUMBERS["post_timeout"] + 2)
        office.start_host()
        run = office.begin(size(20, 500))

        await office.until_ended(run, 900)

        await assert_each_accepted_once(office, run)


@FULL_ONLY
async def test_a_mail_service_that_forgot_while_the_app_was_away(tmp_path: Path, stocked: Path) -> None:
    count = 10  # all accepted before the first lookup
    async with opened(tmp_path, stocked, memory_safe=12, remembered=20) as office:
        office.mail(drop_after_accepting=1, forget_after=20)
        host = office.start_host()
        run = office.begin(count)
        await office.until(lambda: len(office.accepted()) == count, "the service has them all")
        host.kill()
        await asyncio.sleep(21)
        office.mail(drop_after_accepting=0)
        await delete_messages(office.storage)  # receipts would give the answer

        office.start_host()
        await office.until_ended(run)

        assert {len(times) for times in office.accepted().values()} == {1}
        assert {row.state for row in await office.rows(run)} == {DeliveryState.UNSURE}


async def test_paused_and_resumed_within_a_tenth_of_a_second_many_times(tmp_path: Path, stocked: Path) -> None:
    async with opened(tmp_path, stocked, quota=(60, 340)) as office:
        office.mail(answer_after=0.1)
        for _ in range(2):
            office.start_host()
        count, times, done = size(60, 500), size(12, 200), 0
        run = office.begin(count)
        await office.until_sent(run, 5)
        while done < times and len(await office.open_rows(run)) > count / 2:
            for what in ("pause", "resume"):
                office.tell(run, what)
                await asyncio.sleep(0.05)
            done += 1
        assert done  # few on a busy machine: emails are sent meanwhile
        office.tell(run, "pause")
        paused_at = datetime.now(UTC)
        await asyncio.sleep(2 * IN_FLIGHT.total_seconds())
        accepted = [at for times in office.accepted().values() for at in times]
        assert [at for at in accepted if at > paused_at + IN_FLIGHT] == []
        assert await office.open_rows(run)
        office.tell(run, "resume")

        await office.until_ended(run)

        await assert_each_accepted_once(office, run)


async def test_cancelled_with_rows_in_doubt(tmp_path: Path, stocked: Path) -> None:
    count = size(80, 500)
    async with opened(tmp_path, stocked) as office:
        office.mail(drop_after_accepting=0.3, drop_before=0.2, accept_after=0.2, lookup_lag=0.9)
        office.start_host()
        run = office.begin(count)
        await office.until_sent(run, count // 3)

        office.tell(run, "cancel")
        cancelled_at = datetime.now(UTC)
        assert [row for row in await office.open_rows(run) if row.in_doubt]
        await office.until_ended(run)
        await asyncio.sleep(2)  # for receipts

        assert (await office.run(run)).state is RunState.CANCELLED
        accepted = office.accepted()
        assert [at for times in accepted.values() for at in times if at > cancelled_at + IN_FLIGHT] == []
        assert {len(times) for times in accepted.values()} == {1}
        for row in await office.rows(run):
            if row.operation_id in accepted:
                assert row.state not in (DeliveryState.CANCELLED, DeliveryState.UNSURE), row
            else:
                assert row.state in (DeliveryState.CANCELLED, DeliveryState.UNSURE), row
                assert row.state is DeliveryState.CANCELLED or row.in_doubt, row


async def test_two_runs_three_hosts_and_one_quota(tmp_path: Path, stocked: Path) -> None:
    async with opened(tmp_path, stocked, quota=(90, 400), clock_error=0.5, settle=8) as office:
        for skew in (0, 0.5, -0.5):
            office.start_host(skew=skew)
        runs = [office.begin(size(40, 300), tenant=tenant) for tenant in range(2)]

        for run in runs:
            await office.until_ended(run, 300)

        await assert_each_accepted_once(office, *runs)
        assert all(one["runs"] for one in office.functions("send_email"))
