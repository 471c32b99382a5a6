"""A value that was read a moment ago is not read again.

What is cached, and what is evicted first.
"""

from datetime import timedelta

import pytest
from cachetools import LRUCache

from sspr_core.adapters.cache import _MOST, Lately, weighed_cache
from sspr_core.model.errors import NotFound
from tests.builders import HOUR

MOMENT = timedelta(seconds=5)


class Shelf:
    """A source that counts its reads."""

    def __init__(self) -> None:
        self.now, self.value, self.reads = 0.0, "first", 0

    async def read(self, key: str) -> str:
        self.reads += 1
        if key == "gone":
            raise NotFound(key)
        return f"{key}: {self.value}"


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def lately(shelf: Shelf) -> Lately[str, str]:
    return Lately(shelf.read, monotonic=lambda: shelf.now)


@pytest.mark.parametrize(("later", "found"), [(4.9, "a: first"), (5.0, "a: second")])
async def test_it_is_no_older_than_was_asked_for(shelf, lately, later, found):
    await lately.get("a", within=MOMENT)
    shelf.now, shelf.value = later, "second"

    assert await lately.get("a", within=MOMENT) == found


async def test_it_is_as_old_as_when_it_was_asked_for_however_long_the_answer_took(shelf):
    async def slow(key: str) -> str:
        shelf.now += 4
        return await shelf.read(key)

    lately = Lately(slow, monotonic=lambda: shelf.now)
    await lately.get("a", within=MOMENT)
    shelf.now += 2

    await lately.get("a", within=MOMENT)

    assert shelf.reads == 2


async def test_each_key_is_read_by_itself(lately):
    found = [await lately.get(key, within=HOUR) for key in "aba"]

    assert found == ["a: first", "b: first", "a: first"]


async def test_what_is_forgotten_is_read(shelf, lately):
    await lately.get("a", within=HOUR)
    shelf.value = "second"

    lately.forget("a")
    lately.forget("never read")

    assert await lately.get("a", within=HOUR) == "a: second"


async def test_what_was_being_read_when_it_was_forgotten_is_not_remembered(shelf):
    async def overtaken(key: str) -> str:
        value = await shelf.read(key)
        shelf.value = "second"
        lately.forget(key)
        return value

    lately = Lately(overtaken)
    await lately.get("a", within=HOUR)

    assert await lately.get("a", within=HOUR) == "a: second"


async def test_what_could_not_be_read_is_asked_for_again(shelf, lately):
    for _ in range(2):
        with pytest.raises(NotFound):
            await lately.get("gone", within=HOUR)

    assert shelf.reads == 2


async def test_of_very_many_the_oldest_are_let_go(shelf, lately):
    for number in range(_MOST + 1):
        await lately.get(str(number), within=HOUR)
    shelf.value = "second"

    assert await lately.get("0", within=HOUR) == "0: second"
    assert await lately.get(str(_MOST), within=HOUR) == f"{_MOST}: first"


def a_memory(most: int = 10, **values: str) -> LRUCache[str, str]:
    memory: LRUCache[str, str] = weighed_cache(most, len)
    for key, value in values.items():
        memory[key] = value
    return memory


def test_what_was_kept_is_there_and_nothing_else():
    memory = a_memory(a="one")

    assert (memory.get("a"), memory.get("b")) == ("one", None)


def test_what_was_not_asked_for_the_longest_goes_first():
    memory = a_memory(a="xxxx", b="xxxx")
    memory.get("a")

    memory["c"] = "xxxx"

    assert [memory.get(key) for key in "abc"] == ["xxxx", None, "xxxx"]


def test_many_that_are_light_are_as_much_as_few_that_are_heavy():
    memory = a_memory(**{f"k{number}": "x" for number in range(10)})
    assert all(memory.get(f"k{number}") for number in range(10))

    memory["heavy"] = "x" * 8

    assert sum(memory.get(f"k{number}") is not None for number in range(10)) == 2


def test_what_is_kept_again_weighs_once():
    memory = a_memory(a="xxxx", b="xxxx")

    memory["a"] = "yyyy"

    assert (memory.get("a"), memory.get("b")) == ("yyyy", "xxxx")


def test_what_is_too_heavy_is_kept_alone():
    memory = a_memory(a="xxxx")

    memory["heavy"] = "x" * 99

    assert (memory.get("a"), memory.get("heavy")) == (None, "x" * 99)
