"""Pages: every item once, in order, for any page size."""

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sspr_core.model.errors import Invalid
from sspr_core.model.paging import DAY, ID, TIME_AND_ID, Key, continuation_after, continued_from, decode, encode, page
from tests.graph_rows import guid

numbers = st.tuples(st.none() | st.integers(-5, 5), st.uuids().map(str))
names = st.tuples(st.none() | st.text(max_size=3), st.uuids().map(str))
type Item = tuple[int | str | None, str]


def key_of(item: Item) -> Key:
    value, name = item
    if isinstance(value, str):
        return (False, value, name)
    return (value is None, float(value or 0), name)


def text_key(item: Item) -> Key:
    return (item[0] is None, str(item[0] or ""), item[1])


def all_pages(items: list[Item], key: object, *, descending: bool, limit: int) -> list[list[Item]]:
    pages, continuation = [], None
    while True:
        some, continuation = page(items, key, order="o", descending=descending, limit=limit, continuation=continuation)
        pages.append(some)
        if continuation is None:
            return pages


@given(st.lists(numbers, unique_by=lambda one: one[1]), st.booleans(), st.integers(1, 4))
def test_pages_of_numbers_are_the_whole_list_in_order_with_nulls_last(
    items: list[Item], descending: bool, limit: int
) -> None:
    pages = all_pages(items, key_of, descending=descending, limit=limit)

    found = [item for some in pages for item in some]
    assert sorted(found, key=str) == sorted(items, key=str)
    values = [item[0] for item in found if item[0] is not None]
    assert values == sorted(values, reverse=descending)
    assert [item[0] is None for item in found] == sorted(item[0] is None for item in found)
    assert all(len(some) == limit for some in pages[:-1])


@given(st.lists(names, unique_by=lambda one: one[1]), st.booleans(), st.integers(1, 4))
def test_pages_of_texts_too(items: list[Item], descending: bool, limit: int) -> None:
    pages = all_pages(items, text_key, descending=descending, limit=limit)

    assert sorted((item for some in pages for item in some), key=str) == sorted(items, key=str)


def test_the_last_page_says_so_also_when_it_is_full() -> None:
    def key(one: str) -> Key:
        return (False, one, one)

    assert page(["a", "b"], key, order="o", descending=False, limit=2, continuation=None)[1] is None


def test_items_that_came_or_went_between_two_pages_disturb_no_others() -> None:
    def key(one: str) -> Key:
        return (False, one, guid(one))

    _, following = page(["b", "d", "f"], key, order="o", descending=False, limit=2, continuation=None)
    some, _ = page(["a", "b", "e", "f"], key, order="o", descending=False, limit=9, continuation=following)

    assert some == ["e", "f"]


@given(st.text(), st.booleans(), st.text() | st.floats(allow_nan=False, allow_infinity=False), st.uuids().map(str))
def test_a_continuation_comes_back_as_it_went(order: str, null: bool, value: str | float, item: str) -> None:
    text = encode(order, (null, value, item))

    assert decode(order, text) == (null, value, item)
    assert text.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize("last", [None, "2026-11-23"])
def test_a_list_in_the_order_of_its_keys_goes_on_after_the_last_one(last: str | None) -> None:
    assert continued_from("o", continuation_after("o", last), ids=DAY) == last


@pytest.mark.parametrize(
    "text", ["x", "!!", "é", "e30", base64.urlsafe_b64encode(b'["o",true,null,"x"]').decode(), "a" * 1001]
)
def test_a_continuation_not_ours_is_refused_by_name(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        decode("o", text)

    assert caught.value.field == "continuation"


@pytest.mark.parametrize(
    ("given_out", "ids"),
    [
        (encode("users -upn", (False, "ana", guid("ana"))), ID),
        (encode("users upn", (False, "ana", "ana")), ID),
        (encode("users upn", (False, "", "2026-11-23")), ID),
        (encode("users upn", (False, "", guid("ana"))), TIME_AND_ID),
        (encode("users upn", (False, "", "../2026-11-23")), DAY),
    ],
)
def test_a_continuation_of_another_order_or_with_another_lists_key_is_refused(
    given_out: str, ids: re.Pattern[str]
) -> None:
    with pytest.raises(Invalid) as caught:
        decode("users upn", given_out, ids=ids)

    assert caught.value.field == "continuation"


def test_a_text_where_the_order_has_numbers_is_refused() -> None:
    forged = encode("o", (False, "text", guid("x")))

    with pytest.raises(Invalid):
        page([(1, "x")], key_of, order="o", descending=False, limit=1, continuation=forged)
