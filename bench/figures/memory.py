"""One very large tenant: the peak memory of the host's process, for its first and its next snapshot."""

import asyncio
import time

from bench import ours
from bench.figure import Figure
from bench.host import host
from bench.peak import Peak
from bench.size import Size
from bench.stage import PAGE, Stage
from dev.commands import stack
from dev.commands.parts import Parts
from sspr_core.model.ids import EVERY_TENANT, TenantId
from sspr_core.model.queue_messages import SnapshotJob
from sspr_core.ports.services import Services

NAME = "memory"
MOST = 350  # MB
CHANGED = 0.02  # of the users, before the next snapshot
PATIENCE = 1800  # seconds a snapshot: the storage emulator is slow


async def measure(stage: Stage, size: Size) -> Figure:
    """Megabytes, in the local host; the limit is the maximum allowed."""
    users = ["--tenants", "1", "--users", "3", "--big-tenant", str(size.large_tenant)]
    with Parts() as parts:
        cloud = stack.cloud(parts, ["--plain", "--page-size", str(PAGE), *users])
        large = Stage(cloud=cloud, storage=stage.storage)
        tenant = TenantId(large.with_long_report)
        async with ours.open_world(large, [tenant], prefix="") as services:
            with host(stack.app_settings(cloud, stage.storage)) as running:
                await snapshot(services, tenant, running.peak)
                large.change(tenant, round(size.large_tenant * CHANGED))
                await snapshot(services, tenant, running.peak)
                most = running.peak.look()
    return Figure(
        name=NAME,
        title=f"Peak memory of the host's process, one tenant of {size.large_tenant:,} users",
        unit="MB",
        ours=most,
        limit=MOST,
        goal_limit=1,
        remark=size.remark(f"{size.large_tenant:,} users"),
    )


async def snapshot(services: Services, tenant: TenantId, peak: Peak) -> None:
    """Runs it through the queue. Raises when the tenant ends with a problem, or does not end."""
    job = SnapshotJob.first(tenant, now=ours.now())
    await services.jobs.send([job])
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        peak.look()
        status = (await services.tenants.get(EVERY_TENANT, tenant)).status
        if status.problem:
            raise RuntimeError(f"the large tenant was not read: {status.problem}")
        if status.last_started_at and status.last_started_at >= job.queued_at:
            return
        await asyncio.sleep(0.5)
    raise RuntimeError("the large tenant took too long")
