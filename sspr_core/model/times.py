"""Times as they are written."""

from datetime import UTC, datetime


def rfc3339(at: datetime | None) -> str | None:
    """UTC with Z, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


def day_of(at: datetime) -> str:
    """The UTC day, as people read it: 24 Nov 2026."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%b %Y}"
