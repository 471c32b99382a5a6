"""One day of a tenant: the header of its last complete snapshot, and what failed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sspr_core.model.counts import Counts
from sspr_core.model.problem import Problem
from sspr_core.model.registration import Excluded


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A day of the course: `on` is the UTC date of the snapshot's start."""

    on: date
    population_count: int
    registered_count: int
    registered_enabled_count: int
    to_register_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotHeader:
    """A complete reading: when, what it counted, and the order-free digest of its users."""

    snapshot_id: str
    started_at: datetime
    finished_at: datetime
    user_count: int
    counts: Counts
    excluded_by_reason: Mapping[Excluded, int]
    licence_shortfall_count: int
    digest: str

    @property
    def point(self) -> Point:
        return Point(
            on=self.started_at.date(),
            population_count=self.counts.population_count,
            registered_count=self.counts.registered_count,
            registered_enabled_count=self.counts.registered_enabled_count,
            to_register_count=self.counts.to_register_count,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A row of the history. `snapshot` None: only failures that day; `problem`: the last failed attempt's."""

    on: date
    snapshot: SnapshotHeader | None = None
    problem: Problem | None = None
    problem_at: datetime | None = None
