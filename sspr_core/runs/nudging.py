"""Messages for many deliveries at once, each at the time that is in its row."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from sspr_core.model.delivery import NEVER, Delivery, DeliveryKey
from sspr_core.model.run import RunId
from sspr_core.ports.mail import Nudges

_LATE = timedelta(seconds=1)  # rather than early


async def nudge(rows: Iterable[Delivery], nudges: Nudges, *, now: datetime) -> None:
    """Those that are final, or wait for a slot, need none."""
    at: dict[datetime, list[tuple[RunId, DeliveryKey]]] = defaultdict(list)
    for row in rows:
        if not row.state.final and row.due_at != NEVER:
            at[max(row.due_at, now)].append((row.run_id, row.key))
    await asyncio.gather(*(nudges.deliver(keys, after=due_at - now + _LATE) for due_at, keys in at.items()))
