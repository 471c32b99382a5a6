"""Measures the figures that alerts use, on a timer."""

from datetime import datetime, timedelta

from sspr_core.model.ids import EVERY_TENANT
from sspr_core.model.tenant import EXPECTED, Lifecycle, is_fresh
from sspr_core.ports.services import Services
from sspr_core.ports.telemetry import NULL_TELEMETRY, Metric


async def measure(services: Services, *, now: datetime) -> None:
    """How fresh the tenants are, how old the queues, how many removals wait; reads nothing if no telemetry is sent."""
    if services.telemetry is NULL_TELEMETRY:
        return
    for queue in await services.queues.states():
        age = max(now - queue.visible_since, timedelta(0)) if queue.visible_since else timedelta(0)
        services.telemetry.measure(Metric.QUEUE_AGE, age.total_seconds(), {"queue": queue.name})
    expected = [known for known in await services.tenants.known(EVERY_TENANT) if known.lifecycle in EXPECTED]
    fresh_count = sum(is_fresh(known, now=now, within=services.terms.fresh_within) for known in expected)
    active_count = sum(known.lifecycle is Lifecycle.ACTIVE for known in expected)
    services.telemetry.measure(Metric.TENANTS_EXPECTED, len(expected), {})
    services.telemetry.measure(Metric.TENANTS_ACTIVE, active_count, {})
    services.telemetry.measure(Metric.TENANTS_FRESH, fresh_count, {})
    held_back_count = (await services.tenants.discovery()).held_back_count
    services.telemetry.measure(Metric.TENANTS_HELD_BACK, held_back_count, {})
    if expected:
        oldest = min(known.status.last_success_at or known.tenant.found_at for known in expected)
        services.telemetry.measure(Metric.OLDEST_SNAPSHOT, (now - oldest).total_seconds(), {})
