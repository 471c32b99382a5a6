"""Measuring several contestants in turn, so that a slow minute of the machine falls on all of them."""

import gc
import statistics
import time
from collections.abc import Awaitable, Callable

type Measure = Callable[[], Awaitable[float]]


async def seconds(work: Callable[[], Awaitable[object]]) -> float:
    """How long it takes, with the heap tidied up beforehand."""
    gc.collect()
    begun = time.perf_counter()
    await work()
    return time.perf_counter() - begun


async def in_turn(
    rounds: int, contestants: dict[str, Measure], *, seldom: dict[str, int] | None = None
) -> dict[str, float]:
    """The median of each contestant's rounds. Who begins changes from round to round; `seldom` has fewer rounds."""
    most = seldom or {}
    found: dict[str, list[float]] = {name: [] for name in contestants}
    order = list(contestants)
    for number in range(rounds):
        for name in order:
            if number < most.get(name, rounds):
                found[name].append(await contestants[name]())
        order.append(order.pop(0))
    return {name: statistics.median(values) for name, values in found.items()}
