"""When expired data are deleted: once a night, repeated within an hour if that night's work failed or was cut off."""

from datetime import UTC, datetime, time, timedelta

from sspr_core.ports.monitoring import JobRun, JobRuns

JOB = "delete_expired"
NIGHTLY_AT = time(3, 20, tzinfo=UTC)


async def due(runs: JobRuns, *, now: datetime) -> bool:
    """Whether deletion is due, by the recorded job runs. Raises TryAgain when storage is unavailable."""
    return is_due(next((run for run in await runs.all() if run.job == JOB), None), now=now)


def is_due(last: JobRun | None, *, now: datetime) -> bool:
    """Whether no run has succeeded since the latest nightly time; `last` None: no run was ever recorded.

    An instance that is drained in the middle records nothing, and its timer runs again only at its next time.
    """
    tonight = datetime.combine(now.astimezone(UTC), NIGHTLY_AT)
    since = tonight if tonight <= now else tonight - timedelta(days=1)
    return last is None or last.failure is not None or last.finished_at < since
