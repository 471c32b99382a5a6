"""Checks for the examples, judged as in earnest."""

from datetime import timedelta

from sspr_core.health import checks
from sspr_core.health.check import Check, ok
from sspr_core.model.discovery import Discovery
from sspr_core.ports.monitoring import JobRun, QueueState
from sspr_core.web.openapi.example_tenants import LATER, READ_AT


def some_checks() -> list[Check]:
    """All is well but for three messages that were set aside."""
    snapshots = QueueState(name="snapshots", waiting_count=4, poison_count=3, visible_since=None)
    sweep = JobRun(job="schedule_snapshots", finished_at=LATER, took=timedelta(seconds=2))
    return [
        ok("settings", "All are there, and right."),
        checks.of_queue(snapshots, now=LATER),
        checks.of_job(sweep.job, sweep, now=LATER),
        checks.of_discovery(Discovery(last_complete_at=READ_AT)),
    ]
