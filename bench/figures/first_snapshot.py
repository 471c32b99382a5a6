"""The first snapshot of many tenants: everything is read and written."""

from functools import partial
from uuid import uuid4

from azure.data.tables.aio import TableServiceClient

from bench import ours
from bench.figure import Figure
from bench.peers import script
from bench.rounds import in_turn, seconds
from bench.size import Size
from bench.stage import Stage

NAME = "first_snapshot"


async def measure(stage: Stage, size: Size) -> Figure:
    """Seconds for all tenants; each round has tables of its own."""
    tenants = stage.tenants[: size.tenants]
    contestants = {"ours": partial(our_round, stage), "peer": partial(peer_round, stage)}
    for run in contestants.values():  # warm-up: imports, connections, and the pages that the cloud prepares
        await run(tenants[:1])
    found = await in_turn(
        size.rounds,
        {name: partial(run, tenants) for name, run in contestants.items()},
        seldom={"peer": size.peer_rounds},
    )
    return Figure(
        name=NAME,
        title=f"First snapshot, {size.tenants} tenants × {size.users} users",
        unit="s",
        ours=found["ours"],
        peer=found["peer"],
        goal_peer=10,
        remark=size.remark(f"{size.tenants} tenants; {size.peer_remark}"),
    )


async def our_round(stage: Stage, tenants: list[str]) -> float:
    async with ours.open_world(stage, tenants) as services:
        begun = ours.now()
        taken = await seconds(partial(ours.snapshots, services, tenants))
        await ours.check(services, tenants, since=begun)
        return taken


async def peer_round(stage: Stage, tenants: list[str]) -> float:
    async with TableServiceClient.from_connection_string(stage.storage) as service:
        suffix = uuid4().hex[:12]
        users = await service.create_table(f"Users{suffix}")
        days = await service.create_table(f"Days{suffix}")
        return await seconds(partial(script.snapshots, stage.cloud, tenants, users, days))
