"""Whatever fails during a run: every recipient gets one email, nobody is lost, no window has more than the quota."""

import asyncio
import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sspr_core.model.delivery import DeliveryState
from sspr_core.model.run import RunState
from tests.e2e.open_post_office import opened, stock
from tests.e2e.post_office import FULL, QUEUES, size
from tests.e2e.quick_sending import HOUR, NUMBERS

pytestmark = [
    pytest.mark.timeout(900 if FULL else 240),
    pytest.mark.skipif(
        not (FULL or os.environ.get("SSPR_TESTS_RUN_FAULTS")), reason="long; asked for by name, see tests/README.md"
    ),
]

IN_FLIGHT = timedelta(seconds=NUMBERS["budget"] + NUMBERS["post_timeout"])  # B + T


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stock(tmp_path_factory.mktemp("stocked"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


async def test_hosts_killed_at_random_again_and_again(folder: Path, stocked: Path) -> None:
    async with opened(folder, stocked, quota=(220, 900)) as office:
        dice, in_the_middle = random.Random(11), 0
        office.mail(answer_after=0.15)
        host = office.start_host()
        run = office.begin(size(80, 500))
        for _ in range(size(5, 20)):
            await office.until_working()
            await asyncio.sleep(dice.uniform(0, 1))
            host.kill()
            in_the_middle += sum(row.state is DeliveryState.CLAIMED for row in await office.open_rows(run))
            host = office.start_host()

        await office.until_ended(run)

        assert in_the_middle
        await office.assert_each_accepted_once(run)


async def test_every_message_delivered_twice(folder: Path, stocked: Path) -> None:
    async with opened(folder, stocked) as office:
        for _ in range(2):
            office.start_host("twice")
        run = office.begin(size(60, 500))

        await office.until_ended(run)

        await office.assert_each_accepted_once(run)


async def test_all_messages_deleted_in_mid_run(folder: Path, stocked: Path) -> None:
    count = size(60, 500)
    async with opened(folder, stocked, quota=(220, 900)) as office:
        office.start_host()
        run = office.begin(count)
        for part in (0, count // 4, count // 2):
            await office.until_sent(run, part)
            await office.delete_messages()

        await office.until_ended(run)

        await office.assert_each_accepted_once(run)


async def test_every_message_poisoned_once(folder: Path, stocked: Path) -> None:
    count = size(30, 500)
    async with opened(folder, stocked) as office:
        office.start_host("poison")
        run = office.begin(count)

        await office.until_ended(run, 300)

        await office.assert_each_accepted_once(run)
        assert all(row.poisonings for row in await office.rows(run))
        assert (await office.run(run)).poisoned_count > count  # its own message too


@pytest.mark.parametrize("same_id", ["reject", "twice"])
async def test_a_mail_service_that_fails_before_and_after_drops_and_does_not_know(
    folder: Path, stocked: Path, same_id: str
) -> None:
    async with opened(folder, stocked) as office:
        office.mail(
            same_id=same_id,
            fail_after_accepting=0.1,
            fail_before=0.1,
            drop_after_accepting=0.05,
            drop_before=0.05,
            lookup_lag=0.8,
        )
        office.start_host()
        run = office.begin(size(60, 500))

        await office.until_ended(run, 300)

        await office.assert_each_accepted_once(run)
        assert {status for _, status in office.posts()} >= {0, 202, 500}


LONG = 15  # seconds


async def test_refused_for_a_while_with_and_without_saying_how_long(folder: Path, stocked: Path) -> None:
    async with opened(folder, stocked) as office:
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

        await office.assert_each_accepted_once(run)
        assert [status for _, status in office.posts()].count(429) == len(waits) + 1
        held = (held_at + IN_FLIGHT, held_at + timedelta(seconds=LONG))
        assert [at for at, _ in office.posts() if held[0] < at < held[1]] == []
        assert {row.attempts for row in await office.rows(run)} == {1}  # none was burned


async def test_storage_away_in_the_middle(folder: Path, stocked: Path) -> None:
    count = size(80, 500)
    async with opened(folder, stocked, quota=(220, 900)) as office:
        office.mail(answer_after=0.1)
        office.start_host()
        run = office.begin(count)
        await office.until_sent(run, count // 4)

        office.stop_storage()
        await asyncio.sleep(size(8, 30))
        office.start_storage()
        await office.until_ended(run)

        await office.assert_each_accepted_once(run)


async def test_the_app_away_for_an_hour_of_slots(folder: Path, stocked: Path) -> None:
    async with opened(folder, stocked, quota=(100, 400), horizon=HOUR if FULL else 20) as office:
        host = office.start_host()
        run = office.begin(size(100, 500))
        await office.until_sent(run, 5)

        host.kill()
        await asyncio.sleep(size(25, int(HOUR)))
        for _ in range(2):
            office.start_host()
        await office.until_ended(run, 300)

        await office.assert_each_accepted_once(run)


@pytest.mark.parametrize("same_id", ["reject", "dedup"])
async def test_a_worker_frozen_after_its_claim_and_continued(folder: Path, stocked: Path, same_id: str) -> None:
    async with opened(folder, stocked, quota=(220, 900)) as office:
        office.mail(same_id=same_id)
        frozen = office.start_host("linger")
        run = office.begin(size(40, 500))
        for _ in range(size(1, 5)):
            await office.until_sent(run, 5)
            await office.until_claimed(run)
            office.freeze(frozen)
            other = office.start_host()
            await asyncio.sleep(NUMBERS["lease"] + NUMBERS["overdue"])
            office.thaw(frozen)
            other.kill()

        await office.until_ended(run, 300)

        await office.assert_each_accepted_once(run)


async def test_answers_that_come_too_late(folder: Path, stocked: Path) -> None:
    async with opened(folder, stocked) as office:
        office.mail(accept_after=0.5, answer_after=NUMBERS["post_timeout"] + 2)
        office.start_host()
        run = office.begin(size(20, 500))

        await office.until_ended(run, 600)

        await office.assert_each_accepted_once(run)


async def test_paused_and_resumed_within_a_tenth_of_a_second_many_times(folder: Path, stocked: Path) -> None:
    async with opened(folder, stocked, quota=(90, 340)) as office:
        office.mail(answer_after=0.1)
        for _ in range(2):
            office.start_host()
        count, times, done = size(80, 500), size(20, 200), 0
        run = office.begin(count)
        await office.until_sent(run, 5)
        while done < times and len(await office.open_rows(run)) > count / 2:
            for what in ("pause", "resume"):
                office.tell(run, what)
                await asyncio.sleep(0.05)
            done += 1
        assert done >= times / 4
        office.tell(run, "pause")
        paused_at = datetime.now(UTC)
        await asyncio.sleep(2 * IN_FLIGHT.total_seconds())
        accepted = [at for times in office.accepted().values() for at in times]
        assert [at for at in accepted if at > paused_at + IN_FLIGHT] == []
        assert await office.open_rows(run)
        office.tell(run, "resume")

        await office.until_ended(run)

        await office.assert_each_accepted_once(run)


async def test_cancelled_with_rows_in_doubt(folder: Path, stocked: Path) -> None:
    count = size(80, 500)
    async with opened(folder, stocked) as office:
        office.mail(drop_after_accepting=0.3, drop_before=0.2, accept_after=0.2, lookup_lag=0.9)
        office.start_host()
        run = office.begin(count)
        await office.until_sent(run, count // 3)

        office.tell(run, "cancel")
        cancelled_at = datetime.now(UTC)
        assert [row for row in await office.open_rows(run) if row.in_doubt]
        await office.until_ended(run)
        await asyncio.sleep(2)  # receipts

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


async def test_two_runs_three_hosts_and_one_quota(folder: Path, stocked: Path) -> None:
    async with opened(folder, stocked, quota=(90, 400), clock_error=0.5, settle=8) as office:
        for skew in (0, 0.5, -0.5):
            office.start_host(skew=skew)
        runs = [office.begin(size(90, 300), tenant=tenant) for tenant in range(2)]

        for run in runs:
            await office.until_ended(run, 300)

        await office.assert_each_accepted_once(*runs)
        assert all(one["runs"] > 10 for one in office.functions("send_email"))
        accepted = office.accepted()
        times = [sorted(accepted[row.operation_id][0] for row in await office.rows(run)) for run in runs]
        assert times[0][0] < times[1][-1]
        assert times[1][0] < times[0][-1]  # neither waited for the other's end


async def test_answers_of_the_tables_lost(folder: Path, stocked: Path) -> None:
    async with opened(folder, stocked) as office:
        for _ in range(2):
            office.start_host("swallow")
        run = office.begin(size(80, 500))

        await office.until_ended(run)

        await office.assert_each_accepted_once(run)


async def test_a_mail_service_that_forgot_while_the_app_was_away(folder: Path, stocked: Path) -> None:
    count = size(10, 100)
    async with opened(folder, stocked, memory_safe=12, remembered=20) as office:
        office.mail(drop_after_accepting=1, forget_after=20)
        host = office.start_host()
        run = office.begin(count)
        await office.until(lambda: len(office.accepted()) == count, "the service has them all")
        host.kill()
        await asyncio.sleep(21)
        office.mail(drop_after_accepting=0)
        await office.delete_messages()  # receipts would tell

        office.start_host()
        await office.until_ended(run)

        assert {len(times) for times in office.accepted().values()} == {1}
        assert {row.state for row in await office.rows(run)} == {DeliveryState.UNSURE}


GARBAGE = ["", "nonsense", "{}", "[]", "null", '{"run": "x", "key": "y"}', '{"run": 1}', '{"messageId": "1"}']


async def test_garbage_foreign_and_old_messages_on_every_queue(folder: Path, stocked: Path) -> None:
    async with opened(folder, stocked) as office:
        office.mail(receipts_doubled=True, receipts_shuffled=True, receipts_foreign=0.5)
        office.start_host()
        run = office.begin(size(30, 100))
        old = [row.key for row in await office.rows(run)]
        await office.put_in_queues([*GARBAGE, *(f'{{"run": "{run}", "key": "{key}"}}' for key in old[:5])])
        await office.until_ended(run)
        rows = await office.rows(run)

        await office.put_in_queues([f'{{"run": "{run}", "key": "{row.key}"}}' for row in rows])
        await office.put_in_queues(['{"run": "00000000000000", "key": "000000000000000"}', f'{{"run": "{run}"}}'])
        await office.until(office.is_quiet, "every message is done with", 120)

        await office.assert_each_accepted_once(run)
        assert (await office.run(run)).state in (RunState.FINISHED, RunState.FINISHED_WITH_FAILURES)
        shown = office.ask("/api/v1/runs", method="GET")["foreign_messages"]["counts_by_queue"]
        assert {name for name, count in shown.items() if count} == set(QUEUES)
        assert office.log().count("none of ours is dropped") >= len(QUEUES) * len(GARBAGE)
