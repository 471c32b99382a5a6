"""What is remembered, and what goes first."""

from cachetools import LRUCache

from sspr_core.adapters.cache import weighed_cache


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
