"""Records that a timer trigger has run, and how it ended."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sspr_core.model.clock import Clock
from sspr_core.model.errors import TryAgain
from sspr_core.ports.monitoring import JobRun, JobRuns

log = logging.getLogger(__name__)


@asynccontextmanager
async def recorded(job: str, runs: JobRuns, *, clock: Clock) -> AsyncIterator[None]:
    """Record the job's run over the one before. Raises the job's own error; records nothing if storage fails."""
    begun = clock()
    failure: str | None = None
    try:
        yield
    except Exception as error:
        failure = type(error).__name__
        raise
    finally:
        now = clock()
        try:
            await runs.save(JobRun(job=job, finished_at=now, took=now - begun, failure=failure))
        except TryAgain:
            log.warning("that %s has run could not be recorded, storage is away", job)
