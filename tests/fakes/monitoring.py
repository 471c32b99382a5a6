"""What health checks read, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sspr_core.ports.monitoring import JobRun, QueueState


@dataclass
class MemoryQueues:
    standing: list[QueueState] = field(default_factory=list)

    async def states(self) -> Sequence[QueueState]:
        return self.standing


@dataclass
class MemoryJobRuns:
    rows: dict[str, JobRun] = field(default_factory=dict)

    async def save(self, run: JobRun) -> None:
        self.rows[run.job] = run

    async def all(self) -> Sequence[JobRun]:
        return [self.rows[job] for job in sorted(self.rows)]
