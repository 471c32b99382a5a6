"""What the settings say that decisions and answers need, and how long what is past is kept."""

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """From when on a daily timer deletes. Users as they are now are kept as long as their directory has them."""

    changes: timedelta = timedelta(days=400)  # SSPR_KEEP_CHANGES: what changed of each user
    coverage: timedelta = timedelta(days=1825)  # SSPR_KEEP_COVERAGE: each tenant's figures a day, and those of reports
    deliveries: timedelta = timedelta(days=180)  # SSPR_KEEP_DELIVERIES: runs with their emails, from their end on


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingLimits:
    """Built once by `settings.py`, which has their names and defaults."""

    partner_tenant_id: str
    client_id: str
    authority: str  # SSPR_AUTHORITY: which cloud links lead to
    public_url: str
    snapshot_every: timedelta
    fresh_within: timedelta
    sign_in_enabled: bool  # WEBSITE_AUTH_ENABLED: without it no principal header is believed
    cool_down: timedelta = timedelta(days=7)  # nobody gets a second email sooner
    typed_above: int = 100  # recipients: more than that, and their number is to be typed
    keep: Retention = field(default_factory=Retention)  # SSPR_KEEP_…
