"""A report that is due while sending is off: made, archived, marked as not mailed, and settled."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest
from msgspec.structs import replace as but

from sspr_core.adapters.tables.packing import packed_columns
from sspr_core.adapters.tables.reports import sent_of, sent_row
from sspr_core.model.errors import TryAgain
from sspr_core.model.ids import EVERY_TENANT
from sspr_core.model.report_plan import SentReport
from sspr_core.model.run import RunId, RunState
from sspr_core.ports.services import Services
from sspr_core.report.archive import ReportRefused
from sspr_core.report.prepare import asked_for, prepare, scheduled
from sspr_core.report.triggers import handle_report_message, queue_due, settle_accepted
from tests.builders import DAY, HOUR
from tests.fakes.mailing import MemoryMailer
from tests.report.report_builders import a_report
from tests.report.report_env import (
    EIGHT,
    FAULTS,
    PLAN,
    TO,
    Killed,
    Storage,
    a_bureau,
    a_job,
    archive_of,
    expands_of,
    jobs_of,
    runs_of,
)
from tests.snapshot.snapshot_env import CONTOSO

WITH_NAMES = but(PLAN, names=True, attachments=("csv", "xlsx"))


def off(services: Services) -> Services:
    return replace(services, post=replace(services.post, mailer=None))


async def due(services: Services, *, now) -> set[object]:
    jobs_of(services).sent.clear()
    await queue_due(services.own, services.reports, services.report_jobs, now=now)
    return {job.tenant_id for job, _ in jobs_of(services).sent}


async def test_it_is_archived_with_the_figures_of_one_that_is_mailed():
    sending, not_sending = await a_bureau(plan=WITH_NAMES), off(await a_bureau(plan=WITH_NAMES))

    for services in (sending, not_sending):
        await handle_report_message(a_job(), services, now=EIGHT)

    [mailed], [kept] = archive_of(sending).archived.values(), archive_of(not_sending).archived.values()
    assert (mailed.mailed, kept.mailed) == (True, False)
    assert kept.report == mailed.report


async def test_its_run_is_over_and_nothing_of_a_mail_is_kept():
    services = off(await a_bureau(plan=WITH_NAMES))

    run = await prepare(scheduled(CONTOSO, EIGHT), EVERY_TENANT, services, now=EIGHT)

    assert (run.state, run.mailed, run.finished_at) == (RunState.CANCELLED, False, EIGHT)
    assert run.problem is not None
    assert "not mailed" in run.problem
    assert (run.recipient_count, run.page_count, services.post.runs.pinned_recipients) == (len(TO), 0, {})
    assert (await services.post.runs.letter(run.run_id)).is_gone
    assert expands_of(services) == []


async def test_it_is_not_caught_up_when_sending_is_on_again_and_the_next_one_is_mailed():
    services = await a_bureau()
    await handle_report_message(a_job(), off(services), now=EIGHT)

    assert CONTOSO not in await due(services, now=EIGHT + HOUR)
    await handle_report_message(a_job(), services, now=EIGHT + HOUR)  # a message that came late
    assert len(runs_of(services)) == 1

    await handle_report_message(a_job(due_at=EIGHT + 7 * DAY), services, now=EIGHT + 7 * DAY)
    assert [sent.mailed for _, sent in sorted(archive_of(services).archived.items(), reverse=True)] == [False, True]
    assert isinstance(services.post.mailer, MemoryMailer)


async def test_nothing_on_its_plan_is_wrong():
    services = off(await a_bureau())

    await handle_report_message(a_job(), services, now=EIGHT)

    state = await services.reports.state(EVERY_TENANT, CONTOSO)
    assert (state.due_at, state.trouble) == (EIGHT, None)


async def test_to_send_one_now_is_refused_with_what_to_do():
    services = off(await a_bureau())

    with pytest.raises(ReportRefused) as refused:
        await prepare(asked_for(CONTOSO, "a", by="olga", by_name="Olga"), EVERY_TENANT, services, now=EIGHT)

    assert refused.value.code == "no_mail_service"
    assert refused.value.message.startswith("Sending is off")
    assert "communication-services" in refused.value.remedy
    assert (runs_of(services), archive_of(services).archived) == ([], {})


async def test_two_at_once_make_one():
    services = off(await a_bureau())

    await asyncio.gather(*(handle_report_message(a_job(), services, now=EIGHT) for _ in range(2)))

    assert (len(archive_of(services).archived), len(runs_of(services))) == (1, 1)


async def _calls() -> int:
    storage = Storage(None, done=False, error=TryAgain)
    await handle_report_message(a_job(), storage.around(off(await a_bureau())), now=EIGHT)
    return storage.count


CALLS = asyncio.run(_calls())


@pytest.mark.parametrize("number", range(1, CALLS + 1))
@pytest.mark.parametrize(("error", "done"), FAULTS)
async def test_wherever_storage_fails_or_the_process_dies_it_is_made_once(number, error, done):
    services = off(await a_bureau())
    storage = Storage(number, done=done, error=error)
    with suppress(Killed):
        await handle_report_message(a_job(), storage.around(services), now=EIGHT)
    assert storage.count >= number

    await handle_report_message(a_job(), services, now=EIGHT + HOUR / 60)
    await settle_accepted(services, now=EIGHT + HOUR)

    [run] = runs_of(services)
    assert [(sent.run_id, sent.mailed) for sent in archive_of(services).archived.values()] == [(run.run_id, False)]
    assert (await services.reports.state(EVERY_TENANT, CONTOSO)).due_at == EIGHT


def test_what_an_earlier_version_archived_was_mailed():
    sent = SentReport(run_id=RunId("19cad3f2a0b47f"), report=a_report())
    earlier = packed_columns({"run_id": sent.run_id, "report": sent.report})

    assert sent_of(earlier) == sent
    assert sent_of(sent_row(replace(sent, mailed=False))).mailed is False
