"""Reading one tenant's two lists, whole or not at all."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

from sspr_core.model.errors import GiveUp
from sspr_core.model.problem import Access, Trouble
from sspr_core.ports import TenantDirectory
from sspr_core.snapshot.gather import Gathering, Reading

LARGE = 20_000  # users; one such tenant at a time per process, for memory
LONGEST_READING = timedelta(minutes=45)  # below the platform's hour and the token's


async def read(
    directory: TenantDirectory,
    premium_plans: Mapping[str, frozenset[str]],
    *,
    large: asyncio.Semaphore,
    keep: Callable[[], Awaitable[None]],
) -> Reading:
    """The report, then the users, all pages. `keep` is called at every page.

    Raises what the directory raises, and GiveUp(too_large) after 45 minutes.
    """
    gathering = Gathering(premium_plans)
    try:
        async with asyncio.timeout(LONGEST_READING.total_seconds()), _one_at_a_time(large, keep) as grows:
            async for report in directory.report():
                gathering.add_report(report)
                await keep()
                await grows(gathering.row_count)
            async for users in directory.users():
                gathering.add_users(users)
                await keep()
                await grows(gathering.row_count)
    except TimeoutError as error:
        raise GiveUp(_TOO_LARGE) from error
    return gathering.reading()


_TOO_LARGE = Trouble(
    word=Access.TOO_LARGE,
    code="reading_time",
    message=f"Reading took longer than {LONGEST_READING.total_seconds() / 60:.0f} minutes.",
)


@asynccontextmanager
async def _one_at_a_time(
    large: asyncio.Semaphore, keep: Callable[[], Awaitable[None]]
) -> AsyncIterator[Callable[[int], Awaitable[None]]]:
    """Waits, once the rows are many, until no other large tenant is in memory; the claim is kept meanwhile."""
    held = False

    async def grows(row_count: int) -> None:
        nonlocal held
        while row_count > LARGE and not held:
            try:
                async with asyncio.timeout(30):
                    held = await large.acquire()
            except TimeoutError:
                await keep()

    try:
        yield grows
    finally:
        if held:
            large.release()
