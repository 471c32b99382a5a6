"""The ports Queues and JobRuns, on fakes and on Azurite."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sspr_core.adapters.queues import Queue
from sspr_core.adapters.storage import Storage
from sspr_core.model.queue_messages import QUEUES
from sspr_core.ports.monitoring import JobRun, QueueState
from tests.builders import MONDAY, a_world
from tests.project.test_triggers import QUEUES as QUEUES_WITH_DOORS


@pytest.fixture(params=["memory", "azurite"])
def ports(request: pytest.FixtureRequest) -> Any:
    return a_world() if request.param == "memory" else request.getfixturevalue("storage")


async def test_of_each_job_the_last_run_is_kept(ports: Any) -> None:
    first = JobRun(job="watch_runs", finished_at=MONDAY, took=timedelta(seconds=1.5), failure="TryAgain")
    second = JobRun(job="watch_runs", finished_at=MONDAY + timedelta(minutes=1), took=timedelta(0))
    other = JobRun(job="discover_tenants", finished_at=MONDAY, took=timedelta(seconds=2))

    assert await ports.job_runs.all() == []
    for run in (first, other, second):
        await ports.job_runs.save(run)

    assert await ports.job_runs.all() == [other, second]


def test_the_queues_that_are_looked_at_are_those_with_doors() -> None:
    assert set(QUEUES) == {one for one in QUEUES_WITH_DOORS.values() if not one.endswith("-poison")}


async def test_queues_nobody_has_used_are_empty(storage: Storage) -> None:
    empty = [QueueState(name=name, waiting_count=0, poison_count=0, visible_since=None) for name in QUEUES]

    assert await storage.states.states() == empty


async def test_messages_are_counted_hidden_ones_too_and_the_longest_visible_one_is_found(storage: Storage) -> None:
    hour, now = timedelta(hours=1), datetime.now(UTC)
    queue = Queue(storage.queues.get_queue_client(f"{storage.prefix}snapshots"))
    visible_at = (now + timedelta(minutes=5)).isoformat()  # as if it had been sent with a delay
    texts = [{"visible_at": visible_at}, {"visible_at": 7}, {}]
    await queue.send([base64.b64encode(json.dumps(one).encode()).decode() for one in texts[:1]], after=timedelta(0))

    (alone, *_) = await storage.states.states()
    await queue.send([base64.b64encode(json.dumps(one).encode()).decode() for one in texts[1:]], after=timedelta(0))
    await queue.send(["e30="], after=hour)
    poison = Queue(storage.queues.get_queue_client(f"{storage.prefix}snapshots-poison"))
    await poison.send(["e30=", "e30="], after=timedelta(0))
    (seen, *_) = await storage.states.states()

    assert (alone.waiting_count, alone.visible_since) == (1, now + timedelta(minutes=5))
    assert (seen.waiting_count, seen.poison_count) == (4, 2)
    assert seen.visible_since
    assert abs(seen.visible_since - now) < timedelta(minutes=1)


async def test_looking_takes_no_message_away(storage: Storage) -> None:
    queue = storage.queues.get_queue_client(f"{storage.prefix}snapshots")
    await Queue(queue).send(["e30="], after=timedelta(0))

    await storage.states.states()

    assert [one.content async for one in queue.receive_messages()] == ["e30="]
