"""Whatever fails while a report is prepared and sent: one run, and one email per recipient."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sspr_core.model.ids import EVERY_TENANT, TenantId
from sspr_core.model.report_plan import WEEKDAYS, ReportPlan, SentReport
from sspr_core.model.run import Run
from tests.e2e.open_run_env import opened
from tests.e2e.promises import assert_each_accepted_once
from tests.e2e.run_env import LIMIT, PostOffice, size
from tests.local_stack import ask

pytestmark = LIMIT


async def due_just_now(office: PostOffice, recipient_count: int) -> list[TenantId | None]:
    """Plans for every tenant and for all tenants together, due in this hour."""
    now = datetime.now(UTC)
    whose = [None, *map(TenantId, office.cloud.tenant_ids)]
    for number, tenant in enumerate(whose):
        plan = ReportPlan(
            scheduled=True,
            weekday=WEEKDAYS[now.weekday()],
            hour=now.hour,
            recipients=tuple(f"it{one}.{number}@msp.example" for one in range(recipient_count)),
            names=True,
            attachments=("csv",),
        )
        await office.storage.own.save_report_plan(tenant, plan, begins_at=now - timedelta(days=1), by="olga", at=now)
    return whose


def sweep(office: PostOffice) -> None:
    """Runs the timer."""
    host = office.alive()[-1].says["url"]
    ask(host, "/admin/functions/schedule_reports", method="POST", role=None, content={})


async def reports(office: PostOffice) -> list[Run]:
    runs, _ = await office.storage.runs.recent(before=None, limit=100)
    return [run for run in runs if run.report]


async def all_sent(office: PostOffice, whose: list[TenantId | None]) -> list[Run]:
    """The runs, once every report is settled and every email has ended."""

    async def settled() -> bool:
        states = await office.storage.reports.states(EVERY_TENANT)
        return len([state for state in states if state.due_at]) == len(whose)

    await office.until(settled, "every report is prepared", 90)
    runs = await reports(office)
    for run in runs:
        await office.until_ended(run.run_id)
    return runs


async def archived(office: PostOffice, tenant: TenantId | None) -> list[SentReport]:
    return (await office.storage.reports.sent(EVERY_TENANT, tenant, after=None, limit=10))[0]


async def assert_sent_once(office: PostOffice, whose: list[TenantId | None], runs: list[Run]) -> None:
    """One run each, archived once; one email per recipient, with the same bytes for all of a report."""
    assert len(runs) == len(whose)
    for tenant in whose:
        [sent] = await archived(office, tenant)
        assert sent.run_id in {run.run_id for run in runs}
    await assert_each_accepted_once(office, *(run.run_id for run in runs))
    letters: dict[str, set[str]] = {}
    for one in office.cloud.ask("GET", "mailbox"):
        number = one["recipients"][0].partition(".")[2]
        letters.setdefault(number, set()).add(repr((one["message"]["content"], one["message"]["attachments"])))
    assert [len(bytes_of) for bytes_of in letters.values()] == [1] * len(whose)


async def test_hosts_killed_in_the_middle_of_preparing(tmp_path: Path, stocked: Path) -> None:
    async with opened(tmp_path, stocked) as office:
        dice = random.Random(3)
        whose = await due_just_now(office, 2)
        for _ in range(size(3, 15)):
            host = office.start_host("ponder")
            sweep(office)
            await asyncio.sleep(dice.uniform(0.5, 2.5))
            host.kill()
        office.start_host()
        sweep(office)

        runs = await all_sent(office, whose)

        await assert_sent_once(office, whose, runs)


async def test_every_message_twice_and_a_mail_service_that_drops_what_it_took(tmp_path: Path, stocked: Path) -> None:
    async with opened(tmp_path, stocked) as office:
        office.mail(drop_after_accepting=0.3, fail_before=0.2, drop_before=0.1)
        whose = await due_just_now(office, size(5, 20))
        for _ in range(2):
            office.start_host("twice ponder")
        for _ in range(2):
            sweep(office)

        runs = await all_sent(office, whose)

        await assert_sent_once(office, whose, runs)
