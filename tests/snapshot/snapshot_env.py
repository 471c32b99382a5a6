"""Services in memory for snapshots: one clock, one way to take a snapshot."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sspr_core.model.graph_rows import DirectoryUser, ReportRow
from sspr_core.model.ids import EVERY_TENANT, TenantId
from sspr_core.model.limits import OperatingLimits
from sspr_core.model.queue_messages import SnapshotJob
from sspr_core.model.registration import Change
from sspr_core.model.tenant import Tenant, TenantStatus
from sspr_core.ports.mail import Mailing
from sspr_core.ports.services import Services
from sspr_core.ports.telemetry import NULL_TELEMETRY, Telemetry
from sspr_core.snapshot.triggers import handle_snapshot_message
from tests.builders import MONDAY, TERMS
from tests.fakes.directories import FakeDirectories, FakeDirectory
from tests.fakes.mailing import a_post
from tests.fakes.monitoring import MemoryJobRuns, MemoryQueues
from tests.fakes.operator_settings import MemoryOwnSettings
from tests.fakes.reports import MemoryReportJobs, MemoryReports
from tests.fakes.storage import MemoryClaims, MemoryCoverage, MemoryJobs, MemoryRegistrations, MemoryTenants
from tests.graph_rows import a_report_row, a_row, guid

CONTOSO = TenantId(guid("contoso"))


@dataclass
class Shop:
    """The services with their fakes by their own types, and a clock that moves only when set."""

    now: datetime = MONDAY
    directories: FakeDirectories = field(default_factory=FakeDirectories)
    tenants: MemoryTenants = field(default_factory=MemoryTenants)
    claims: MemoryClaims = field(default_factory=MemoryClaims)
    registrations: MemoryRegistrations = field(default_factory=MemoryRegistrations)
    coverage: MemoryCoverage = field(default_factory=MemoryCoverage)
    own: MemoryOwnSettings = field(default_factory=MemoryOwnSettings)
    jobs: MemoryJobs = field(default_factory=MemoryJobs)
    post: Mailing = field(default_factory=a_post)
    large: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    terms: OperatingLimits = TERMS
    telemetry: Telemetry = NULL_TELEMETRY

    def clock(self) -> datetime:
        return self.now

    def later(self, by: timedelta) -> None:
        self.now += by

    def knows(self, tenant: TenantId = CONTOSO, **said: object) -> FakeDirectory:
        """A known tenant, and its directory without users."""
        self.tenants.rows[tenant] = Tenant(tenant_id=tenant, found_at=MONDAY, listed=True, **said)
        self.directories.tenants[tenant] = FakeDirectory(tenant)
        return self.directories.tenants[tenant]

    async def take(self, job: SnapshotJob | None = None, tenant: TenantId = CONTOSO) -> None:
        await handle_snapshot_message(job or self.job(tenant), self.services, clock=self.clock, large=self.large)

    def job(self, tenant: TenantId = CONTOSO) -> SnapshotJob:
        return SnapshotJob.first(tenant, now=self.now)

    @property
    def services(self) -> Services:
        return Services(
            terms=self.terms,
            directories=self.directories,
            tenants=self.tenants,
            claims=self.claims,
            registrations=self.registrations,
            coverage=self.coverage,
            own=self.own,
            jobs=self.jobs,
            post=self.post,
            queues=MemoryQueues(),
            job_runs=MemoryJobRuns(),
            reports=MemoryReports(),
            report_jobs=MemoryReportJobs(),
            telemetry=self.telemetry,
        )

    def status(self, tenant: TenantId = CONTOSO) -> TenantStatus:
        return self.tenants.statuses.get(tenant, TenantStatus(tenant_id=tenant))

    def registered(self, tenant: TenantId = CONTOSO) -> dict[str, str]:
        """What is stored: each user's name and registration."""
        rows = self.registrations.rows.get(tenant, {}).values()
        return {row.stored.user.display_name: row.stored.user.registration.value for row in rows}

    async def changes(self, tenant: TenantId = CONTOSO) -> list[Change]:
        return (await self.registrations.changes(EVERY_TENANT, tenant, after=None, limit=1000))[0]


def people(*names: str, registered: tuple[str, ...] = ()) -> tuple[list[DirectoryUser], list[ReportRow]]:
    """Rows of both lists for these people."""
    return (
        [a_row(name) for name in names],
        [a_report_row(name, is_sspr_registered=name in registered) for name in names],
    )


def fill(directory: FakeDirectory, *names: str, registered: tuple[str, ...] = ()) -> FakeDirectory:
    directory.user_rows, directory.report_rows = people(*names, registered=registered)
    return directory
