"""The first page of the portal over 2,000 tenants: the bytes a browser downloads with an empty cache."""

import re

from bench import ours, portfolio
from bench.figure import Figure
from bench.size import Size
from bench.stage import Stage
from bench.visitor import transferred, visitor

NAME = "first_page"
TENANTS = 2_000
MOST = 60  # KB
_FILES = re.compile(r'(?:href|src)="(/static/[^"]+)"')


async def measure(stage: Stage, size: Size) -> Figure:  # noqa: ARG001 - the same however quick
    """Kilobytes, compressed: the page, its style sheet, scripts and icon; the limit is the maximum allowed."""
    async with ours.open_world(stage, prefix="firstpage") as services:
        await portfolio.store(services, TENANTS, now=ours.now())
        async with visitor(services) as client:
            count, page = await transferred(client, "/p")
            files = [await transferred(client, address) for address in sorted(set(_FILES.findall(page)))]
    if len(files) < 4:
        raise RuntimeError("the page has lost its files")
    return Figure(
        name=NAME,
        title=f"First page, {TENANTS:,} tenants: transferred with its {len(files)} files",
        unit="KB",
        ours=(count + sum(length for length, _ in files)) / 1000,
        limit=MOST,
        goal_limit=1,
    )
