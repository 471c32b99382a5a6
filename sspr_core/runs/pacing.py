"""Reserves slots in the quota's row for concurrent callers; stops once the horizon is full."""

import asyncio
import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

from sspr_core.model.backoff import Backoff
from sspr_core.model.delivery import NEVER
from sspr_core.model.errors import Conflict
from sspr_core.model.run import Run
from sspr_core.model.sending import Pacing, SendingLimits
from sspr_core.ports.mail import PacingRows

_TRIES = 3
_JITTER = 0.05  # seconds: after a conflict, callers retry at different times
HOLD_STEPS = Backoff(first=timedelta(minutes=1), longest=timedelta(minutes=10))  # when the service names no time


def first_slot(pacing: Pacing, *, now: datetime, numbers: SendingLimits) -> datetime:
    """The next slot to be given out."""
    return max(at for at in (pacing.next_free, pacing.hold_until, now + numbers.clock_error) if at is not None)


def reserved(pacing: Pacing, count: int, *, now: datetime, numbers: SendingLimits) -> tuple[Pacing, list[datetime]]:
    """The row after the slots are reserved, and the slots."""
    first = first_slot(pacing, now=now, numbers=numbers)
    slots = [first + number * numbers.spacing for number in range(count)]
    return replace(pacing, next_free=first + count * numbers.spacing), slots


def within_horizon(pacing: Pacing, count: int, *, now: datetime, numbers: SendingLimits) -> int:
    """How many of `count` slots begin within the horizon: a slot given out too early is lost to all other runs."""
    room = now + numbers.horizon - first_slot(pacing, now=now, numbers=numbers)
    if room <= timedelta(0):
        return 0
    return min(count, -(-room // numbers.spacing)) if numbers.spacing else count


def held(pacing: Pacing, after: timedelta | None, *, now: datetime) -> Pacing:
    """The row after a 429 of the service: no email is sent before the hold ends."""
    wait = after if after is not None else HOLD_STEPS.after(pacing.hold_step)
    until = max(at for at in (pacing.hold_until, now + wait) if at is not None)
    return replace(pacing, hold_until=until, hold_step=pacing.hold_step + 1 if after is None else pacing.hold_step)


async def reserve(
    rows: PacingRows, count: int, *, now: datetime, numbers: SendingLimits, ahead: bool = False, again: bool = False
) -> list[datetime] | None:
    """Reserve `count` slots, ascending; None when every try lost to a concurrent writer: then none is reserved.

    `ahead`: only slots within the horizon, perhaps none. `again`: for deliveries whose slots passed unused; these are
    counted. A write whose answer was lost is recognised by its mark; if that fails too, its slots are wasted.
    Without a quota callers share only a hold, and no row is written.
    """
    mark = str(uuid4())
    for _ in range(_TRIES):
        pacing = await rows.read()
        if not numbers.spacing:
            pacing = replace(pacing, next_free=None)
        most = within_horizon(pacing, count, now=now, numbers=numbers) if ahead else count
        after, slots = reserved(pacing, most, now=now, numbers=numbers)
        if not most or not numbers.spacing:
            return slots
        wasted_count = pacing.wasted_count + (most if again else 0)
        try:
            await rows.save(replace(after, last_by=mark, wasted_count=wasted_count))
        except Conflict:
            if (await rows.read()).last_by == mark:
                return slots
            await asyncio.sleep(random.uniform(0, _JITTER))
        else:
            return slots
    return None


async def hold(rows: PacingRows, after: timedelta | None, *, now: datetime) -> datetime | None:
    """Hold all sending back. Returns until when; None when every try lost to a concurrent writer."""
    mark = str(uuid4())
    for _ in range(_TRIES):
        pacing = await rows.read()
        if pacing.last_by == mark:
            return pacing.hold_until  # our own write, whose answer was lost
        pacing = held(pacing, after, now=now)
        try:
            await rows.save(replace(pacing, last_by=mark))
        except Conflict:
            continue
        return pacing.hold_until
    return None


async def released(rows: PacingRows, *, numbers: SendingLimits) -> None:
    """Reset the hold's step after a 202: the next hold for which the service names no time begins small again."""
    if (await rows.lately(within=numbers.moment)).hold_step:
        try:
            await rows.save(replace(await rows.read(), hold_step=0, last_by=str(uuid4())))
        except Conflict:
            return  # the row was written meanwhile; a step that stays only makes the next hold longer


@dataclass(slots=True, kw_only=True)
class Ahead:
    """Reserves slots for concurrent callers one at a time; asks no more once the horizon is full."""

    rows: PacingRows
    numbers: SendingLimits
    run: Run
    full: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def take(self, count: int, *, now: datetime, again: bool = False) -> list[datetime]:
        """A slot for each of `count`; the last ones get NEVER when there are too few. `again` as in reserve()."""
        slots: list[datetime] = []
        if self.run.not_before is None or self.run.not_before <= now:
            async with self.turn:
                if count and not self.full:
                    found = await reserve(self.rows, count, now=now, numbers=self.numbers, ahead=True, again=again)
                    slots = found or []
                    self.full = len(slots) < count
        return slots + [NEVER] * (count - len(slots))
