"""How benchmarks alternate contestants and store results."""

import json
from itertools import pairwise

import pytest

from bench import results
from bench.figure import Figure
from bench.rounds import Measure, in_turn, spread


@pytest.mark.parametrize(("count", "rounds"), [(1, 3), (3, 5), (3, 20), (5, 5)])
def test_rounds_of_a_slow_contestant_lie_evenly_between_the_others(count, rounds):
    found = sorted(spread(count, rounds))

    assert len(found) == count
    assert set(found) <= set(range(rounds))
    assert all(abs((b - a) - rounds / count) < 1 for a, b in pairwise(found))


async def test_who_begins_changes_also_between_the_rounds_of_the_slow_one():
    begun: list[str] = []

    def contestant(name: str) -> Measure:
        async def measure() -> float:
            begun.append(name)
            return 1.0

        return measure

    await in_turn(5, {name: contestant(name) for name in ("ours", "peer")}, seldom={"peer": 3})

    assert begun == ["ours", "peer", "ours", "peer", "ours", "ours", "ours", "peer"]


async def test_the_median_counts():
    values = iter([1.0, 9.0, 2.0])

    async def measure() -> float:
        return next(values)

    assert await in_turn(3, {"ours": measure}) == {"ours": 2.0}


def test_a_figure_takes_its_predecessors_place_and_leaves_the_others(tmp_path):
    file, names = tmp_path / "results" / "latest.json", ("memory", "loading", "growth")

    for name, ours in (("growth", 1), ("memory", 2), ("growth", 3)):
        results.keep(Figure(name=name, title="", unit="s", ours=ours), names, file)

    assert [(one["name"], one["ours"]) for one in json.loads(file.read_text())] == [("memory", 2), ("growth", 3)]
