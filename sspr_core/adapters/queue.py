"""Queue Storage: messages in base64, as the Functions host expects them."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from itertools import batched

from azure.storage.queue.aio import QueueClient

from sspr_core.adapters.tables.table import translated
from sspr_core.model.errors import Conflict
from sspr_core.model.job import SnapshotJob

SNAPSHOTS = "snapshots"
_AT_ONCE = 16
_LONGEST_DELAY = timedelta(days=6)  # the service's limit is a week, and below the message's own life


class QueueJobs:
    """The port Jobs. The client encodes with TextBase64EncodePolicy."""

    def __init__(self, queue: QueueClient) -> None:
        self._queue = queue
        self._there = False

    async def send(self, jobs: Iterable[SnapshotJob], *, after: timedelta = timedelta(0)) -> None:
        await self._make()
        delay = int(min(max(after, timedelta(0)), _LONGEST_DELAY).total_seconds())
        for some in batched(jobs, _AT_ONCE, strict=False):
            with translated():
                await asyncio.gather(
                    *(self._queue.send_message(job.to_json().decode(), visibility_timeout=delay) for job in some)
                )

    async def _make(self) -> None:
        if self._there:
            return
        try:
            with translated():
                await self._queue.create_queue()
        except Conflict:
            pass  # it is there, which is all we want
        self._there = True
