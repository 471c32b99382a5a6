"""Queues `send-emails` and `expand-runs`: JSON with ids, nothing else."""

from collections.abc import Iterable
from datetime import timedelta

import msgspec

from sspr_core.adapters.queues import Queue
from sspr_core.model.delivery import DeliveryKey
from sspr_core.model.run import RunId


class QueueNudges:
    """The port Nudges."""

    def __init__(self, *, emails: Queue, runs: Queue) -> None:
        self._emails = emails
        self._runs = runs

    async def deliver(self, rows: Iterable[tuple[RunId, DeliveryKey]], *, after: timedelta) -> None:
        await self._emails.send((_json(run=run, key=key) for run, key in rows), after=after)

    async def expand(self, run: RunId, *, after: timedelta = timedelta(0)) -> None:
        await self._runs.send([_json(run=run)], after=after)


def _json(**ids: str) -> str:
    return msgspec.json.encode(ids).decode()
