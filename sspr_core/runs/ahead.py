"""Slots for many deliveries of one run: no further ahead than the horizon, and not before the run may begin."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from sspr_core.model.delivery import NEVER
from sspr_core.model.run import Run
from sspr_core.model.sending import Numbers
from sspr_core.ports.mail import PacingRows
from sspr_core.runs.pacing import reserve


@dataclass(slots=True, kw_only=True)
class Ahead:
    """Asked by many side by side, it asks the row one after the other; once there is no room nobody asks again."""

    rows: PacingRows
    numbers: Numbers
    run: Run
    full: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def take(self, count: int, *, now: datetime, again: bool = False) -> list[datetime]:
        """A slot for each, NEVER for those it has none for, who come last; `again` as in reserve()."""
        slots: list[datetime] = []
        if self.run.not_before is None or self.run.not_before <= now:
            async with self.turn:
                if count and not self.full:
                    found = await reserve(self.rows, count, now=now, numbers=self.numbers, ahead=True, again=again)
                    slots = found or []
                    self.full = len(slots) < count
        return slots + [NEVER] * (count - len(slots))
