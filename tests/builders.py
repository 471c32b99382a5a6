"""Builders for test values, with defaults."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sspr_core.model.counts import Counts, SsprScope
from sspr_core.model.history import Course, Point, SnapshotHeader
from sspr_core.model.ids import TenantId
from sspr_core.model.limits import OperatingLimits
from sspr_core.model.problem import Access, Problem
from sspr_core.model.tenant import Eligibility, Tenant, TenantRecord, TenantStatus
from sspr_core.ports.services import Services
from tests.fakes.directories import FakeDirectories
from tests.fakes.mailing import a_post
from tests.fakes.monitoring import MemoryJobRuns, MemoryQueues
from tests.fakes.operator_settings import MemoryOwnSettings
from tests.fakes.reports import MemoryReportJobs, MemoryReports
from tests.fakes.storage import MemoryClaims, MemoryCoverage, MemoryJobs, MemoryRegistrations, MemoryTenants
from tests.graph_rows import guid

MONDAY = datetime(2026, 11, 23, 6, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PARTNER = guid("partner")

TERMS = OperatingLimits(
    partner_tenant_id=PARTNER,
    client_id=guid("client"),
    authority="https://login.microsoftonline.com",
    public_url="https://sspr.partner.example",
    snapshot_every=DAY,
    fresh_within=timedelta(hours=26),
    sign_in_enabled=True,
)


def a_world(**said: Any) -> Services:
    """Services in memory."""
    usual: dict[str, Any] = {
        "terms": TERMS,
        "directories": FakeDirectories(),
        "tenants": MemoryTenants(),
        "claims": MemoryClaims(),
        "registrations": MemoryRegistrations(),
        "coverage": MemoryCoverage(),
        "own": MemoryOwnSettings(),
        "jobs": MemoryJobs(),
        "post": a_post(),
        "queues": MemoryQueues(),
        "job_runs": MemoryJobRuns(),
        "reports": MemoryReports(),
        "report_jobs": MemoryReportJobs(),
    }
    return Services(**{**usual, **said})


def counts(*, registered: int = 6, to_register: int = 4, **said: int) -> Counts:
    """All enabled, none with unknown status."""
    usual = Counts(
        population_count=registered + to_register,
        registered_count=registered,
        registered_enabled_count=registered,
        not_registered_count=to_register,
        to_register_count=to_register,
    )
    return replace(usual, **said)


def a_course(*days: tuple[datetime, Counts]) -> Course:
    course = Course()
    for at, figures in days:
        course = course.with_point(a_header(figures, at=at).point)
    return course


def a_header(figures: Counts | None = None, *, at: datetime = MONDAY, **said: Any) -> SnapshotHeader:
    figures = figures or counts()
    usual: dict[str, Any] = {
        "snapshot_id": "s",
        "started_at": at,
        "finished_at": at + timedelta(minutes=1),
        "user_count": figures.population_count,
        "counts": figures,
        "excluded_by_reason": {},
        "licence_shortfall_count": 0,
        "digest": "d",
    }
    return SnapshotHeader(**{**usual, **said})


def a_known(
    name: str = "contoso", *, read_at: datetime | None = MONDAY, figures: Counts | None = None, **said: Any
) -> TenantRecord:
    """An active tenant, read at `read_at` (None: never). The other arguments go to the tenant row or the status."""
    tenant_id = TenantId(guid(name))
    tenant = Tenant(tenant_id=tenant_id, found_at=MONDAY - 90 * DAY, listed=True, gdap_name=name.title())
    status = TenantStatus(tenant_id=tenant_id, eligibility=Eligibility.UNKNOWN)
    if read_at:
        figures = figures or counts()
        status = replace(
            status,
            eligibility=Eligibility.ELIGIBLE,
            premium_seat_count=25,
            counts=figures,
            licence_shortfall_count=0,
            sspr_scope=SsprScope.ALL,
            user_count=figures.population_count + figures.excluded_count,
            last_started_at=read_at,
            last_success_at=read_at,
            course=a_course((read_at, figures)),
        )
    of_tenant = {key: value for key, value in said.items() if key in Tenant.__slots__}
    of_status = {key: value for key, value in said.items() if key not in of_tenant}
    return TenantRecord(tenant=replace(tenant, **of_tenant), status=replace(status, **of_status))


def a_problem(word: Access = Access.CONSENT_MISSING, *, since: datetime = MONDAY) -> Problem:
    return Problem(word=word, code="AADSTS700016", message="Application not found.", since=since)


def a_point(at: datetime, figures: Counts) -> Point:
    return a_header(figures, at=at).point
