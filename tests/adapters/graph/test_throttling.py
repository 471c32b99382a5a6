"""Retries of a page, and the rate limiter before it, on a test clock."""

from datetime import timedelta

import pytest

from sspr_core.adapters.graph.throttling import RateLimiter, RetryPolicy
from sspr_core.model.errors import GiveUp, TryAgain
from sspr_core.model.problem import Access, AccessError

THROTTLED = AccessError(word=Access.THROTTLED, code="429", message="Slow down.")
AWAY = AccessError(word=Access.UNAVAILABLE, code="502", message="Away.")


class Page:
    """Raises its errors one after the other, then answers."""

    def __init__(self, *troubles: Exception) -> None:
        self.troubles = list(troubles)

    async def __call__(self) -> str:
        if self.troubles:
            raise self.troubles.pop(0)
        return "page"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


async def test_the_same_page_is_asked_again_after_the_time_the_service_named() -> None:
    clock = Clock()

    page = await RetryPolicy(sleep=clock.sleep).asking(Page(TryAgain(timedelta(seconds=9), THROTTLED)))

    assert (page, clock.waits) == ("page", [9])


@pytest.mark.parametrize(("trouble", "waits"), [(AWAY, [1, 2, 4]), (THROTTLED, [5, 10, 20])], ids=["away", "throttled"])
async def test_without_a_named_time_the_waits_double(trouble: AccessError, waits: list[float]) -> None:
    clock = Clock()

    await RetryPolicy(sleep=clock.sleep).asking(Page(*[TryAgain(None, trouble)] * 3))

    assert clock.waits == waits


@pytest.mark.parametrize("after", [timedelta(0), timedelta(seconds=-5)])
async def test_a_named_time_of_nothing_is_no_leave_to_ask_at_once(after: timedelta) -> None:
    clock = Clock()

    await RetryPolicy(sleep=clock.sleep).asking(Page(TryAgain(after, THROTTLED)))

    assert clock.waits == [5]


async def test_after_three_waits_in_vain_the_queue_waits_better() -> None:
    clock = Clock()

    with pytest.raises(TryAgain):
        await RetryPolicy(sleep=clock.sleep).asking(Page(*[TryAgain(None, AWAY)] * 4))

    assert len(clock.waits) == 3


async def test_a_wait_longer_than_a_minute_goes_back_to_the_queue_with_its_time() -> None:
    clock = Clock()

    with pytest.raises(TryAgain) as caught:
        await RetryPolicy(sleep=clock.sleep).asking(Page(TryAgain(timedelta(seconds=61), THROTTLED)))

    assert caught.value.after == timedelta(seconds=61)
    assert clock.waits == []


async def test_what_is_permanent_is_not_asked_again() -> None:
    clock = Clock()

    with pytest.raises(GiveUp):
        await RetryPolicy(sleep=clock.sleep).asking(Page(GiveUp(AWAY)))

    assert clock.waits == []


async def test_never_more_than_five_report_requests_fall_into_any_ten_seconds() -> None:
    clock, asked = Clock(), []
    brake = RateLimiter(clock=clock, sleep=clock.sleep)

    for number in range(23):
        await brake.turn()
        asked.append(clock.now)
        clock.now += 0.25 if number % 3 else 0.0  # a fraction that floats represent exactly

    for index in range(5, len(asked)):
        assert asked[index] - asked[index - 5] >= 10


async def test_the_first_five_do_not_wait() -> None:
    clock = Clock()
    brake = RateLimiter(clock=clock, sleep=clock.sleep)

    for _ in range(5):
        await brake.turn()

    assert clock.waits == []


async def test_slow_pages_are_not_slowed_further() -> None:
    clock = Clock()
    brake = RateLimiter(clock=clock, sleep=clock.sleep)

    for _ in range(20):
        await brake.turn()
        clock.now += 2.1

    assert clock.waits == []
