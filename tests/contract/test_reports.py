"""Reports' rows: one suite for the fake and for the table on Azurite."""

import base64
from typing import Any
from uuid import uuid4

import pytest

from sspr_core.adapters.storage import Storage
from sspr_core.model.errors import Conflict, NotFound
from sspr_core.model.ids import EVERY_TENANT, Scope, TenantId
from sspr_core.model.queue_messages import PREPARE_REPORTS, ReportJob
from sspr_core.model.report import Report
from sspr_core.model.report_plan import ReportPlan, ReportState, ReportTrouble, SentReport, StoredPlan
from sspr_core.model.run import new_run_id
from sspr_core.ports.reports import Reports
from sspr_core.ports.storage import OperatorSettings
from tests.builders import DAY, MONDAY, a_world

NOBODY = Scope(tenants=frozenset())
PLAN = ReportPlan(scheduled=True, weekday="monday", recipients=("it@contoso.example",), names=True)


@pytest.fixture(params=["memory", "azurite"])
def opened(request: pytest.FixtureRequest) -> Any:
    return a_world() if request.param == "memory" else request.getfixturevalue("storage")


@pytest.fixture
def reports(opened: Any) -> Reports:
    rows: Reports = opened.reports
    return rows


@pytest.fixture
def own(opened: Any) -> OperatorSettings:
    settings: OperatorSettings = opened.own
    return settings


@pytest.fixture
def tenant() -> TenantId:
    return TenantId(str(uuid4()))


def a_sent(tenant: TenantId | None, *, days: int = 0) -> SentReport:
    at = MONDAY + days * DAY
    report = Report(tenant_id=tenant, tenant_name="Contoso", language="en", zone="Etc/UTC", as_of=at)
    return SentReport(run_id=new_run_id(at), report=report)


async def test_a_plan_that_nobody_set_is_none(own: OperatorSettings, tenant: TenantId) -> None:
    assert await own.report_plan(EVERY_TENANT, tenant) == StoredPlan(tenant_id=tenant)
    assert await own.report_plans(EVERY_TENANT) == []


async def test_plans_are_kept_with_who_set_them_and_since_when_they_hold(
    own: OperatorSettings, tenant: TenantId
) -> None:
    await own.save_report_plan(tenant, PLAN, begins_at=MONDAY - DAY, by="olga", at=MONDAY)
    await own.save_report_plan(None, ReportPlan(day_of_month=31), begins_at=MONDAY, by="olga", at=MONDAY)

    kept = StoredPlan(tenant_id=tenant, plan=PLAN, by="olga", at=MONDAY, begins_at=MONDAY - DAY)
    assert await own.report_plan(EVERY_TENANT, tenant) == kept
    assert {one.tenant_id for one in await own.report_plans(EVERY_TENANT)} == {tenant, None}
    assert await own.report_plans(Scope(tenants=frozenset({tenant}))) == [kept]


async def test_the_plan_over_all_is_for_those_who_may_see_all(own: OperatorSettings, tenant: TenantId) -> None:
    some = Scope(tenants=frozenset({tenant}))

    assert await own.report_plan(some, tenant) == StoredPlan(tenant_id=tenant)
    with pytest.raises(NotFound):
        await own.report_plan(some, None)
    with pytest.raises(NotFound):
        await own.report_plan(NOBODY, tenant)


async def test_a_state_is_saved_over_the_one_that_was_read(reports: Reports, tenant: TenantId) -> None:
    trouble = ReportTrouble(code="poison_message", message="It failed.", remedy="Look.", at=MONDAY)
    first = await reports.save_state(ReportState(tenant_id=tenant, due_at=MONDAY, trouble=trouble))
    second = await reports.save_state(ReportState(tenant_id=tenant, due_at=MONDAY + DAY, etag=first.etag))

    assert await reports.state(EVERY_TENANT, tenant) == second
    assert await reports.states(EVERY_TENANT) == [second]
    assert await reports.states(NOBODY) == []


async def test_a_state_that_is_another_by_now_is_left(reports: Reports) -> None:
    first = await reports.save_state(ReportState(tenant_id=None, due_at=MONDAY))

    with pytest.raises(Conflict):
        await reports.save_state(ReportState(tenant_id=None, due_at=MONDAY + DAY))
    assert await reports.state(EVERY_TENANT, None) == first


async def test_before_the_first_report_there_is_an_empty_state(reports: Reports, tenant: TenantId) -> None:
    assert await reports.state(EVERY_TENANT, tenant) == ReportState(tenant_id=tenant)
    with pytest.raises(NotFound):
        await reports.state(NOBODY, tenant)


async def test_the_last_report_is_the_newest_before(reports: Reports, tenant: TenantId) -> None:
    old, new, other = a_sent(tenant), a_sent(tenant, days=7), a_sent(None, days=3)
    for one in (old, new, other, old):
        await reports.archive(one)

    assert await reports.last(EVERY_TENANT, tenant, before=MONDAY + 8 * DAY) == new
    assert await reports.last(EVERY_TENANT, tenant, before=MONDAY + 7 * DAY) == old
    assert await reports.last(EVERY_TENANT, tenant, before=MONDAY) is None
    assert await reports.last(EVERY_TENANT, None, before=MONDAY + 8 * DAY) == other


async def test_the_archive_is_read_newest_first_and_page_by_page(reports: Reports, tenant: TenantId) -> None:
    all_of_them = [a_sent(tenant, days=days) for days in range(5)]
    for one in all_of_them:
        await reports.archive(one)

    first, following = await reports.sent(EVERY_TENANT, tenant, after=None, limit=3)
    rest, end = await reports.sent(EVERY_TENANT, tenant, after=following, limit=3)

    assert [*first, *rest] == all_of_them[::-1]
    assert end is None
    with pytest.raises(NotFound):
        await reports.sent(NOBODY, tenant, after=None, limit=3)


async def test_reports_before_a_time_can_be_deleted_from_the_archive(reports: Reports, tenant: TenantId) -> None:
    for whose in (tenant, None):
        for days in range(3):
            await reports.archive(a_sent(whose, days=days))

    assert await reports.delete_sent(tenant, before=MONDAY + DAY) == 1
    assert await reports.delete_sent(tenant, before=MONDAY + DAY) == 0

    for whose, left in ((tenant, 2), (None, 3)):
        sent, _ = await reports.sent(EVERY_TENANT, whose, after=None, limit=10)
        assert len(sent) == left


async def test_a_report_to_prepare_lies_in_its_queue_as_the_host_reads_it(storage: Storage, tenant: TenantId) -> None:
    jobs = [ReportJob(tenant_id=one, due_at=MONDAY, first_at=MONDAY) for one in (tenant, None)]

    await storage.report_jobs.send(jobs)
    await storage.report_jobs.send(jobs, after=DAY)

    queue = storage.queues.get_queue_client(storage.prefix + PREPARE_REPORTS)
    bodies = [base64.b64decode(one.content) async for one in queue.receive_messages()]
    assert sorted(map(ReportJob.from_json, bodies), key=str) == sorted(jobs, key=str)
