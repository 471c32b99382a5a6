"""A run accepted at noon, on in-memory ports."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import batched
from typing import Any

from sspr_core.model.delivery import Delivery
from sspr_core.model.run import Run
from sspr_core.model.sending import SendingLimits
from sspr_core.ports.mail import MOST_PER_PAGE, Accepting, Mailing
from sspr_core.runs.expand import expand
from sspr_core.runs.recovery import sweep
from tests.fakes.mailing import MemoryDeliveries, MemoryNudges, MemoryPacing, MemoryRuns, SetClock, a_post
from tests.runs.delivery_builders import NOON, RUN, a_recipient, a_run

NO_QUOTA = SendingLimits(per_minute=None, per_hour=None)


@dataclass
class RunAtNoon:
    clock: SetClock
    runs: MemoryRuns
    deliveries: MemoryDeliveries
    pacing: MemoryPacing
    send_queue: MemoryNudges
    post: Mailing

    @property
    def run(self) -> Run:
        return self.runs.rows[RUN]

    @property
    def rows(self) -> list[Delivery]:
        return list(self.deliveries.rows.get(RUN, {}).values())

    def nudged(self) -> dict[str, list[datetime]]:
        """The times of the deliveries' queue messages."""
        found: dict[str, list[datetime]] = {}
        for one in self.send_queue.messages.values():
            if one.key is not None:
                found.setdefault(one.key, []).append(one.due_at)
        return found

    def expands(self) -> list[datetime]:
        """The times of the messages to expand the run."""
        return [one.due_at for one in self.send_queue.messages.values() if one.key is None]

    def now_is(self, **said: Any) -> None:
        """Changes the run's row, as another writer would."""
        self.runs.rows[RUN] = replace(self.run, etag=f"{self.run.etag}, and again", **said)

    def put(self, rows: Iterable[Delivery]) -> None:
        """Writes deliveries over existing ones."""
        self.deliveries.rows.setdefault(RUN, {}).update({row.key: replace(row, etag=f"of {row.key}") for row in rows})

    async def expand(self, numbers: SendingLimits = NO_QUOTA) -> None:
        assert await expand(RUN, replace(self.post, numbers=numbers), clock=self.clock)

    async def sweep(self, numbers: SendingLimits = NO_QUOTA, **said: Any) -> None:
        await sweep(self.run, replace(self.post, numbers=numbers), clock=self.clock, **said)


async def run_at_noon(count: int = 3, **said: Any) -> RunAtNoon:
    """`count` recipients are stored, and nothing is expanded yet."""
    clock = SetClock(NOON)
    runs, deliveries, pacing, send_queue = MemoryRuns(), MemoryDeliveries(), MemoryPacing(), MemoryNudges(clock)
    post = replace(a_post(clock=clock), runs=runs, deliveries=deliveries, pacing=pacing, send_queue=send_queue)
    recipients = [a_recipient(f"user{number}") for number in range(count)]
    pages = list(batched(recipients, MOST_PER_PAGE, strict=False))
    for number, page in enumerate(pages):
        await runs.save_recipients(RUN, number, page)
    run = a_run(recipient_count=count, page_count=len(pages), **said)
    await runs.accept(Accepting(run=run, key_hash=None, body_hash="", admission_etag=None))
    return RunAtNoon(clock, runs, deliveries, pacing, send_queue, post)
