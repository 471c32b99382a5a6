"""Everything that a trigger or route may pass on: the ports, and the few settings that decisions need."""

from dataclasses import dataclass

from sspr_core.model.limits import OperatingLimits
from sspr_core.ports.mail import Mailing
from sspr_core.ports.monitoring import JobRuns, Queues
from sspr_core.ports.reports import ReportJobs, Reports
from sspr_core.ports.storage import Claims, Coverage, Directories, Jobs, OperatorSettings, Registrations, Tenants
from sspr_core.ports.telemetry import NULL_TELEMETRY, Telemetry


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The ports, opened once per process and event loop."""

    terms: OperatingLimits
    directories: Directories
    tenants: Tenants
    claims: Claims
    registrations: Registrations
    coverage: Coverage
    own: OperatorSettings
    jobs: Jobs
    post: Mailing
    queues: Queues
    job_runs: JobRuns
    reports: Reports
    report_jobs: ReportJobs
    telemetry: Telemetry = NULL_TELEMETRY
