"""Prepares reports in memory: a tenant with a plan and users."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from sspr_core.model.errors import TryAgain
from sspr_core.model.ids import TenantId
from sspr_core.model.queue_messages import ReportJob
from sspr_core.model.registration import StoredUser
from sspr_core.model.report_plan import ReportPlan
from sspr_core.model.run import Run
from sspr_core.ports.mail import Mailing
from sspr_core.ports.services import Services
from tests.builders import DAY, MONDAY, a_known, a_world
from tests.fakes.mailing import MemoryNudges, MemoryRuns, SetClock, a_post
from tests.fakes.reports import MemoryReportJobs, MemoryReports
from tests.fakes.storage import MemoryRegistrations, MemoryTenants, _UserRow
from tests.mail.user_builders import a_stored_user
from tests.snapshot.snapshot_env import CONTOSO

EIGHT = MONDAY + 2 * (DAY / 24)  # Monday, 8:00 UTC
TO = ("it@contoso.example", "boss@contoso.example")
PLAN = ReportPlan(scheduled=True, weekday="monday", hour=8, recipients=TO)


async def a_bureau(*users: StoredUser, plan: ReportPlan = PLAN, clock: SetClock | None = None, **said: Any) -> Services:
    """Contoso with the plan, set a month ago, and no report yet."""
    known = a_known("contoso", **said)
    services = a_world(
        tenants=MemoryTenants(rows={CONTOSO: known.tenant}, statuses={CONTOSO: known.status}),
        registrations=MemoryRegistrations(
            rows={CONTOSO: {one.user_id: _UserRow(one, "", "") for one in users or (a_stored_user("ana"),)}}
        ),
        post=a_post(clock=clock),
    )
    for tenant in (CONTOSO, None):
        await services.own.save_report_plan(tenant, plan, begins_at=MONDAY - 30 * DAY, by="olga", at=MONDAY - 30 * DAY)
    return services


def a_job(tenant: TenantId | None = CONTOSO, due_at: datetime = EIGHT) -> ReportJob:
    return ReportJob(tenant_id=tenant, due_at=due_at, first_at=due_at)


def runs_of(services: Services) -> list[Run]:
    assert isinstance(services.post.runs, MemoryRuns)
    return list(services.post.runs.rows.values())


def archive_of(services: Services) -> MemoryReports:
    assert isinstance(services.reports, MemoryReports)
    return services.reports


def jobs_of(services: Services) -> MemoryReportJobs:
    assert isinstance(services.report_jobs, MemoryReportJobs)
    return services.report_jobs


def expands_of(services: Services) -> list[str]:
    assert isinstance(services.post.send_queue, MemoryNudges)
    return [one.run_id for one in services.post.send_queue.messages.values() if one.key is None]


class Storage:
    """Counts the calls of the services' ports; the call with the given number fails, before it is done or after."""

    def __init__(self, fails_at: int | None, *, done: bool, error: type[BaseException]) -> None:
        self.count = 0
        self._fails_at, self._done, self._error = fails_at, done, error

    def around(self, services: Services) -> Services:
        post: Mailing = services.post
        watched = replace(
            post, runs=self._of(post.runs), send_queue=self._of(post.send_queue), deliveries=self._of(post.deliveries)
        )
        names = ("tenants", "registrations", "own", "reports", "report_jobs")
        return replace(services, post=watched, **{name: self._of(getattr(services, name)) for name in names})

    def _of(self, port: Any) -> Any:
        return _Watched(port, self)

    @contextmanager
    def call(self) -> Iterator[None]:
        self.count += 1
        here = self.count == self._fails_at
        if here and not self._done:
            raise self._error
        yield
        if here:
            raise self._error


class Killed(BaseException):
    """The process was killed."""


class _Watched:
    def __init__(self, port: Any, storage: Storage) -> None:
        self._port, self._storage = port, storage

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if name == "pages":
            return method

        async def called(*args: Any, **said: Any) -> Any:
            with self._storage.call():
                return await method(*args, **said)

        return called


FAULTS = [(TryAgain, False), (TryAgain, True), (Killed, False), (Killed, True)]
