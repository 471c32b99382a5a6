"""Messages in our queues that were none of ours, or could not be read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """Dropped, told in the log, and counted here by queue, so that somebody sees that there are any."""

    counts: Mapping[str, int] = field(default_factory=dict)
    last_at: datetime | None = None
    etag: str | None = None  # None: there is no row yet
