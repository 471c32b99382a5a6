"""Writing many deliveries, each on condition that it is still the row that was read."""

import asyncio
from collections.abc import Iterable
from itertools import batched

from sspr_core.model.delivery import Delivery
from sspr_core.model.errors import Conflict
from sspr_core.ports.mail import Deliveries

_AT_ONCE = 50


async def write(rows: Iterable[Delivery], deliveries: Deliveries) -> list[Delivery]:
    """Those that were written. Of the others somebody else was quicker, or the answer was lost: the sweep looks."""
    written: list[Delivery] = []
    for some in batched(rows, _AT_ONCE, strict=False):
        written += [row for row in await asyncio.gather(*(_one(row, deliveries) for row in some)) if row]
    return written


async def _one(row: Delivery, deliveries: Deliveries) -> Delivery | None:
    try:
        return await deliveries.replace(row)
    except Conflict:
        return None
