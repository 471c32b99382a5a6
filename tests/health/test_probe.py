"""Probes of every part: run together, each with a timeout, and never raising."""

import asyncio
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from sspr_core.health.checks import Check, Health
from sspr_core.health.job_runs import recorded
from sspr_core.health.probe import HealthProbe
from sspr_core.health.triggers import measure
from sspr_core.model.errors import GiveUp, TryAgain
from sspr_core.model.ids import TenantId
from sspr_core.model.problem import Access, AccessError
from sspr_core.model.run import RunState
from sspr_core.model.tenant import Discovery
from sspr_core.ports.monitoring import JobRun, QueueState
from sspr_core.ports.services import Services
from tests.builders import DAY, HOUR, MONDAY, PARTNER, a_known, a_world
from tests.fakes.directories import FakeDirectories, FakeDirectory
from tests.fakes.mailing import MemoryMailer, SetClock, a_post
from tests.fakes.monitoring import MemoryJobRuns, MemoryQueues
from tests.runs.delivery_builders import RUN, a_run
from tests.telemetry_recorder import a_listener
from tests.web.web_env import add

SETTLED = ["settings", "storage", "graph", "mail"]


@pytest.fixture
def services() -> Services:
    directories = FakeDirectories()
    directories.tenants[TenantId(PARTNER)] = FakeDirectory(PARTNER)
    return a_world(directories=directories)


def by_name(checks: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


async def test_where_all_is_well_every_part_says_so(services: Services) -> None:
    checks = by_name(await HealthProbe(services).look(now=MONDAY))

    assert [name for name in checks if checks[name].health is Health.OK] == [*SETTLED, "snapshots"]
    assert [name for name in checks if name.startswith("job ")] == [
        "job discover_tenants", "job schedule_snapshots", "job schedule_reports", "job watch_runs", "job tell_metrics",
        "job delete_expired",
    ]  # fmt: skip


async def test_a_refused_credential_is_told_with_its_remedy(services: Services) -> None:
    trouble = AccessError(word=Access.APP_CREDENTIAL, code="AADSTS7000222", message="The secret has expired.")
    directories: Any = services.directories
    directories.tenants[TenantId(PARTNER)].trouble["open"] = GiveUp(trouble)

    check = by_name(await HealthProbe(services).look(now=MONDAY))["graph"]

    assert (check.health, "AADSTS7000222" in check.said) == (Health.FAIL, True)
    assert check.to_do.startswith("Renew the app's own credential")


@pytest.mark.parametrize(
    ("word", "code", "to_do"),
    [
        (Access.APP_CREDENTIAL, "AADSTS700213", "Wait ten minutes after a deployment"),
        (Access.APP_CREDENTIAL, "AADSTS7000222", "Renew the app's own credential"),
        (Access.THROTTLED, "429", "Wait: Microsoft asked to slow down"),
        (Access.PERMISSION_MISSING, "Authorization_RequestDenied", "Grant the app DelegatedAdminRelationship"),
    ],
)
async def test_what_is_wrong_with_discovery_is_told_with_its_remedy(
    services: Services, word: Access, code: str, to_do: str
) -> None:
    trouble = AccessError(word=word, code=code, message="It was refused.")
    await services.tenants.save_discovery(Discovery().failed(trouble, now=MONDAY))

    check = by_name(await HealthProbe(services).look(now=MONDAY))["discovery"]

    assert (check.health, code in check.said) == (Health.WARN, True)
    assert check.to_do.startswith(to_do)


@dataclass
class Away:
    """Storage's queues, failing."""

    trouble: Exception | None = None

    async def states(self) -> Any:
        if self.trouble:
            raise self.trouble
        await asyncio.sleep(60)


@pytest.mark.parametrize(
    ("queues", "said"),
    [
        (Away(TryAgain()), "Storage does not answer."),
        (Away(), "No answer within 0.2 s."),
        (Away(KeyError("ana@contoso.example")), "Looking failed: KeyError."),
    ],
)
async def test_a_part_in_trouble_keeps_nobody_from_the_others(services: Services, queues: Away, said: str) -> None:
    looking, begun = HealthProbe(replace(services, queues=queues)), time.monotonic()

    checks = by_name(await looking.look(now=MONDAY, longest=timedelta(seconds=0.2)))

    assert time.monotonic() - begun < 2
    assert (checks["storage"].health, checks["storage"].said) == (Health.FAIL, said)
    assert checks["storage"].to_do
    assert checks["graph"].health is Health.OK


async def test_the_mail_service_is_not_asked_more_often_than_its_quota_bears(services: Services) -> None:
    mailer = MemoryMailer(SetClock(MONDAY))
    looking = HealthProbe(replace(services, post=a_post(mailer=mailer)))

    for minute in (0, 1, 9, 11):
        await looking.look(now=MONDAY + timedelta(minutes=minute))

    assert len(mailer.questions) == 2


@pytest.mark.parametrize(
    ("state", "health"),
    [
        (None, Health.OK),
        (RunState.FINISHED, Health.OK),
        (RunState.CANCELLED, Health.OK),
        (RunState.QUEUED, Health.WARN),
        (RunState.SENDING, Health.WARN),
        (RunState.PAUSED, Health.WARN),
    ],
)
async def test_that_sending_is_off_is_a_choice_unless_runs_wait_for_it(
    services: Services, state: RunState | None, health: Health
) -> None:
    off = replace(services, post=replace(services.post, mailer=None))
    runs: Any = off.post.runs
    if state:
        runs.rows[RUN] = a_run(state=state)

    mail = by_name(await HealthProbe(off).look(now=MONDAY))["mail"]

    assert mail.health is health
    assert "Sending is off" in mail.said
    assert ("communication-services" in mail.to_do) is (health is Health.WARN)


async def test_a_job_leaves_when_it_ran_and_how_it_ended() -> None:
    runs, clock = MemoryJobRuns(), SetClock(MONDAY)

    async with recorded("watch_runs", runs, clock=clock):
        clock.forward(timedelta(seconds=3))
    with pytest.raises(LookupError):
        async with recorded("discover_tenants", runs, clock=clock):
            raise LookupError("ana@contoso.example")

    assert runs.rows == {
        "watch_runs": JobRun(job="watch_runs", finished_at=clock(), took=timedelta(seconds=3)),
        "discover_tenants": JobRun(
            job="discover_tenants", finished_at=clock(), took=timedelta(0), failure="LookupError"
        ),
    }


async def test_a_job_is_done_though_that_could_not_be_recorded(caplog: pytest.LogCaptureFixture) -> None:
    class StorageAway(MemoryJobRuns):
        async def save(self, run: JobRun) -> None:
            raise TryAgain

    async with recorded("watch_runs", StorageAway(), clock=SetClock(MONDAY)):
        pass

    assert "watch_runs has run could not be recorded" in caplog.text


async def test_what_alerts_are_made_of_is_measured(services: Services) -> None:
    tenants: Any = services.tenants
    add(tenants, a_known("fresh", read_at=MONDAY - HOUR))
    add(tenants, a_known("stale", read_at=MONDAY - 3 * DAY))
    add(tenants, a_known("new", read_at=None))
    await tenants.save_discovery(Discovery(last_complete_at=MONDAY, held_back_count=7))
    queue = QueueState(name="snapshots", waiting_count=3, poison_count=0, visible_since=MONDAY - HOUR)
    heard = a_listener()

    await measure(replace(services, queues=MemoryQueues([queue]), telemetry=heard.telemetry), now=MONDAY)

    assert heard.metrics() == {
        ("sspr.queue.age", (("queue", "snapshots"),)): 3600,
        ("sspr.tenants.expected", ()): 3,
        ("sspr.tenants.active", ()): 2,  # the new one has never been read
        ("sspr.tenants.fresh", ()): 1,
        ("sspr.tenants.held_back", ()): 7,
        ("sspr.snapshots.oldest_age", ()): (90 * DAY).total_seconds(),  # of the new one, since its discovery
    }


async def test_nothing_is_read_to_measure_while_nobody_listens(services: Services) -> None:
    await measure(replace(services, queues=Away(AssertionError("asked"))), now=MONDAY)
