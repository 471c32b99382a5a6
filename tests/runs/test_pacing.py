"""From slot to mail service, no delay makes a window exceed its quota; holds delay all senders."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sspr_core.model.sending import Pacing, SendingLimits
from sspr_core.runs.pacing import held, hold, released, reserve, reserved
from tests.fakes.mailing import MemoryPacing
from tests.runs.delivery_builders import HOUR, MINUTE, NOON, NUMBERS, SECOND
from tests.runs.simulation.simulation import Stage
from tests.runs.simulation.stepping import Fate
from tests.runs.test_reservations import Mute

QUOTAS = [
    SendingLimits(per_minute=5, per_hour=10),
    SendingLimits(per_minute=2, per_hour=None),
    SendingLimits(per_minute=None, per_hour=3),
    SendingLimits(per_minute=30, per_hour=100),
]


def fullest(times: Sequence[datetime], window: timedelta) -> int:
    """The maximum count in any window, open at its end."""
    return max((sum(start <= at < start + window for at in times) for start in times), default=0)


def span(numbers: SendingLimits) -> tuple[int, int]:
    """The earliest and latest time at which a slot's POST reaches the service, in seconds after the slot.

    A worker's clock is wrong by σ, a claim is late by D, its POST begins within B and is received within T.
    """
    latest = numbers.grace + numbers.clock_error + numbers.budget + numbers.post_timeout
    return int(-numbers.clock_error.total_seconds()), int(latest.total_seconds())


@st.composite
def arrivals(draw: st.DrawFn, numbers: SendingLimits) -> list[datetime]:
    """Some reserve one after the other, some must wait; each slot's POST arrives as early or late as possible."""
    earliest, latest = span(numbers)
    row, now, times = Pacing(), NOON, []
    for _ in range(draw(st.integers(1, 6))):
        now += draw(st.integers(0, 400)) * SECOND
        if draw(st.booleans()):
            row = held(row, draw(st.sampled_from([None, SECOND, 10 * MINUTE])), now=now)
        row, slots = reserved(row, draw(st.integers(1, 8)), now=now, numbers=numbers)
        ways = st.one_of(st.sampled_from([earliest, latest]), st.integers(earliest, latest))
        times += [slot + draw(ways) * SECOND for slot in slots]
    return times


@pytest.mark.parametrize("numbers", QUOTAS, ids=lambda one: f"{one.per_minute} a minute, {one.per_hour} an hour")
@given(st.data())
def test_no_window_ever_has_more_posts_than_its_quota(numbers: SendingLimits, data: st.DataObject) -> None:
    times = data.draw(arrivals(numbers))

    assert fullest(times, MINUTE) <= (numbers.per_minute or len(times))
    assert fullest(times, HOUR) <= (numbers.per_hour or len(times))


@pytest.mark.parametrize("numbers", QUOTAS[:3], ids=lambda one: f"{one.per_minute} a minute, {one.per_hour} an hour")
def test_the_quota_is_used_as_far_as_lateness_allows(numbers: SendingLimits) -> None:
    """With a spacing smaller by the smallest unit, the first POST late and the last early would break the guarantee."""
    window, most = (HOUR, numbers.per_hour) if numbers.per_hour else (MINUTE, numbers.per_minute)
    assert most is not None
    earliest, latest = span(numbers)
    _, slots = reserved(Pacing(), most + 1, now=NOON, numbers=numbers)

    first, last = slots[0] + latest * SECOND, slots[-1] + earliest * SECOND
    assert last - first == window


async def slots_of_many(counts: list[int], fates: list[tuple[int, Fate]]) -> tuple[list[datetime], int]:
    """All slots given to concurrent workers, and by how many slots the row has advanced."""
    stage, given = Stage(QUOTAS[1]), []

    async def take(count: int) -> None:
        given.extend(
            await reserve(stage.functions.post.pacing, count, now=stage.workers_clock(), numbers=stage.numbers) or []
        )

    for number, count in enumerate(counts):
        await stage.begin("reserve", partial(take, count), clock_error=(0, 5, -5)[number % 3])
    for which, fate in fates:
        if stage.works:
            call = stage.works[which % len(stage.works)].waiting[0]
            await stage.let(call, fate if call.writes or fate in (Fate.AWAY, Fate.SLOW) else Fate.DONE)
    while stage.works:
        await stage.let(stage.works[0].waiting[0])
    await stage.close()
    return given, round(((stage.pacing.row.next_free or NOON) - NOON) / stage.numbers.spacing)


@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(Fate)), max_size=25),
)
def test_no_slot_is_given_out_twice_whatever_storage_answers(counts: list[int], fates: list[tuple[int, Fate]]) -> None:
    given, taken = asyncio.run(slots_of_many(counts, fates))

    assert all(later - earlier >= QUOTAS[1].spacing for earlier, later in pairwise(sorted(given)))
    assert len(given) <= taken


async def test_a_write_whose_answer_is_lost_wastes_no_slot_and_one_that_nobody_knows_of_does() -> None:
    found, _ = await slots_of_many([1], [(0, Fate.DONE), (0, Fate.LOST)])
    wasted, taken = await slots_of_many([1], [(0, Fate.DONE), (0, Fate.UNKNOWN)])

    assert (len(found), len(wasted), taken) == (1, 0, 1)


# Holds


async def test_a_hold_keeps_everybody_back_until_it_ends_and_is_never_cut_short() -> None:
    rows = MemoryPacing()

    assert await hold(rows, 10 * MINUTE, now=NOON) == NOON + 10 * MINUTE
    assert await hold(rows, SECOND, now=NOON) == NOON + 10 * MINUTE
    assert await reserve(rows, 1, now=NOON, numbers=NUMBERS) == [NOON + 10 * MINUTE]


async def test_without_a_named_end_each_hold_is_twice_the_last_up_to_ten_minutes() -> None:
    rows, now, waits = MemoryPacing(), NOON, []
    for _ in range(6):
        until = await hold(rows, None, now=now)
        assert until is not None
        waits.append((until - now) / MINUTE)
        now = until

    assert waits == [1, 2, 4, 8, 10, 10]


async def test_an_accepted_email_makes_the_next_hold_begin_small_again() -> None:
    rows = MemoryPacing()
    for _ in range(3):
        await hold(rows, None, now=NOON)

    await released(rows, numbers=NUMBERS)

    assert await hold(rows, None, now=NOON + HOUR) == NOON + HOUR + MINUTE


async def test_a_hold_whose_answer_was_lost_is_written_once() -> None:
    rows = Mute()

    assert await hold(rows, None, now=NOON) == NOON + MINUTE
    assert rows.row.hold_step == 1
