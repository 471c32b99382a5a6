"""What goes wrong becomes the tenant's problem, seen by somebody, and never the next tenant's."""

import asyncio
from datetime import timedelta

import pytest

from sspr_core.model.errors import GiveUp, TryAgain
from sspr_core.model.ids import TenantId
from sspr_core.model.problem import Access, Trouble
from sspr_core.model.scope import EVERY_TENANT
from sspr_core.snapshot import read as reading
from sspr_core.snapshot.again import record_poison
from sspr_core.snapshot.due import is_due
from sspr_core.snapshot.sweep import queue_due
from tests.builders import DAY, HOUR, MONDAY
from tests.graph_rows import guid
from tests.journeys.shop import CONTOSO, Shop, fill

NO_CONSENT = GiveUp(Trouble(word=Access.CONSENT_MISSING, code="AADSTS700016", message="Not found."))
AWAY = TryAgain(trouble=Trouble(word=Access.UNAVAILABLE, code="502", message="Bad gateway."))
SLOW_DOWN = TryAgain(timedelta(minutes=7), Trouble(word=Access.THROTTLED, code="429", message="Too many requests."))


@pytest.fixture
def shop() -> Shop:
    return Shop()


async def test_permanent_trouble_is_recorded_and_looked_at_again_in_an_hour(shop: Shop) -> None:
    fill(shop.knows(), "ana").trouble["open"] = NO_CONSENT

    await shop.take()

    problem = shop.status().problem
    assert problem
    assert (problem.word, problem.code, problem.since) == (Access.CONSENT_MISSING, "AADSTS700016", MONDAY)
    assert shop.status().next_due_at == MONDAY + HOUR
    assert shop.jobs.sent == []


async def test_the_last_good_snapshot_stays_and_the_days_figures_stay_beside_the_failure(shop: Shop) -> None:
    directory = fill(shop.knows(), "ana", "ben")
    await shop.take()
    shop.later(HOUR)
    directory.trouble["report"] = NO_CONSENT

    await shop.take()

    assert shop.status().last_success_at == MONDAY
    assert len(shop.registered()) == 2
    day = shop.coverage.rows[CONTOSO, MONDAY.date()]
    assert day.snapshot
    assert day.problem
    assert day.problem.word is Access.CONSENT_MISSING
    assert day.problem_at == MONDAY + HOUR


async def test_since_is_the_first_failure_whatever_the_words_in_between_and_a_success_clears_it(shop: Shop) -> None:
    directory = fill(shop.knows(), "ana")
    directory.trouble["open"] = NO_CONSENT
    await shop.take()
    shop.later(HOUR)
    directory.trouble["open"] = AWAY
    await shop.take()
    problem = shop.status().problem
    assert problem
    assert (problem.word, problem.since) == (Access.UNAVAILABLE, MONDAY)
    shop.later(HOUR)
    directory.trouble.clear()

    await shop.take()

    assert shop.status().problem is None


async def test_temporary_trouble_sends_a_copy_with_the_services_own_delay(shop: Shop) -> None:
    fill(shop.knows(), "ana").trouble["users"] = SLOW_DOWN

    await shop.take()

    [(copy, after)] = shop.jobs.sent
    assert (copy.attempt, after) == (1, timedelta(minutes=7))
    problem = shop.status().problem
    assert problem
    assert problem.word is Access.THROTTLED


async def test_copies_wait_longer_and_longer_and_end_after_a_day(shop: Shop) -> None:
    fill(shop.knows(), "ana").trouble["report"] = AWAY
    await shop.take()
    delays = []
    while shop.jobs.sent:
        job, after = shop.jobs.sent.pop()
        delays.append(after)
        shop.later(after)
        await shop.take(job)

    assert [delay / timedelta(minutes=1) for delay in delays[:7]] == [1, 2, 4, 8, 16, 32, 60]
    assert shop.now - MONDAY >= DAY
    problem = shop.status().problem
    assert problem
    assert problem.since == MONDAY
    assert shop.status().next_due_at
    assert shop.status().next_due_at > shop.now


async def test_a_tenant_waiting_for_its_copy_is_not_queued_by_the_sweep_unless_the_copy_is_lost(shop: Shop) -> None:
    fill(shop.knows(), "ana").trouble["report"] = SLOW_DOWN
    await shop.take()
    shop.jobs.sent.clear()

    shop.later(timedelta(minutes=8))
    assert await queue_due(shop.tenants, shop.jobs, now=shop.now) == 0
    shop.later(timedelta(minutes=15))
    assert await queue_due(shop.tenants, shop.jobs, now=shop.now) == 1


async def test_a_reading_that_takes_too_long_gives_way(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = fill(shop.knows(), "ana")
    monkeypatch.setattr(reading, "LONGEST_READING", timedelta(seconds=0.02))

    async def never() -> object:
        await asyncio.sleep(60)
        yield []

    directory.users = never

    await shop.take()

    problem = shop.status().problem
    assert problem
    assert problem.word is Access.TOO_LARGE
    assert shop.registrations.rows == {}


async def test_large_tenants_are_in_memory_one_at_a_time(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGE", 1)
    fill(shop.knows(), "ana", "ben", "cas")
    await shop.large.acquire()
    second = asyncio.create_task(shop.take())
    await asyncio.sleep(0.05)
    assert shop.status().last_success_at is None

    shop.large.release()
    await second

    assert shop.status().last_success_at == MONDAY
    assert not shop.large.locked()


async def test_every_tenants_trouble_is_its_own(shop: Shop) -> None:
    other = TenantId(guid("fabrikam"))
    fill(shop.knows(), "ana").trouble["open"] = NO_CONSENT
    fill(shop.knows(other), "zoe")

    await asyncio.gather(shop.take(), shop.take(tenant=other))

    assert shop.status(other).last_success_at == MONDAY
    assert shop.status().problem


async def test_a_poisoned_message_shows_on_its_tenant(shop: Shop) -> None:
    shop.knows()
    job = shop.job()

    await record_poison(job.to_json(), shop.world, clock=shop.clock)

    problem = shop.status().problem
    assert problem
    assert (problem.word, problem.code) == (Access.OTHER, "poison_message")
    assert not is_due((await shop.tenants.known(EVERY_TENANT))[0], now=shop.now)
    assert is_due((await shop.tenants.known(EVERY_TENANT))[0], now=shop.now + HOUR)


async def test_a_poisoned_message_overtaken_by_a_success_says_nothing(shop: Shop) -> None:
    fill(shop.knows(), "ana")
    job = shop.job()
    await shop.take()

    await record_poison(job.to_json(), shop.world, clock=shop.clock)

    assert shop.status().problem is None


@pytest.mark.parametrize("body", [b"", b"{}", b"not json", b'{"tenant_id": "x"}', b"\xff\xfe"])
async def test_a_body_that_is_no_job_is_dropped_with_a_line_in_the_log(
    shop: Shop, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    await record_poison(body, shop.world, clock=shop.clock)

    assert "is no job" in caplog.text


async def test_a_poisoned_message_of_an_unknown_tenant_is_dropped_with_a_line_in_the_log(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    await record_poison(shop.job().to_json(), shop.world, clock=shop.clock)

    assert CONTOSO in caplog.text
    assert shop.tenants.statuses == {}


async def test_the_log_names_the_tenant_and_the_code_and_nobody(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    fill(shop.knows(), "ana", "ben").trouble["users"] = NO_CONSENT

    await shop.take()

    assert "consent_missing (AADSTS700016)" in caplog.text
    assert "ana" not in caplog.text.lower().replace("tenant", "")
