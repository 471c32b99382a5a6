"""Growth: the cost of four times as many tenants."""

from functools import partial

from bench import ours
from bench.figure import Figure
from bench.rounds import in_turn, seconds
from bench.size import Size
from bench.stage import Stage
from sspr_core.model.ids import EVERY_TENANT
from sspr_core.ports.services import Services
from sspr_core.snapshot.schedule import due_tenants

NAME = "growth"


async def measure(stage: Stage, size: Size) -> Figure:
    """Seconds for the first snapshots of all tenants, starting with finding the due ones; the limit is a quarter of
    them.
    """
    few, many = size.growing_from, 4 * size.growing_from
    await one_round(stage, stage.tenants[:many])  # the cloud prepares its pages
    found = await in_turn(
        size.rounds,
        {
            "few": partial(one_round, stage, stage.tenants[:few]),
            "many": partial(one_round, stage, stage.tenants[:many]),
        },
    )
    return Figure(
        name=NAME,
        title=f"Growth: first snapshots of {many} tenants against {few}",
        unit="s",
        ours=found["many"],
        limit=found["few"],
        goal_limit=4.4,
        remark=size.remark(f"{few} and {many} tenants"),
    )


async def one_round(stage: Stage, tenants: list[str]) -> float:
    async with ours.open_world(stage, tenants) as services:
        begun = ours.now()
        taken = await seconds(partial(sweep, services))
        await ours.check(services, tenants, since=begun)
        return taken


async def sweep(services: Services) -> None:
    """What the timer and the queue do together: find the due tenants, read each."""
    due = due_tenants(await services.tenants.known(EVERY_TENANT), now=ours.now())
    await ours.snapshots(services, [known.tenant_id for known in due])
