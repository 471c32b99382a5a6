"""The feed over HTTP: the format of its times, and its refusals."""

import httpx
import pytest

from tests.graph_rows import guid

FEED = "/api/v1/registrations"


async def test_rows_of_all_tenants_come_with_how_complete_they_are(reader: httpx.AsyncClient) -> None:
    answer = (await reader.get(FEED)).json()

    assert {one["user_id"] for one in answer["items"]} == {guid("ana"), guid("ben"), guid("dee")}
    assert answer["completeness"]["expected"] == 2
    assert answer["next_changed_since"] < answer["as_of"]


@pytest.mark.parametrize(
    ("time", "gone"),
    [
        ("2026-11-24T06:00:00Z", True),
        ("2026-11-24T06:00:00.0000000Z", True),
        ("2026-11-24T07:00:00.000%2B01:00", True),
        ("2026-11-24T05:59:59-00:01", False),
        ("2026-11-24T06:00:00.001Z", False),
    ],
)
async def test_a_time_is_a_moment_whatever_its_zone(reader: httpx.AsyncClient, time: str, *, gone: bool) -> None:
    items = (await reader.get(f"{FEED}?changed_since={time}")).json()["items"]

    assert (guid("cas") in {one["user_id"] for one in items if one["gone"]}) is gone


@pytest.mark.parametrize(
    "time",
    [
        "yesterday",
        "2026-11-24",
        "2026-11-24T06:00:00",
        "2026-11-24T06:00:00+01:00",
        "2026-13-24T06:00:00Z",
        "1795500000",
        "0001-01-01T00:00:00%2B14:00",
        "1969-12-31T23:59:59Z",
        "9999-12-31T23:59:59-14:00",
    ],
)
async def test_a_time_that_is_none_or_of_no_use_is_refused(reader: httpx.AsyncClient, time: str) -> None:
    answer = await reader.get(f"{FEED}?changed_since={time}")

    assert (answer.status_code, answer.json()["field"]) == (422, "changed_since")


@pytest.mark.parametrize("query", ["limit=5001", "limit=0", "continuation=x", "sort=upn"])
async def test_what_it_does_not_know_is_refused_by_name(reader: httpx.AsyncClient, query: str) -> None:
    answer = await reader.get(f"{FEED}?{query}")

    assert (answer.status_code, answer.json()["field"]) == (422, query.partition("=")[0])


async def test_the_next_page_is_asked_with_the_same_time(reader: httpx.AsyncClient) -> None:
    time = {"changed_since": "2026-11-23T00:00:00Z", "limit": "1"}
    first = (await reader.get(FEED, params=time)).json()
    more = {"continuation": first["continuation"]}

    assert (await reader.get(FEED, params=time | more)).json()["items"][0] != first["items"][0]
    assert (await reader.get(FEED, params=more)).status_code == 422
