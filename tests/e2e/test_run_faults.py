"""Whatever fails in the app while a run is sent: one email per recipient, none lost, within the quota."""

import asyncio
import random
from pathlib import Path

import pytest

from sspr_core.model.delivery import DeliveryState
from sspr_core.model.run import RunState
from tests.e2e.open_run_env import opened
from tests.e2e.promises import assert_each_accepted_once
from tests.e2e.queues import QUEUES, count_messages, delete_messages, put_everywhere
from tests.e2e.quick_sending import HOUR, NUMBERS
from tests.e2e.run_env import FULL, FULL_ONLY, LIMIT, size

pytestmark = LIMIT


async def test_hosts_killed_at_random_again_and_again(tmp_path: Path, stocked: Path) -> None:
    async with opened(tmp_path, stocked, quota=(220, 900)) as office:
        dice = random.Random(11)
        office.mail(answer_after=20)  # longer than the check below: the first kill meets a claimed delivery
        host = office.start_host()
        run = office.begin(size(80, 500))
        await office.until_claimed(run)
        host.kill()
        claimed = [row for row in await office.open_rows(run) if row.state is DeliveryState.CLAIMED]
        office.mail(answer_after=0.5)  # some are always in progress
        for _ in range(size(4, 19)):
            host = office.start_host()
            await office.until_working()
            await asyncio.sleep(dice.uniform(0, 1))
            host.kill()
        office.start_host()

        await office.until_ended(run)

        assert claimed
        await assert_each_accepted_once(office, run)


async def test_every_message_delivered_twice(tmp_path: Path, stocked: Path) -> None:
    async with opened(tmp_path, stocked) as office:
        for _ in range(2):
            office.start_host("twice")
        run = office.begin(size(60, 500))

        await office.until_ended(run)

        await assert_each_accepted_once(office, run)


async def test_all_messages_deleted_in_mid_run(tmp_path: Path, stocked: Path) -> None:
    count = size(40, 500)
    async with opened(tmp_path, stocked, quota=(220, 900)) as office:
        office.start_host()
        run = office.begin(count)
        for part in (0, count // 4, count // 2):
            await office.until_sent(run, part)
            await delete_messages(office.storage)

        await office.until_ended(run)

        await assert_each_accepted_once(office, run)


async def test_every_message_poisoned_once(tmp_path: Path, stocked: Path) -> None:
    count = size(30, 500)
    # Not faster than a host can fail ten times at each: otherwise new slots, and messages for them, pile up before it.
    async with opened(tmp_path, stocked, quota=(size(400, 60), size(1500, 360))) as office:
        office.start_host("poison")
        run = office.begin(count)

        await office.until_ended(run, size(300, 1500))

        await assert_each_accepted_once(office, run)
        assert all(row.poisonings for row in await office.rows(run))
        assert (await office.run(run)).poisoned_count > count  # with the run's own message


async def test_storage_away_in_the_middle(tmp_path: Path, stocked: Path) -> None:
    count = size(50, 500)
    async with opened(tmp_path, stocked, quota=(220, 900)) as office:
        office.mail(answer_after=0.1)
        office.start_host()
        run = office.begin(count)
        await office.until_sent(run, count // 4)

        office.stop_storage()
        await asyncio.sleep(size(8, 30))
        office.start_storage()
        await office.until_ended(run)

        await assert_each_accepted_once(office, run)


async def test_the_app_away_for_an_hour_of_slots(tmp_path: Path, stocked: Path) -> None:
    async with opened(tmp_path, stocked, quota=(100, 400), horizon=HOUR if FULL else 20) as office:
        host = office.start_host()
        run = office.begin(size(60, 500))
        await office.until_sent(run, 5)

        host.kill()
        await asyncio.sleep(size(25, int(HOUR)))
        for _ in range(2):
            office.start_host()
        await office.until_ended(run, 300)

        await assert_each_accepted_once(office, run)


@pytest.mark.parametrize("same_id", ["reject", pytest.param("dedup", marks=FULL_ONLY)])
async def test_a_worker_frozen_after_its_claim_and_continued(tmp_path: Path, stocked: Path, same_id: str) -> None:
    async with opened(tmp_path, stocked, quota=(220, 900)) as office:
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

        await assert_each_accepted_once(office, run)


async def test_answers_of_the_tables_lost(tmp_path: Path, stocked: Path) -> None:
    async with opened(tmp_path, stocked) as office:
        for _ in range(2):
            office.start_host("swallow")
        run = office.begin(size(80, 500))

        await office.until_ended(run)

        await assert_each_accepted_once(office, run)


GARBAGE = ["", "nonsense", "{}", "[]", "null", '{"run": "x", "key": "y"}', '{"run": 1}', '{"messageId": "1"}']


async def test_garbage_foreign_and_old_messages_on_every_queue(tmp_path: Path, stocked: Path) -> None:
    async with opened(tmp_path, stocked) as office:
        office.mail(receipts_doubled=True, receipts_shuffled=True, receipts_foreign=0.5)
        office.start_host()
        run = office.begin(size(30, 100))
        old = [row.key for row in await office.rows(run)]
        await put_everywhere(office.storage, [*GARBAGE, *(f'{{"run": "{run}", "key": "{key}"}}' for key in old[:5])])
        await office.until_ended(run)
        rows = await office.rows(run)

        await put_everywhere(office.storage, [f'{{"run": "{run}", "key": "{row.key}"}}' for row in rows])
        await put_everywhere(
            office.storage, ['{"run": "00000000000000", "key": "000000000000000"}', f'{{"run": "{run}"}}']
        )

        async def quiet() -> bool:
            return await count_messages(office.storage) == 0

        await office.until(quiet, "every message is done with", 120)

        await assert_each_accepted_once(office, run)
        assert (await office.run(run)).state in (RunState.FINISHED, RunState.FINISHED_WITH_FAILURES)
        shown = office.ask("/api/v1/runs", method="GET")["foreign_messages"]["counts_by_queue"]
        assert {name for name, count in shown.items() if count} == set(QUEUES)
        assert office.log().count("none of ours is dropped") >= len(QUEUES) * len(GARBAGE)
