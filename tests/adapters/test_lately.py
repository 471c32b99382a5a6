"""What was read a moment ago is not read again."""

from datetime import timedelta

import pytest

from sspr_core.adapters.cache import _MOST, Lately
from sspr_core.model.errors import NotFound
from tests.builders import HOUR

MOMENT = timedelta(seconds=5)


class Shelf:
    """Something to read, and how often it was."""

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
