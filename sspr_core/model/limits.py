"""Values from the settings that decisions and answers need, and how long past data are kept."""

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """The ages at which a daily timer deletes. Current users are kept as long as their directory has them."""

    changes: timedelta = timedelta(days=400)  # SSPR_KEEP_CHANGES: the changes of each user
    coverage: timedelta = timedelta(days=1825)  # SSPR_KEEP_COVERAGE: each tenant's daily figures, and those of reports
    deliveries: timedelta = timedelta(days=180)  # SSPR_KEEP_DELIVERIES: runs with their emails, counted from their end


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingLimits:
    """Built once by the package `settings`, which has the names and defaults."""

    partner_tenant_id: str
    client_id: str
    authority: str  # SSPR_AUTHORITY: the cloud that links lead to
    public_url: str
    snapshot_every: timedelta
    fresh_within: timedelta
    sign_in_enabled: bool  # WEBSITE_AUTH_ENABLED: if off, the principal headers are not trusted
    cool_down: timedelta = timedelta(days=7)  # no user gets a second email sooner
    typed_above: int = 100  # recipients: above this the operator must type their number
    keep: Retention = field(default_factory=Retention)  # SSPR_KEEP_…
