"""Monday morning: every tenant's report is due at once."""

import asyncio
import random
import time
from datetime import timedelta
from uuid import UUID

from bench import mailing, ours, portfolio
from bench.figure import Figure
from bench.host import Host, host
from bench.size import Size
from bench.stage import Stage
from dev.commands import stack
from sspr_core.model.ids import EVERY_TENANT, TenantId, UserId
from sspr_core.model.report_plan import WEEKDAYS, ReportPlan
from sspr_core.model.run import PinnedRecipient
from sspr_core.ports.services import Services

NAME = "reports"
USERS = 100  # a tenant; all are to register
NEXT_LOOK = 15 * 60  # seconds: reports due must be prepared before the next sweep
FULL_HOUSE = 1_000  # reports
PATIENCE = 3600  # seconds


async def measure(stage: Stage, size: Size) -> Figure:
    """Milliseconds per report, from the timer to the last accepted run; the limit allows 1,000 in the time."""
    count = size.reports
    settings = stack.app_settings(stage.cloud, stage.storage) | {
        "SSPR_MAIL_CONNECTION_STRING": stage.cloud["mail_connection_string"],
        "SSPR_MAIL_SENDER": stage.cloud["mail_sender"],
    }
    async with mailing.open_post_office(stage, "") as services:
        await planned(services, count)
        with host(settings) as running:
            taken = await prepared(services, running, count)
            peak = running.peak.look()
    remark = f"{peak:,.0f} MB at most; {USERS} users each, names in the mail and a CSV beside it"
    return Figure(
        name=NAME,
        title=f"Preparing the reports of {count:,} tenants",
        unit="ms a report",
        ours=taken * 1000 / count,
        limit=NEXT_LOOK * 1000 / FULL_HOUSE,
        goal_limit=1,
        remark="\n".join(filter(None, [remark, size.remark(f"{count:,} tenants")])),
    )


async def planned(services: Services, count: int) -> None:
    """So many tenants with users and a hundred days of history, each with a report that is due now."""
    now, dice = ours.now(), random.Random(5)
    await portfolio.store(services, count, now=now)
    plan = ReportPlan(
        scheduled=True,
        weekday=WEEKDAYS[now.weekday()],
        hour=now.hour,
        recipients=("it@customer.example",),
        names=True,
        attachments=("csv",),
    )
    for known in await services.tenants.known(EVERY_TENANT):
        tenant = known.tenant_id
        await mailing.stored(services, tenant, [a_person(dice, tenant, number) for number in range(USERS)])
        await services.own.save_report_plan(tenant, plan, begins_at=now - timedelta(days=1), by="olga", at=now)


def a_person(dice: random.Random, tenant: TenantId, number: int) -> PinnedRecipient:
    return PinnedRecipient(
        tenant_id=tenant,
        user_id=UserId(str(UUID(int=dice.getrandbits(128), version=4))),
        address=f"person{number}@customer.example",
        display_name=f"Ana Person{number}",
        language=mailing.LANGUAGE,
    )


async def prepared(services: Services, running: Host, count: int) -> float:
    """Seconds until every report is archived. Raises when that takes too long."""
    begun = time.monotonic()
    running.fire("schedule_reports")
    while time.monotonic() - begun < PATIENCE:
        states = await services.reports.states(EVERY_TENANT)
        if sum(state.due_at is not None for state in states) == count:
            return time.monotonic() - begun
        if troubles := [state.trouble for state in states if state.trouble]:
            raise RuntimeError(f"a report was not prepared: {troubles[0]}")
        running.peak.look()
        await asyncio.sleep(0.5)
    raise RuntimeError("the reports took too long")
