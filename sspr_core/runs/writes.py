"""Concurrent writes of a run and its deliveries: conditional updates, limited concurrency, and queued messages."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import batched

from sspr_core.model.delivery import NEVER, Delivery, DeliveryKey
from sspr_core.model.errors import Conflict
from sspr_core.model.run import Run, RunId
from sspr_core.ports.mail import Deliveries, Runs, SendQueue

_LATE = timedelta(seconds=1)  # a message comes rather late than early

_AT_ONCE = 50


async def update_run(runs: Runs, run: Run, becomes: Callable[[Run], Run | None]) -> Run:
    """Write what `becomes` returns for the current row, again after each conflict; None: nothing to write.

    Returns the run as it is then. A write whose answer was lost is recognised by its content.
    """
    while True:
        wanted = becomes(run)
        if wanted is None or wanted == run:
            return run
        try:
            return await runs.save(wanted)
        except Conflict:
            run = await runs.get(run.run_id)
            if replace(run, etag=None) == replace(wanted, etag=None):
                return run


async def nudge(rows: Iterable[Delivery], send_queue: SendQueue, *, now: datetime) -> None:
    """Queue a message for each row at its time; rows that are final or wait for a slot need none."""
    at: dict[datetime, list[tuple[RunId, DeliveryKey]]] = defaultdict(list)
    for row in rows:
        if not row.state.final and row.due_at != NEVER:
            at[max(row.due_at, now)].append((row.run_id, row.key))
    await asyncio.gather(*(send_queue.deliver(keys, after=due_at - now + _LATE) for due_at, keys in at.items()))


async def write(rows: Iterable[Delivery], deliveries: Deliveries) -> list[Delivery]:
    """Write rows and return those written. The others met a conflict or lost their answer: the sweep checks them."""
    written: list[Delivery] = []
    for some in batched(rows, _AT_ONCE, strict=False):
        written += [row for row in await asyncio.gather(*(_one(row, deliveries) for row in some)) if row]
    return written


async def _one(row: Delivery, deliveries: Deliveries) -> Delivery | None:
    try:
        return await deliveries.replace(row)
    except Conflict:
        return None
