"""Instances as in Flex Consumption: those for HTTP have no queue triggers, and those for queues no HTTP."""

import asyncio
import json
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from dev.ingestion import Ingestion, an_ingestion
from sspr_core.model.run import RunState
from tests.e2e.open_run_env import opened
from tests.e2e.promises import assert_each_accepted_once
from tests.e2e.run_env import LIMIT
from tests.local_stack import ask

pytestmark = LIMIT

REMEMBERED = timedelta(seconds=5)  # a quarter of the budget: how long a worker may use a cached run
NUMBERS: dict[str, float] = {"budget": 20, "lease": 25, "settle": 27}
COUNT = 30


@pytest.fixture
def azure_monitor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ingestion]:
    """The telemetry endpoint of every host that is started."""
    with an_ingestion() as one:
        monkeypatch.setenv("APPLICATIONINSIGHTS_CONNECTION_STRING", one.connection)
        yield one


async def test_a_run_goes_through_both_a_pause_is_seen_within_five_seconds_and_all_of_it_is_told(
    tmp_path: Path, stocked: Path, azure_monitor: Ingestion
) -> None:
    async with opened(tmp_path, stocked, quota=(100, 600), **NUMBERS) as office:
        sending = office.start_host("unclocked", only=("queue", "timer"))
        pages = office.start_host("unclocked", only=("http",))  # requests go to the newest host
        with pytest.raises(HTTPError, match="404"):
            ask(sending.says["url"], "/healthz", role=None)

        run = office.begin(COUNT)
        await office.until_sent(run, 5)
        office.tell(run, "pause")
        paused_at = datetime.now(UTC)
        await asyncio.sleep(REMEMBERED.total_seconds() + 3)
        posts = office.posts()
        assert len(posts) < COUNT
        assert max(at for at, _ in posts) - paused_at < REMEMBERED + timedelta(seconds=1)
        assert (await office.run(run)).state is RunState.PAUSED

        office.tell(run, "resume")
        await office.until_ended(run)
        assert (sending.drain(), pages.drain()) == (-signal.SIGTERM, -signal.SIGTERM)
        await assert_each_accepted_once(office, run)

    assert accepted(azure_monitor) == COUNT
    asked = operations(azure_monitor, "runs")
    assert asked & operations(azure_monitor, "expand_run")
    assert asked & operations(azure_monitor, "send_email")
    for span in spans(azure_monitor, "expand_run") + spans(azure_monitor, "send_email"):
        (link,) = json.loads(span["data"]["baseData"]["properties"]["_MS.links"])
        assert link["operation_Id"] != span["tags"]["ai.operation.id"]


def spans(azure_monitor: Ingestion, name: str) -> list[dict[str, Any]]:
    return [one for one in azure_monitor.of("RemoteDependencyData") if one["data"]["baseData"]["name"] == name]


def operations(azure_monitor: Ingestion, name: str) -> set[str]:
    """The traces in which the function ran."""
    return {one["tags"]["ai.operation.id"] for one in spans(azure_monitor, name)}


def accepted(azure_monitor: Ingestion) -> float:
    """The number of accepted emails in the metrics: each export has those since the one before."""
    points = [one["data"]["baseData"]["metrics"][0] for one in azure_monitor.of("MetricData")]
    return sum(point["value"] for point in points if point["name"] == "sspr.mails.accepted")
