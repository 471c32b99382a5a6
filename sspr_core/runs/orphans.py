"""Recipients of runs that were pinned, and then never accepted: refused, or the app stopped in between."""

import logging
from datetime import datetime, timedelta

from sspr_core.model.errors import NotFound
from sspr_core.model.run import RunId, first_run_id
from sspr_core.ports.mail import Runs

log = logging.getLogger(__name__)

_LATEST = timedelta(hours=1)  # accepting takes minutes at most; younger ones may just be
_EARLIEST = timedelta(days=2)  # the hourly look finds each of them many times over


async def delete_orphans(runs: Runs, *, now: datetime) -> None:
    """Names and addresses of people are not kept for nothing. Safe to repeat."""
    for run in await runs.pinned(first=first_run_id(now - _EARLIEST), last=first_run_id(now - _LATEST)):
        if not await _is_accepted(run, runs):
            log.info("run %s was never accepted; its recipients are deleted", run)
            await runs.delete_recipients(run)


async def _is_accepted(run: RunId, runs: Runs) -> bool:
    try:
        await runs.get(run)
    except NotFound:
        return False
    return True
