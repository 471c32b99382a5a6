"""How discovery fares: whether the list of tenants is to be believed complete."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from sspr_core.model.problem import Problem, Trouble, with_since


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """The last complete discovery, and the trouble since then, if any.

    `held_back_count`: tenants that it found missing and did not remove, because they were too many at once.
    """

    last_complete_at: datetime | None = None
    problem: Problem | None = None
    held_back_count: int = 0

    def failed(self, trouble: Trouble, *, now: datetime) -> Self:
        return replace(self, problem=with_since(trouble, self.problem, now=now))
