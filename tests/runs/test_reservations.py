"""Slots are reserved from one row, up to the horizon, and never given out twice."""

from dataclasses import dataclass, replace
from itertools import pairwise

from sspr_core.model.errors import Conflict
from sspr_core.model.sending import Pacing, SendingLimits
from sspr_core.runs.pacing import reserve, within_horizon
from tests.fakes.mailing import MemoryPacing
from tests.runs.delivery_builders import HOUR, MINUTE, NOON, NUMBERS

SPACING = NUMBERS.spacing
NO_QUOTA = SendingLimits(per_minute=None, per_hour=None)


@dataclass
class Crowded(MemoryPacing):
    """Another writer is always faster."""

    async def save(self, pacing: Pacing) -> Pacing:
        raise Conflict("pacing")


@dataclass
class Mute(MemoryPacing):
    """Its answers are lost, and the client retries."""

    async def save(self, pacing: Pacing) -> Pacing:
        await super().save(pacing)
        raise Conflict("pacing")


def test_an_hour_at_a_hundred_an_hour_has_room_for_97() -> None:
    assert within_horizon(Pacing(), 500, now=NOON, numbers=NUMBERS) == 97


def test_nothing_begins_within_the_horizon_once_the_next_slot_is_an_hour_away() -> None:
    assert within_horizon(Pacing(next_free=NOON + HOUR), 1, now=NOON, numbers=NUMBERS) == 0


async def test_what_is_reserved_ahead_ends_at_the_horizon() -> None:
    rows = MemoryPacing(Pacing(next_free=NOON + HOUR - SPACING))

    assert await reserve(rows, 100, now=NOON, numbers=NUMBERS, ahead=True) == [NOON + HOUR - SPACING]
    assert await reserve(rows, 100, now=NOON, numbers=NUMBERS, ahead=True) == []
    assert rows.row.next_free == NOON + HOUR


async def test_two_who_reserve_have_slots_a_spacing_apart() -> None:
    rows = MemoryPacing()

    first, second = [await reserve(rows, 2, now=NOON, numbers=NUMBERS) or [] for _ in range(2)]

    slots = [*first, *second]
    assert [later - earlier for earlier, later in pairwise(slots)] == [SPACING] * 3


async def test_a_slot_is_never_before_the_end_of_a_hold() -> None:
    rows = MemoryPacing(Pacing(hold_until=NOON + 10 * MINUTE))

    assert await reserve(rows, 1, now=NOON, numbers=NUMBERS) == [NOON + 10 * MINUTE]


async def test_nobody_gets_a_slot_while_others_are_always_quicker() -> None:
    assert await reserve(Crowded(), 1, now=NOON, numbers=NUMBERS) is None


async def test_slots_whose_answer_was_lost_are_found_again_and_used() -> None:
    rows = Mute()

    slots = await reserve(rows, 2, now=NOON, numbers=NUMBERS)

    assert slots == [NOON + NUMBERS.clock_error, NOON + NUMBERS.clock_error + SPACING]
    assert rows.row.next_free == NOON + NUMBERS.clock_error + 2 * SPACING


async def test_slots_in_place_of_others_that_went_by_are_counted() -> None:
    rows = MemoryPacing()

    await reserve(rows, 3, now=NOON, numbers=NUMBERS, again=True)

    assert rows.row.wasted_count == 3


async def test_without_a_quota_all_are_sent_at_once_and_no_row_is_written() -> None:
    rows = MemoryPacing(Pacing(next_free=NOON + 5 * HOUR))

    assert await reserve(rows, 3, now=NOON, numbers=NO_QUOTA, ahead=True) == [NOON + NO_QUOTA.clock_error] * 3
    assert rows.row == Pacing(next_free=NOON + 5 * HOUR)


async def test_without_a_quota_a_hold_is_kept_all_the_same() -> None:
    rows = MemoryPacing(replace(Pacing(), hold_until=NOON + MINUTE))

    assert await reserve(rows, 1, now=NOON, numbers=NO_QUOTA) == [NOON + MINUTE]
