"""A failure becomes a visible problem of its tenant, and does not affect the next tenant."""

import asyncio
from datetime import timedelta

import pytest

from sspr_core.model.errors import GiveUp, TryAgain
from sspr_core.model.ids import EVERY_TENANT, TenantId
from sspr_core.model.problem import Access, AccessError
from sspr_core.model.tenant import SwitchedOff
from sspr_core.snapshot import concurrency, reading
from sspr_core.snapshot.schedule import is_due
from sspr_core.snapshot.triggers import queue_due, record_poison
from sspr_core.tenants.administration import refresh
from tests.builders import DAY, HOUR, MONDAY
from tests.graph_rows import guid
from tests.snapshot.snapshot_env import CONTOSO, Shop, fill
from tests.telemetry_recorder import a_listener

NO_CONSENT = GiveUp(AccessError(word=Access.CONSENT_MISSING, code="AADSTS700016", message="Not found."))
NO_PERMISSION = GiveUp(AccessError(word=Access.PERMISSION_MISSING, code="Authorization_RequestDenied", message="No."))
BLOCKED = GiveUp(AccessError(word=Access.BLOCKED, code="AADSTS53003", message="Blocked."))
AWAY = TryAgain(trouble=AccessError(word=Access.UNAVAILABLE, code="502", message="Bad gateway."))
SLOW_DOWN = TryAgain(timedelta(minutes=7), AccessError(word=Access.THROTTLED, code="429", message="Too many requests."))


@pytest.fixture
def shop() -> Shop:
    return Shop()


async def test_permanent_trouble_is_recorded_and_looked_at_again_in_an_hour(shop: Shop) -> None:
    fill(shop.knows(), "ana").trouble["open"] = BLOCKED

    await shop.take()

    problem = shop.status().problem
    assert problem
    assert (problem.word, problem.code, problem.since) == (Access.BLOCKED, "AADSTS53003", MONDAY)
    assert shop.status().next_due_at == MONDAY + HOUR
    assert shop.jobs.sent == []


async def test_consent_is_seen_by_the_sweep_after_it_and_permissions_that_come_later_by_the_one_after(
    shop: Shop,
) -> None:
    directory = fill(shop.knows(), "ana")
    seen = []
    for trouble in ({"open": NO_CONSENT}, {"open": NO_CONSENT}, {"report": NO_PERMISSION}, {}):
        directory.trouble = trouble
        assert await queue_due(shop.tenants, shop.jobs, now=shop.now) == 1
        [(job, _)] = shop.jobs.sent
        shop.jobs.sent.clear()
        shop.later(timedelta(minutes=1))  # the queue is busy
        await shop.take(job)
        seen.append(problem.word if (problem := shop.status().problem) else None)
        shop.later(timedelta(minutes=14))

    assert seen == [Access.CONSENT_MISSING, Access.CONSENT_MISSING, Access.PERMISSION_MISSING, None]


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


def refused(code: str) -> AccessError:
    return AccessError(word=Access.APP_CREDENTIAL, code=code, message="Refused.")


async def tries(shop: Shop) -> list[float]:
    """Takes the tenant's snapshot, and every copy that results; the minutes of the attempts."""
    begun, at = shop.now, [0.0]
    await shop.take()
    while shop.jobs.sent:
        job, after = shop.jobs.sent.pop()
        shop.later(after)
        at.append((shop.now - begun) / timedelta(minutes=1))
        await shop.take(job)
    return at


async def test_a_federated_credential_just_made_is_tried_for_ten_minutes_and_then_a_failure(shop: Shop) -> None:
    heard = a_listener()
    shop.telemetry = heard.telemetry
    fill(shop.knows(), "ana").trouble["open"] = TryAgain(trouble=refused("AADSTS700213"))

    first = await tries(shop)
    shop.later(HOUR)
    second = await tries(shop)

    assert first == [0, 1, 3, 7, 10]
    assert second == [0]
    assert heard.metrics() == {("sspr.credential.failures", (("service", "graph"),)): 2}
    problem = shop.status().problem
    assert problem
    assert (problem.word, problem.since) == (Access.APP_CREDENTIAL, MONDAY)


@pytest.mark.parametrize("before", [NO_CONSENT, GiveUp(refused("AADSTS7000222"))], ids=["no consent", "old secret"])
async def test_the_ten_minutes_begin_with_the_first_refusal_whatever_the_tenant_had_before(
    shop: Shop, before: GiveUp
) -> None:
    directory = fill(shop.knows(), "ana")
    directory.trouble["open"] = before
    await shop.take()
    shop.later(DAY)
    directory.trouble["open"] = TryAgain(trouble=refused("AADSTS70021"))

    assert await tries(shop) == [0, 1, 3, 7, 10]


async def test_a_federated_credential_known_within_ten_minutes_was_no_failure(shop: Shop) -> None:
    heard = a_listener()
    shop.telemetry = heard.telemetry
    directory = fill(shop.knows(), "ana")
    directory.trouble["open"] = TryAgain(trouble=refused("AADSTS700211"))
    await shop.take()
    [(job, after)] = shop.jobs.sent
    shop.later(after)
    directory.trouble.clear()

    await shop.take(job)

    assert shop.status().problem is None
    assert heard.metrics() == {}


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


async def test_a_tenant_that_turns_out_large_waits_for_room_in_the_middle(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(concurrency, "LARGE", 1)
    fill(shop.knows(), "ana", "ben", "cas")
    await shop.large.acquire()
    second = asyncio.create_task(shop.take())
    await asyncio.sleep(0.05)
    assert shop.status().last_success_at is None

    shop.large.release()
    await second

    assert shop.status().last_success_at == MONDAY
    assert not shop.large.locked()


async def test_waiting_for_room_is_not_reading(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "LARGE", 1)
    monkeypatch.setattr(reading, "LONGEST_READING", timedelta(seconds=0.2))
    fill(shop.knows(), "ana", "ben", "cas")
    await shop.large.acquire()
    second = asyncio.create_task(shop.take())
    await asyncio.sleep(0.15)

    shop.large.release()
    await second

    assert shop.status().problem is None


async def test_a_wait_for_room_without_end_is_tried_again_later(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "LARGE", 1)
    monkeypatch.setattr(concurrency, "_LOOK", 0.01)
    monkeypatch.setattr(concurrency, "LONGEST_WAIT", 0.03)
    fill(shop.knows(), "ana", "ben", "cas")
    await shop.large.acquire()

    await shop.take()

    assert [job.attempt for job, _ in shop.jobs.sent] == [1]
    problem = shop.status().problem
    assert problem
    assert problem.code == "busy"


async def test_a_tenant_known_to_be_large_comes_back_while_another_is_read(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(concurrency, "LARGE", 1)
    directory = fill(shop.knows(), "ana", "ben", "cas")
    await shop.take()
    shop.later(DAY)
    await shop.large.acquire()
    directory.asked.clear()
    job = shop.job()

    await shop.take(job)

    assert shop.jobs.sent == [(job, timedelta(minutes=5))]
    assert directory.asked == []


async def test_a_large_tenant_keeps_its_room_until_it_is_committed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "LARGE", 1)
    fill(shop.knows(), "ana", "ben", "cas")
    write, held = shop.registrations.write, []

    async def watched(*args: object, **more: object) -> str:
        held.append(shop.large.locked())
        return await write(*args, **more)

    shop.registrations.write = watched

    await shop.take()

    assert held == [True]
    assert not shop.large.locked()


async def test_messages_for_one_due_time_make_one_chain_of_tries(shop: Shop) -> None:
    """Every refresh and every redelivery adds a message; Graph is still not called more often."""
    directory = fill(shop.knows(), "ana")
    directory.trouble["open"] = AWAY
    for _ in range(3):
        await refresh(CONTOSO, EVERY_TENANT, shop.tenants, shop.jobs, now=shop.now)
        shop.later(timedelta(seconds=1))
    waiting = [(shop.now, job) for job, _ in shop.jobs.sent]
    shop.jobs.sent.clear()
    while waiting and shop.now < MONDAY + DAY:
        at, job = waiting.pop(0)
        shop.now = max(shop.now, at)
        await shop.take(job)
        waiting = sorted(
            [*waiting, *((shop.now + after, copy) for copy, after in shop.jobs.sent)], key=lambda one: one[0]
        )
        shop.jobs.sent.clear()

    assert directory.asked.count("open") <= 32


async def test_the_message_of_a_worker_that_died_after_recording_is_left_to_the_sweep(shop: Shop) -> None:
    directory = fill(shop.knows(), "ana")
    directory.trouble["open"] = AWAY
    await refresh(CONTOSO, EVERY_TENANT, shop.tenants, shop.jobs, now=shop.now)
    [(job, _)] = shop.jobs.sent
    await shop.take(job)
    directory.asked.clear()

    await shop.take(job)

    assert directory.asked == []


async def test_a_tenant_read_for_so_long_that_the_sweep_asked_again_is_read_once(shop: Shop) -> None:
    directory = fill(shop.knows(), "ana", "ben", "cas")
    await queue_due(shop.tenants, shop.jobs, now=shop.now)
    [(job, _)] = shop.jobs.sent

    async def a_quarter_passes() -> None:
        shop.later(timedelta(minutes=4))
        await queue_due(shop.tenants, shop.jobs, now=shop.now)

    directory.between_pages = a_quarter_passes
    await shop.take(job)
    asked = len(directory.asked)
    extra = [job for job, _ in shop.jobs.sent[1:]]

    for one in extra:
        await shop.take(one)

    assert extra
    assert len(directory.asked) == asked


async def test_a_refresh_asked_for_during_a_reading_is_a_reading_of_its_own(shop: Shop) -> None:
    directory = fill(shop.knows(), "ana")
    await shop.take()
    shop.later(DAY)
    started = shop.now

    async def an_operator_asks() -> None:
        shop.later(timedelta(seconds=9))
        await refresh(CONTOSO, EVERY_TENANT, shop.tenants, shop.jobs, now=shop.now)

    directory.between_pages = an_operator_asks
    await shop.take()
    directory.between_pages = lambda: None
    shop.jobs.sent[:-1] = []
    [(job, _)] = shop.jobs.sent

    await shop.take(job)

    assert shop.status().last_started_at
    assert shop.status().last_started_at > started


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

    await record_poison(job.to_json(), shop.services, clock=shop.clock)

    problem = shop.status().problem
    assert problem
    assert (problem.word, problem.code) == (Access.OTHER, "poison_message")
    assert not is_due((await shop.tenants.known(EVERY_TENANT))[0], now=shop.now)
    assert is_due((await shop.tenants.known(EVERY_TENANT))[0], now=shop.now + HOUR)


async def test_a_poisoned_message_that_cannot_be_recorded_leaves_the_tenant_due(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.knows()

    async def away(*_: object) -> None:
        raise TryAgain

    shop.tenants.save_status = away

    await record_poison(shop.job().to_json(), shop.services, clock=shop.clock)

    assert "storage is away" in caplog.text
    assert is_due((await shop.tenants.known(EVERY_TENANT))[0], now=shop.now)


@pytest.mark.parametrize("off", [{"removed_at": MONDAY}, {"switched_off": SwitchedOff(by="x", at=MONDAY, reason="y")}])
async def test_a_poisoned_message_of_a_tenant_not_ours_to_read_is_no_problem_of_it(
    shop: Shop, off: dict[str, object]
) -> None:
    shop.knows(**off)

    await record_poison(shop.job().to_json(), shop.services, clock=shop.clock)

    assert shop.status().problem is None


async def test_a_poisoned_message_overtaken_by_a_success_says_nothing(shop: Shop) -> None:
    fill(shop.knows(), "ana")
    job = shop.job()
    await shop.take()

    await record_poison(job.to_json(), shop.services, clock=shop.clock)

    assert shop.status().problem is None


@pytest.mark.parametrize("body", [b"", b"{}", b"not json", b'{"tenant_id": "x"}', b"\xff\xfe"])
async def test_a_body_that_is_no_job_is_dropped_with_a_line_in_the_log(
    shop: Shop, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    await record_poison(body, shop.services, clock=shop.clock)

    assert "is no job" in caplog.text


async def test_a_poisoned_message_of_an_unknown_tenant_is_dropped_with_a_line_in_the_log(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    await record_poison(shop.job().to_json(), shop.services, clock=shop.clock)

    assert CONTOSO in caplog.text
    assert shop.tenants.statuses == {}


async def test_the_log_names_the_tenant_and_the_code_and_nobody(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    message = "Resource ana@contoso.example was not found."
    named = GiveUp(AccessError(word=Access.OTHER, code="Request_ResourceNotFound", message=message))
    fill(shop.knows(), "ana", "ben").trouble["users"] = named

    await shop.take()

    assert "other (Request_ResourceNotFound)" in caplog.text
    assert "ana@" not in caplog.text
