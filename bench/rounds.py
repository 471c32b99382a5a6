"""Measures several contestants in turn, so that a slow minute of the machine affects all of them."""

import gc
import statistics
import time
from collections import Counter
from collections.abc import Awaitable, Callable

type Measure = Callable[[], Awaitable[float]]


async def seconds(work: Callable[[], Awaitable[object]]) -> float:
    """The duration of the work, after a garbage collection."""
    gc.collect()
    begun = time.perf_counter()
    await work()
    return time.perf_counter() - begun


async def in_turn(
    rounds: int, contestants: dict[str, Measure], *, seldom: dict[str, int] | None = None
) -> dict[str, float]:
    """The median of each contestant's rounds. The first contestant varies; some have fewer rounds, spread over all
    of them.
    """
    when = {name: spread(count, rounds) for name, count in (seldom or {}).items()}
    found: dict[str, list[float]] = {name: [] for name in contestants}
    met: Counter[tuple[str, ...]] = Counter()  # how often the contestants of a round have met before
    for number in range(rounds):
        those = tuple(name for name in contestants if number in when.get(name, range(rounds)))
        first = met[those] % len(those)
        for name in those[first:] + those[:first]:
            found[name].append(await contestants[name]())
        met[those] += 1
    return {name: statistics.median(values) for name, values in found.items()}


def spread(count: int, rounds: int) -> set[int]:
    """So many of the rounds, spread evenly; for one, the middle."""
    return {(2 * number + 1) * rounds // (2 * count) for number in range(count)} & set(range(rounds))
