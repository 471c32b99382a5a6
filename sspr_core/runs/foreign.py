"""Messages that are none of ours: told in the log, counted where operators see it, and dropped."""

import logging
from dataclasses import replace
from datetime import datetime

from sspr_core.model.errors import Conflict
from sspr_core.model.foreign import Foreign
from sspr_core.ports.mail import Runs

log = logging.getLogger(__name__)

_TRIES = 5


def foreign_view(foreign: Foreign) -> dict[str, object]:
    return {"counts_by_queue": dict(foreign.counts), "last_at": foreign.last_at}


async def note_foreign(runs: Runs, queue: str, kind: str, *, now: datetime) -> None:
    """One more. The figure tells that there are some; when many come at once it may miss one, the log does not."""
    log.warning("queue %s: a message that is none of ours is dropped: %s", queue, kind)
    for _ in range(_TRIES):
        there = await runs.foreign()
        counts = {**there.counts, queue: there.counts.get(queue, 0) + 1}
        try:
            await runs.save_foreign(replace(there, counts=counts, last_at=now))
        except Conflict:
            continue
        return
