"""`python -m bench.requests`: how many requests a snapshot and an email cost, and the processor time of this process.

docs/scaling.md uses the results. Storage requests are counted from the SDKs' logs, which name every request.
"""

import asyncio
import logging
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from bench.size import QUICK
from bench.stage import Stage, cloud, stage
from dev.processes import exit_with_caller
from dev.surroundings import forget_settings, reach_this_machine

TENANTS, EMAILS = 24, 100
CHANGED = 6  # users of 300, the 2 % of the benchmarks


class Requests(logging.Handler):
    """Counts what the SDKs log; "other" is a token, or the mail service."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.counted: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if said.startswith("Request URL:"):
            self.counted["queue" if "/messages" in said else "table" if "/devstoreaccount1/" in said else "other"] += 1


async def count(place: Stage) -> dict[str, dict[str, float]]:
    """For each kind of work: requests by service and milliseconds of processor time, for one of it."""
    from bench import mailing, ours
    from bench.drain import drain
    from sspr_core.runs.triggers import handle_send_message, sender

    told = Requests()
    log = logging.getLogger("azure.core.pipeline.policies.http_logging_policy")
    log.addHandler(told)
    log.setLevel(logging.INFO)
    log.propagate = False
    found: dict[str, dict[str, float]] = {}

    async def one_of(name: str, number: int, work: Callable[[], Awaitable[Any]]) -> None:
        told.counted.clear()
        before = time.process_time()
        await work()
        milliseconds = 1000 * (time.process_time() - before)
        found[name] = {
            service: round(value / number, 1) for service, value in (*told.counted.items(), ("ms", milliseconds))
        }

    tenants = place.tenants[:TENANTS]
    async with ours.open_world(place, tenants) as services:
        await one_of("first snapshot", TENANTS, lambda: ours.snapshots(services, tenants))
        await one_of("unchanged snapshot", TENANTS, lambda: ours.snapshots(services, tenants, ours.days_later(1)))
        for tenant in tenants:
            place.change(tenant, CHANGED)
        await one_of("changed snapshot", TENANTS, lambda: ours.snapshots(services, tenants, ours.days_later(2)))
    people = mailing.people(EMAILS)
    async with mailing.open_post_office(place, "requests") as services:
        from azure.storage.queue.aio import QueueClient

        await mailing.known(services, people)
        run, rows = await mailing.expanded(services, people)
        post, by = services.post, sender(replace(services), clock=ours.now)
        queue = QueueClient.from_connection_string(place.storage, "requestssend-emails")

        async def send() -> None:
            await post.send_queue.deliver([(run.run_id, row.key) for row in rows], after=ours.timedelta(0))
            await drain(queue, EMAILS, lambda message: handle_send_message(message, by))

        await one_of("email", EMAILS, send)
        await queue.close()
    return found


def main() -> int:
    with cloud(QUICK) as described, stage(described) as place:
        for name, costs in asyncio.run(count(place)).items():
            print(f"{name}: " + ", ".join(f"{value:g} {what}" for what, value in costs.items()))
    return 0


if __name__ == "__main__":
    exit_with_caller()
    reach_this_machine()
    forget_settings()
    sys.exit(main())
