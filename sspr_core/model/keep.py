"""How long what is past is kept."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """From when on a daily timer deletes. Users as they are now are kept as long as their directory has them."""

    changes: timedelta = timedelta(days=400)  # SSPR_KEEP_CHANGES: what changed of each user
    coverage: timedelta = timedelta(days=1825)  # SSPR_KEEP_COVERAGE: each tenant's figures a day, and those of reports
    deliveries: timedelta = timedelta(days=180)  # SSPR_KEEP_DELIVERIES: runs with their emails, from their end on
