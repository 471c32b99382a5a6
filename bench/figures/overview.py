"""The overview over 2,000 tenants."""

import asyncio
from functools import partial

import msgspec
from azure.data.tables.aio import TableClient

from bench import ours, portfolio
from bench.figure import Figure
from bench.rounds import in_turn, seconds
from bench.size import Size
from bench.stage import Stage
from sspr_core.model.ids import EVERY_TENANT
from sspr_core.ports.services import Services
from sspr_core.status.overview import overview

NAME = "overview"
TENANTS = 2_000


async def measure(stage: Stage, size: Size) -> Figure:
    """Milliseconds per answer; the limit is the same two queries, run together, without processing the rows."""
    async with (
        ours.open_world(stage, prefix=NAME) as services,
        TableClient.from_connection_string(stage.storage, f"{NAME}Tenants") as table,
    ):
        await portfolio.store(services, TENANTS, now=ours.now())
        found = await in_turn(
            4 * size.rounds,
            {"ours": partial(seconds, partial(answer, services)), "limit": partial(seconds, partial(queries, table))},
        )
    return Figure(
        name=NAME,
        title=f"Overview over {TENANTS:,} tenants",
        unit="ms",
        ours=found["ours"] * 1000,
        limit=found["limit"] * 1000,
        goal_limit=2,
    )


async def answer(services: Services) -> bytes:
    known = await services.tenants.known(EVERY_TENANT)
    return msgspec.json.encode(overview(known, services.terms, now=ours.now()))


async def queries(table: TableClient) -> None:
    async def partition(name: str) -> None:
        async for _row in table.query_entities("PartitionKey eq @p", parameters={"p": name}):
            pass

    await asyncio.gather(partition("tenant"), partition("status"))
