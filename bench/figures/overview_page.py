"""The overview as a page, over 2,000 tenants."""

from functools import partial

from bench import ours, portfolio
from bench.figure import Figure
from bench.rounds import in_turn, seconds
from bench.size import Size
from bench.stage import Stage
from bench.visitor import transferred, visitor

NAME = "overview_page"
TENANTS = 2_000


async def measure(stage: Stage, size: Size) -> Figure:
    """Milliseconds per answer; the limit is the API's own answer with the same figures."""
    async with ours.open_world(stage, prefix="overviewpage") as services:
        await portfolio.store(services, TENANTS, now=ours.now())
        async with visitor(services) as client:
            await transferred(client, "/p")  # templates are compiled
            found = await in_turn(
                4 * size.rounds,
                {
                    "ours": partial(seconds, partial(transferred, client, "/p")),
                    "limit": partial(seconds, partial(transferred, client, "/api/v1/overview")),
                },
            )
    return Figure(
        name=NAME,
        title=f"Overview page over {TENANTS:,} tenants, against the API's overview",
        unit="ms",
        ours=found["ours"] * 1000,
        limit=found["limit"] * 1000,
        goal_limit=3,
    )
