"""Which reports are queued, what is shown when one fails, and which are dropped."""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace as but

from sspr_core.model.errors import TryAgain
from sspr_core.model.ids import EVERY_TENANT
from sspr_core.model.queue_messages import ReportJob
from sspr_core.model.report_plan import ReportPlan, SentReport
from sspr_core.ports.reports import Reports
from sspr_core.ports.services import Services
from sspr_core.report.prepare import asked_for, prepare
from sspr_core.report.triggers import RESTS, handle_report_message, queue_due, record_poison, settle_accepted
from tests.builders import DAY, HOUR, MONDAY
from tests.report.report_env import EIGHT, PLAN, Storage, a_bureau, a_job, archive_of, expands_of, jobs_of, runs_of
from tests.snapshot.snapshot_env import CONTOSO

ASKED_FOR = asked_for(CONTOSO, "a key", by="olga", by_name="Olga")


async def swept(services: Services, now=EIGHT) -> list[tuple[object, object]]:
    jobs_of(services).sent.clear()
    count = await queue_due(services.own, services.reports, services.report_jobs, now=now)
    found = [(job.tenant_id, job.due_at) for job, _ in jobs_of(services).sent]
    assert count == len(found)
    return found


async def trouble(services: Services):
    return (await services.reports.state(EVERY_TENANT, CONTOSO)).trouble


async def test_a_message_per_report_is_queued_when_it_is_due():
    services = await a_bureau()

    assert await swept(services, EIGHT - HOUR) == [(CONTOSO, EIGHT - 7 * DAY), (None, EIGHT - 7 * DAY)]
    assert await swept(services) == [(CONTOSO, EIGHT), (None, EIGHT)]


async def test_what_was_prepared_is_not_queued_again_until_the_next_is_due():
    services = await a_bureau()
    await handle_report_message(a_job(), services, now=EIGHT)

    assert await swept(services, EIGHT + HOUR) == [(None, EIGHT)]
    assert (CONTOSO, EIGHT + 7 * DAY) in await swept(services, EIGHT + 7 * DAY)


async def test_plans_that_are_not_scheduled_are_left_alone():
    assert await swept(await a_bureau(plan=ReportPlan(weekday="monday"))) == []


async def test_a_report_missed_for_weeks_is_sent_once_and_says_that_it_is_late():
    services = await a_bureau()
    back_again = EIGHT + 16 * DAY

    for now in (back_again, back_again + HOUR):
        for tenant, due_at in await swept(services, now):
            await handle_report_message(a_job(tenant, due_at), services, now=now)

    [sent] = [one for one in archive_of(services).archived.values() if one.report.tenant_id == CONTOSO]
    assert (sent.report.due_at, sent.report.late) == (EIGHT + 14 * DAY, True)
    assert len(runs_of(services)) == 2  # and the one over all tenants


@pytest.mark.parametrize(
    "job",
    [a_job(due_at=EIGHT - 7 * DAY), a_job(due_at=EIGHT + 7 * DAY), a_job(due_at=EIGHT + HOUR)],
    ids=["one that another has followed", "not due yet", "no occurrence"],
)
async def test_a_message_for_what_is_not_due_is_let_go(job: ReportJob):
    services = await a_bureau()

    await handle_report_message(job, services, now=EIGHT)

    assert runs_of(services) == []


async def test_a_message_comes_in_vain_when_the_plan_was_switched_off_meanwhile():
    services = await a_bureau()
    await services.own.save_report_plan(CONTOSO, but(PLAN, scheduled=False), begins_at=MONDAY, by="olga", at=MONDAY)

    await handle_report_message(a_job(), services, now=EIGHT)

    assert runs_of(services) == []


async def test_why_a_report_was_not_sent_is_on_its_plan_until_one_is():
    services = await a_bureau(plan=but(PLAN, recipients=()))
    for now in (EIGHT, EIGHT + HOUR):
        await handle_report_message(a_job(), services, now=now)
    told = await trouble(services)
    await services.own.save_report_plan(CONTOSO, PLAN, begins_at=MONDAY - 30 * DAY, by="olga", at=MONDAY)
    await handle_report_message(a_job(), services, now=EIGHT + HOUR)

    assert (told.code, told.at) == ("no_recipients", EIGHT)
    assert "Name at least one address" in told.remedy
    assert await trouble(services) is None
    assert len(runs_of(services)) == 1


async def test_a_message_that_is_poison_is_shown_and_its_report_rests_for_some_hours():
    services = await a_bureau()

    await record_poison(a_job().to_json(), services, now=EIGHT)

    assert (await trouble(services)).code == "poison_message"
    assert await swept(services, EIGHT + HOUR) == [(None, EIGHT)]
    assert await swept(services, EIGHT + RESTS) == [(CONTOSO, EIGHT), (None, EIGHT)]


async def test_poison_of_what_was_prepared_meanwhile_is_no_trouble():
    services = await a_bureau()
    await handle_report_message(a_job(), services, now=EIGHT)

    await record_poison(a_job().to_json(), services, now=EIGHT)

    assert await trouble(services) is None


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"tenant_id":"x","due_at":"2026-01-01T00:00:00Z","first_at":"2026-01-01T00:00:00Z"}']
)
async def test_what_is_no_job_is_told_in_the_log_and_dropped(body: bytes, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.ERROR):
        await record_poison(body, await a_bureau(), now=EIGHT)

    assert f"{len(body)} bytes" in caplog.text


async def test_while_storage_is_away_poison_leaves_the_report_due(caplog: pytest.LogCaptureFixture):
    services = await a_bureau()

    await record_poison(a_job().to_json(), Storage(1, done=False, error=TryAgain).around(services), now=EIGHT)

    assert "storage is away" in caplog.text
    assert (CONTOSO, EIGHT) in await swept(services)


def test_a_job_is_the_same_after_its_way_through_the_queue():
    for job in (a_job(), a_job(None)):
        assert ReportJob.from_json(job.to_json()) == job


def test_a_job_whose_time_has_no_zone_is_none():
    body = b'{"tenant_id":null,"due_at":"2026-01-01T00:00:00","first_at":"2026-01-01T00:00:00Z"}'

    with pytest.raises(ValueError, match="zone"):
        ReportJob.from_json(body)


async def test_a_report_that_was_asked_for_goes_out_and_is_archived_though_storage_was_away():
    """After an error the user would request it again, under another key, and it would be sent twice."""
    services = await a_bureau()

    run = await prepare(ASKED_FOR, EVERY_TENANT, replace(services, reports=Away(services.reports)), now=EIGHT)

    assert (expands_of(services), archive_of(services).archived) == ([run.run_id], {})
    await settle_accepted(services, now=EIGHT + HOUR)
    assert [sent.run_id for sent in archive_of(services).archived.values()] == [run.run_id]
    assert (await services.reports.state(EVERY_TENANT, CONTOSO)).due_at is None


@pytest.mark.parametrize("age", [HOUR / 60, 2 * DAY])
async def test_a_report_is_not_looked_for_while_it_is_made_and_after_a_day(age: timedelta):
    services = await a_bureau()
    await prepare(ASKED_FOR, EVERY_TENANT, replace(services, reports=Away(services.reports)), now=EIGHT)

    await settle_accepted(services, now=EIGHT + age)

    assert archive_of(services).archived == {}


async def test_what_is_archived_is_left_as_it_is(caplog: pytest.LogCaptureFixture):
    services = await a_bureau()
    for tenant in (CONTOSO, None):
        await handle_report_message(a_job(tenant), services, now=EIGHT)
    before = dict(archive_of(services).rows), dict(archive_of(services).archived)

    await settle_accepted(services, now=EIGHT + HOUR)

    assert (archive_of(services).rows, archive_of(services).archived) == before
    assert not caplog.records


class Away:
    """Reports that can be read, but not archived."""

    def __init__(self, reports: Reports) -> None:
        self._reports = reports

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reports, name)

    async def archive(self, sent: SentReport) -> None:
        raise TryAgain
