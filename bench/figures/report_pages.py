"""Pages of the registration report, 1,000 rows each, read and decoded."""

from functools import partial

from bench.bare import REPORT, open_bare
from bench.figure import Figure
from bench.ours import open_graph
from bench.peers.script import Tenant
from bench.rounds import in_turn, seconds
from bench.size import Size
from bench.stage import PAGE, Stage
from sspr_core.model.ids import TenantId

NAME = "report_pages"


async def measure(stage: Stage, size: Size) -> Figure:
    """Milliseconds per page; all three have tokens and connections beforehand. The limit is bare httpx."""
    tenant, graph = stage.with_long_report, open_graph(stage)
    peer = Tenant(stage.cloud, tenant)
    await peer.report(lambda _row: False)  # the SDK imports its models with the first row
    async with open_bare(stage) as bare, graph.open(TenantId(tenant)) as directory:
        token = await bare.token(tenant)
        addresses = (await bare.pages(token, REPORT))[: size.report_pages]

        async def ours() -> None:
            count = 0
            async for rows in directory.report():
                assert len(rows) == PAGE
                count += 1
                if count == size.report_pages:
                    return

        async def limit() -> None:
            for address in addresses:
                await bare.get(address, token)

        async def theirs() -> None:
            rows: list[object] = []

            def keep(row: object) -> bool:
                rows.append(row)
                return len(rows) < PAGE * size.peer_report_pages

            await peer.report(keep)
            assert len(rows) == PAGE * size.peer_report_pages

        found = await in_turn(
            4 * size.rounds,
            {name: partial(seconds, work) for name, work in (("ours", ours), ("limit", limit), ("peer", theirs))},
            seldom={"peer": size.peer_rounds},
        )
    await graph.close()
    await peer.close()
    return Figure(
        name=NAME,
        title="A page of the report, 1,000 rows, read and decoded",
        unit="ms",
        ours=found["ours"] / size.report_pages * 1000,
        peer=found["peer"] / size.peer_report_pages * 1000,
        limit=found["limit"] / size.report_pages * 1000,
        goal_peer=500,
        goal_limit=2,
        remark=f"the peer reads {size.peer_report_pages} of {size.report_pages} pages, in {size.peer_rounds} "
        f"of {4 * size.rounds} rounds",
    )
