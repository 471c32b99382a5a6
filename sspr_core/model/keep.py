"""What the settings say that decisions and answers need, and how long what is past is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """From when on a daily timer deletes. Users as they are now are kept as long as their directory has them."""

    changes: timedelta = timedelta(days=400)  # SSPR_KEEP_CHANGES: what changed of each user
    coverage: timedelta = timedelta(days=1825)  # SSPR_KEEP_COVERAGE: each tenant's figures a day, and those of reports
    deliveries: timedelta = timedelta(days=180)  # SSPR_KEEP_DELIVERIES: runs with their emails, from their end on


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Built once by `settings.py`, which has their names and defaults."""

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
