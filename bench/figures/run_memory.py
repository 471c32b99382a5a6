"""Small and large runs: the peak memory of the host's process."""

import asyncio
import json
import time

from bench import mailing
from bench.figure import Figure
from bench.host import host
from bench.size import Size
from bench.stage import Stage
from dev.commands import stack
from sspr_core.model.delivery import DeliveryState
from sspr_core.model.run import Run
from sspr_core.ports.services import Services

NAME = "run_memory"
MOST = 250  # MB
WATCHED_EVERY = 10  # seconds: six times as often as in the app
PATIENCE = 3600  # seconds
PER_MINUTE = 6_000
HORIZON = 60  # seconds: an hour of slots would mean as many messages, and Azurite scans all of them for each one
SENDING = {
    "SSPR_MAIL_PER_MINUTE": str(PER_MINUTE),
    "SSPR_MAIL_PER_HOUR": str(60 * PER_MINUTE),
    "SSPR_MAIL_NUMBERS": json.dumps({"horizon": HORIZON}),
}


async def measure(stage: Stage, size: Size) -> Figure:
    """Megabytes for the largest run, each in a host of its own; the limit is the maximum allowed."""
    settings = stack.app_settings(stage.cloud, stage.storage) | SENDING
    async with mailing.open_post_office(stage, "") as services:
        peaks = [  # the largest leaves emails that use the shared quota, so it comes last
            await peak_of(stage, services, settings, count, emails=emails) for count, emails in size.memory_runs
        ]
    runs = [
        f"{peak:,.0f} MB for a run of {count:,}, {emails:,} emails sent"
        for peak, (count, emails) in zip(peaks, size.memory_runs, strict=True)
    ]
    many, _ = size.memory_runs[-1]
    small = size.remark(f"at most {many:,} recipients")
    return Figure(
        name=NAME,
        title=f"Peak memory of the host's process, a run of {many:,}",
        unit="MB",
        ours=peaks[-1],
        limit=MOST,
        goal_limit=1,
        remark="\n".join(filter(None, [*runs, f"at {PER_MINUTE:,} emails a minute", small])),
    )


async def peak_of(stage: Stage, services: Services, settings: dict[str, str], count: int, *, emails: int) -> float:
    recipients = mailing.people(count)
    await mailing.known(services, recipients)
    run = await mailing.accepted(services, recipients)
    with host(settings) as running:
        await services.post.send_queue.expand(run.run_id)
        until = time.monotonic() + PATIENCE
        while not await under_way(services, run, emails):
            if time.monotonic() > until:
                raise RuntimeError("the run took too long")
            running.fire("watch_runs")
            await asyncio.sleep(WATCHED_EVERY)
            running.peak.look()
            await asyncio.to_thread(stage.mail_service)  # otherwise it would keep all emails
        return running.peak.look()


async def under_way(services: Services, run: Run, emails: int) -> bool:
    """Whether its rows are written, so many emails were sent, and it has been watched since."""
    now = await services.post.runs.get(run.run_id)
    return now.expanded and now.counts.get(DeliveryState.ACCEPTED, 0) >= emails
