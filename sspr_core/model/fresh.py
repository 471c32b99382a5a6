"""Which tenants there should be a fresh snapshot of, and of which there is one."""

from datetime import datetime, timedelta

from sspr_core.model.tenant import Known, Lifecycle

EXPECTED = (Lifecycle.ACTIVE, Lifecycle.IN_PROCESS)


def is_fresh(known: Known, *, now: datetime, within: timedelta) -> bool:
    """The last success is not older than `within`."""
    at = known.status.last_success_at
    return at is not None and now - at <= within
