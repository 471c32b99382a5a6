"""Reading one tenant's two lists, whole or not at all."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from sspr_core.model.errors import GiveUp
from sspr_core.model.problem import Access, Trouble
from sspr_core.ports.storage import TenantDirectory
from sspr_core.snapshot.gather import Gathering, Reading
from sspr_core.snapshot.room import Room

LONGEST_READING = timedelta(minutes=45)  # below the platform's hour and the token's


async def read(
    directory: TenantDirectory,
    premium_plans: Mapping[str, frozenset[str]],
    *,
    started_at: datetime,
    room: Room,
    keep: Callable[[], Awaitable[None]],
) -> Reading:
    """The report, then the users, all pages, of a snapshot begun at `started_at`. `keep` is called at every page.

    Raises what the directory and the room raise, and GiveUp(too_large) after 45 minutes of reading.
    """
    gathering = Gathering(premium_plans, started_at=started_at)

    async def page_taken() -> None:
        await keep()
        waited = await room.grow(gathering.row_count, keep)
        if waited and (ends := limit.when()):
            limit.reschedule(ends + waited)

    try:
        async with asyncio.timeout(LONGEST_READING.total_seconds()) as limit:
            async for report in directory.report():
                gathering.add_report(report)
                await page_taken()
            async for users in directory.users():
                gathering.add_users(users)
                await page_taken()
    except TimeoutError as error:
        raise GiveUp(_TOO_LARGE) from error
    return gathering.reading()


_TOO_LARGE = Trouble(
    word=Access.TOO_LARGE,
    code="reading_time",
    message=f"Reading took longer than {LONGEST_READING.total_seconds() / 60:.0f} minutes.",
)
