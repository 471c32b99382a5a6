"""A tenant's days: which are listed, page by page, and their content."""

from datetime import date, timedelta

import pytest

from sspr_core.model.errors import Invalid
from sspr_core.model.history import Day
from sspr_core.model.ids import EVERY_TENANT, TenantId
from sspr_core.model.paging import encode
from sspr_core.model.registration import Excluded
from sspr_core.status.history import history
from sspr_core.status.responses import Json, day_view
from tests.builders import MONDAY, a_header
from tests.fakes.storage import MemoryCoverage
from tests.graph_rows import guid

A = TenantId(guid("a"))
TODAY = MONDAY.date()


async def look(*ago: int, **said: object) -> Json:
    days = [Day(on=TODAY - timedelta(days=one)) for one in ago]
    usual: dict[str, object] = {"first": None, "last": TODAY, "limit": 100, "continuation": None}
    coverage = MemoryCoverage(rows={(A, day.on): day for day in days})
    return await history(coverage, EVERY_TENANT, A, **{**usual, **said})


def shown(answer: Json) -> list[int]:
    return [(TODAY - date.fromisoformat(day["on"])).days for day in answer["items"]]


async def test_without_a_first_day_it_is_92_days() -> None:
    assert shown(await look(0, 50, 91, 92)) == [0, 50, 91]


async def test_pages_are_the_whole_list_newest_first_also_when_a_day_comes_in_between() -> None:
    first = await look(1, 2, 5, 9, limit=2)
    second = await look(0, 1, 2, 5, 9, limit=2, continuation=first["continuation"])

    assert shown(first) + shown(second) == [1, 2, 5, 9]
    assert second["continuation"] is None


async def test_a_span_that_ends_where_the_last_page_did_has_nothing_more() -> None:
    following = (await look(1, 2, limit=1))["continuation"]

    assert shown(await look(1, 2, first=TODAY - timedelta(days=1), continuation=following)) == []


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("from", {"first": TODAY + timedelta(days=1)}),
        ("from", {"first": TODAY - timedelta(days=5 * 366 + 1)}),
        ("to", {"last": date(1, 4, 1)}),
        ("continuation", {"continuation": encode(f"history {guid('b')}", (False, "", "2026-11-22"))}),
        ("continuation", {"continuation": encode(f"history {A}", (False, "", "2026-13-22"))}),
        ("continuation", {"continuation": encode(f"history {A}", (False, "", "0001-01-01"))}),
    ],
)
async def test_what_is_no_span_is_refused_by_name(field: str, said: dict[str, object]) -> None:
    with pytest.raises(Invalid) as caught:
        await look(1, **said)

    assert caught.value.field == field


def test_a_day_names_every_reason_and_one_without_figures_has_none() -> None:
    header = a_header(excluded_by_reason={Excluded.GUEST: 3})

    assert day_view(Day(on=TODAY, snapshot=header))["excluded_by_reason"] == {
        "system": 0,
        "guest": 3,
        "disabled": 0,
        "unlicensed": 0,
        "rule": 0,
    }
    assert day_view(Day(on=TODAY))["excluded_by_reason"] is None
