"""The snapshot of the next day: few users changed, most tenants have no change."""

from functools import partial
from itertools import batched, count

from azure.data.tables.aio import TableClient, TableServiceClient

from bench import ours
from bench.bare import Bare, open_bare
from bench.figure import Figure
from bench.peers import script
from bench.rounds import in_turn, seconds
from bench.size import Size
from bench.stage import Stage

NAME = "next_snapshot"
CHANGED = 0.02  # of the users, in every third tenant


async def measure(stage: Stage, size: Size) -> Figure:
    """Seconds for all tenants. The limit is a bare httpx client, as for the pages of the report.

    Users change only before the app's rounds, so that each round finds the same number of changes: the peer writes
    everything anyway, and a download always costs the same.
    """
    tenants = stage.tenants[: size.tenants]
    async with (
        ours.open_world(stage, tenants) as services,
        open_bare(stage) as bare,
        TableServiceClient.from_connection_string(stage.storage) as service,
    ):
        wanted = {tenant: await bare.everything(tenant) for tenant in tenants}
        await ours.snapshots(services, tenants)
        table, coverage = await service.create_table("Users"), await service.create_table("Days")
        for tenant in tenants:
            await fill(table, tenant, await bare.user_ids(tenant))
        await script.snapshots(stage.cloud, tenants[:1], table, coverage)

        days = count(start=1)

        async def our_round() -> float:
            for tenant in tenants[::3]:
                stage.change(tenant, round(size.users * CHANGED))
            await download(bare, wanted)  # the cloud prepares the changed pages
            clock = ours.days_later(next(days))
            begun = clock()
            taken = await seconds(partial(ours.snapshots, services, tenants, clock))
            await ours.check(services, tenants, since=begun)
            return taken

        async def limit_round() -> float:
            await download(bare, wanted)
            return await seconds(partial(download, bare, wanted))

        async def peer_round() -> float:
            await download(bare, wanted)
            return await seconds(partial(script.snapshots, stage.cloud, tenants, table, coverage))

        found = await in_turn(
            size.rounds,
            {"ours": our_round, "limit": limit_round, "peer": peer_round},
            seldom={"peer": size.peer_rounds},
        )
    smaller = size.remark(f"{size.tenants} tenants; {size.peer_remark}")
    return Figure(
        name=NAME,
        title=f"Next snapshot, {CHANGED:.0%} of the users changed in a third of {size.tenants} tenants",
        unit="s",
        ours=found["ours"],
        peer=found["peer"],
        limit=found["limit"],
        goal_peer=60,
        goal_limit=3,
        remark=smaller,
    )


async def download(bare: Bare, wanted: dict[str, list[str]]) -> None:
    await bare.download_all(wanted, at_once=ours.at_once())


async def fill(table: TableClient, tenant: str, user_ids: list[str]) -> None:
    """The peer's rows of a tenant, stored in advance; written fast, since this is not measured."""
    for some in batched(user_ids, 100, strict=False):
        await table.submit_transaction([("upsert", {"PartitionKey": tenant, "RowKey": one}) for one in some])
