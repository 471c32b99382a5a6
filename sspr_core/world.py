"""Everything a journey may be handed: the ports, and the few settings that decisions need."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sspr_core.health_ports import JobRuns, Queues
from sspr_core.mail_ports import Post
from sspr_core.model.keep import Keep
from sspr_core.ports import Claims, Coverage, Directories, Jobs, OwnSettings, Registrations, Tenants
from sspr_core.report_ports import ReportJobs, Reports
from sspr_core.telemetry import SILENCE, Telemetry


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Settings that decisions and answers need (design of settings: `settings.py`)."""

    partner_tenant_id: str
    client_id: str
    authority: str  # SSPR_AUTHORITY: which cloud links lead to
    public_url: str
    snapshot_every: timedelta
    fresh_within: timedelta
    sign_in_enabled: bool  # WEBSITE_AUTH_ENABLED: without it no principal header is believed
    mail_per_minute: int | None = 30  # None: no limit
    mail_per_hour: int | None = 100
    cool_down: timedelta = timedelta(days=7)  # nobody gets a second email sooner
    longest_run: timedelta = timedelta(hours=24)  # what would take longer is refused
    typed_above: int = 100  # recipients: more than that, and their number is to be typed
    mail_numbers: Mapping[str, timedelta | int] = field(default_factory=dict)  # other numbers of sending, scaled
    keep: Keep = field(default_factory=Keep)  # SSPR_KEEP_…


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The ports, opened once per process and event loop."""

    terms: Terms
    directories: Directories
    tenants: Tenants
    claims: Claims
    registrations: Registrations
    coverage: Coverage
    own: OwnSettings
    jobs: Jobs
    post: Post
    queues: Queues
    job_runs: JobRuns
    reports: Reports
    report_jobs: ReportJobs
    telemetry: Telemetry = SILENCE
