"""Stale rows: another worker's cached copy, as old as allowed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sspr_core.model.run import Run, RunId
from sspr_core.model.sending import Pacing
from tests.fakes.mailing import MemoryPacing, MemoryRuns

_BEFORE = datetime.min.replace(tzinfo=UTC)


@dataclass
class Past[T]:
    """Earlier values, and since when."""

    versions: list[tuple[datetime, T]] = field(default_factory=list)

    def was(self, at: datetime, now: T) -> T:
        return next((version for since, version in reversed(self.versions) if since <= at), now)

    def becomes(self, before: T, after: T, at: datetime) -> None:
        self.versions = [*(self.versions or [(_BEFORE, before)]), (at, after)]


@dataclass(kw_only=True)
class RecalledRuns(MemoryRuns):
    clock: Callable[[], datetime]
    past: dict[RunId, Past[Run]] = field(default_factory=dict)

    async def save(self, run: Run) -> Run:
        before = self.rows[run.run_id]
        saved = await super().save(run)
        self.past.setdefault(run.run_id, Past()).becomes(before, saved, self.clock())
        return saved

    async def lately(self, run: RunId, *, within: timedelta) -> Run:
        return self.past.get(run, Past()).was(self.clock() - within, await self.get(run))


@dataclass(kw_only=True)
class RecalledPacing(MemoryPacing):
    clock: Callable[[], datetime]
    past: Past[Pacing] = field(default_factory=Past)

    async def save(self, pacing: Pacing) -> Pacing:
        before = self.row
        saved = await super().save(pacing)
        self.past.becomes(before, saved, self.clock())
        return saved

    async def lately(self, *, within: timedelta) -> Pacing:
        return self.past.was(self.clock() - within, self.row)
