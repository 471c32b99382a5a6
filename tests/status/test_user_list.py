"""The users of a tenant: filters, search, order, and tenants too large to sort."""

from datetime import date

import msgspec
import pytest

from sspr_core.model.errors import Invalid, NotFound
from sspr_core.model.ids import EVERY_TENANT, Scope, TenantId, UserId
from sspr_core.model.registration import Excluded, Registration, StoredUser, User
from sspr_core.model.user_filter import UserFilter
from sspr_core.snapshot.reading import facts_of, join
from sspr_core.status import user_list as module
from sspr_core.status.responses import Json
from sspr_core.status.user_list import user_list
from tests.builders import DAY, MONDAY
from tests.fakes.storage import MemoryRegistrations, _UserRow
from tests.graph_rows import a_report_row, a_row, guid

A = TenantId(guid("a"))


def stored(name: str, *, row: dict[str, object] | None = None, **report: object) -> StoredUser:
    user = join(a_row(name, **(row or {})), facts_of(a_report_row(name, **report)), {})
    registered = user.registration is Registration.REGISTERED
    return StoredUser(
        user_id=UserId(guid(name)),
        user=user,
        first_seen_at=MONDAY,
        changed_at=MONDAY,
        seen_registered_at=MONDAY + DAY if registered else None,
        registered_after_at=MONDAY if registered else None,
    )


USERS = [
    stored("ana", is_sspr_registered=True, methods_registered=["mobilePhone"]),
    stored("ben", row={"created_date_time": "2026-11-20T00:00:00Z"}, is_admin=True),
    stored("cas", is_sspr_enabled=False),
    stored("dee", row={"created_date_time": "2026-11-19T23:59:59Z"}, is_sspr_enabled=None, is_sspr_registered=None),
    stored("eva", row={"user_type": "Guest"}),
    stored("Émile"),
]


def registrations(users: list[StoredUser]) -> MemoryRegistrations:
    return MemoryRegistrations(rows={A: {one.user_id: _UserRow(one, "", "") for one in users}})


async def look(chosen: UserFilter | None = None, *, users: list[StoredUser] = USERS, **said: object) -> Json:
    usual: dict[str, object] = {"user_count": len(users), "sort": None, "limit": 100, "continuation": None}
    return await user_list(registrations(users), EVERY_TENANT, A, chosen or UserFilter(), **{**usual, **said})


def names(answer: Json) -> list[str]:
    return [str(item["display_name"]) for item in answer["items"]]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (UserFilter(registration=Registration.REGISTERED), ["Ana"]),
        (UserFilter(registration=Registration.UNKNOWN), ["Dee"]),
        (UserFilter(enabled=False), ["Cas"]),
        (UserFilter(enabled="unknown"), ["Dee"]),
        (UserFilter(admin=True), ["Ben"]),
        (UserFilter(admin=False), ["Ana", "Cas", "Dee", "Eva", "Émile"]),
        (UserFilter(excluded=Excluded.GUEST), ["Eva"]),
        (UserFilter(excluded="none"), ["Ana", "Ben", "Cas", "Dee", "Émile"]),
        (UserFilter(method="mobilePhone"), ["Ana"]),
        (UserFilter(method="mobile"), []),
        (UserFilter(to_register=True), ["Ben", "Émile"]),
        (UserFilter(single_method=True), ["Ana"]),
        (UserFilter(single_method=False), ["Ben", "Cas", "Dee", "Eva", "Émile"]),
        (UserFilter(created_since=date(2026, 11, 20)), ["Ben"]),
        (UserFilter(text="éMI"), ["Émile"]),
        (UserFilter(text="@contoso", to_register=True), ["Ben", "Émile"]),
        (UserFilter(text=guid("cas")), ["Cas"]),
    ],
)
async def test_a_filter_lets_through_what_it_says(chosen: UserFilter, expected: list[str]) -> None:
    assert names(await look(chosen)) == expected


async def test_since_when_is_two_moments_and_null_where_it_is_not_known() -> None:
    ana, ben = (await look(UserFilter(text="an")))["items"][0], (await look(UserFilter(text="ben")))["items"][0]

    assert ana["seen_registered_at"] == "2026-11-24T06:00:00.000Z"
    assert ana["registered_after_at"] == "2026-11-23T06:00:00.000Z"
    assert ben["seen_registered_at"] is None


@pytest.mark.parametrize("sort", ["display_name", "-upn", "registration", "-seen_registered_at", "created_at"])
async def test_pages_of_two_are_the_whole_list(sort: str) -> None:
    found, continuation = [], None
    while True:
        answer = await look(sort=sort, limit=2, continuation=continuation)
        found += names(answer)
        continuation = answer["continuation"]
        if continuation is None:
            break

    assert found == names(await look(sort=sort))
    assert len(found) == len(USERS)


async def test_a_tenant_too_large_to_sort_comes_in_key_order_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SORTED", 5)
    found, continuation = [], None
    while True:
        answer = await look(limit=4, continuation=continuation)
        found += [item["user_id"] for item in answer["items"]]
        continuation = answer["continuation"]
        if continuation is None:
            break

    assert found == sorted(one.user_id for one in USERS)
    assert (answer["order"], answer["search"]) == ("user_id", "prefix")


async def test_there_search_is_by_the_beginning_and_sorting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SORTED", 5)

    assert names(await look(UserFilter(text="be"))) == ["Ben"]
    assert names(await look(UserFilter(text="en"))) == []
    with pytest.raises(Invalid) as caught:
        await look(sort="upn")
    assert caught.value.field == "sort"


async def test_a_rare_filter_in_a_large_tenant_answers_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SORTED", 5)
    monkeypatch.setattr(module, "CHUNK", 1)
    monkeypatch.setattr(module, "_MOST_LOOKED_AT", 2)
    found, answers, continuation = [], 0, None
    while True:
        answer = await look(UserFilter(admin=True), continuation=continuation)
        answers += 1
        found += names(answer)
        continuation = answer["continuation"]
        if continuation is None:
            break

    assert found == ["Ben"]
    assert answers >= 3


class Counting(MemoryRegistrations):
    """Counts the rows it was asked for."""

    looked_at = 0

    async def users(
        self, scope: Scope, tenant: TenantId, *, after: str | None, limit: int
    ) -> tuple[list[StoredUser], str | None]:
        some, following = await super().users(scope, tenant, after=after, limit=limit)
        self.looked_at += len(some)
        return some, following


async def test_of_a_number_not_known_yet_no_more_is_read_than_could_be_sorted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SORTED", 3)
    monkeypatch.setattr(module, "CHUNK", 1)
    there = Counting(rows=registrations(USERS).rows)

    answer = await user_list(
        there, EVERY_TENANT, A, UserFilter(), user_count=None, sort=None, limit=1, continuation=None
    )

    assert (answer["order"], answer["search"]) == ("user_id", "prefix")
    assert there.looked_at == 4 + 1
    with pytest.raises(Invalid):
        await look(user_count=None, sort="upn")


async def test_few_users_of_a_number_not_known_yet_are_sorted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SORTED", len(USERS))

    assert names(await look(user_count=None)) == ["Ana", "Ben", "Cas", "Dee", "Eva", "Émile"]


async def test_a_continuation_is_of_one_tenant_and_one_order(monkeypatch: pytest.MonkeyPatch) -> None:
    by_name = (await look(limit=2))["continuation"]
    with pytest.raises(Invalid):
        await look(limit=2, sort="-display_name", continuation=by_name)
    with pytest.raises(Invalid):
        await user_list(
            registrations(USERS),
            EVERY_TENANT,
            TenantId(guid("b")),
            UserFilter(),
            user_count=6,
            sort=None,
            limit=2,
            continuation=by_name,
        )
    monkeypatch.setattr(module, "MOST_SORTED", 5)
    with pytest.raises(Invalid):
        await look(limit=2, continuation=by_name)


async def test_outside_the_scope_there_is_nobody() -> None:
    with pytest.raises(NotFound):
        await user_list(
            registrations(USERS),
            Scope(tenants=frozenset()),
            A,
            UserFilter(),
            user_count=1,
            sort=None,
            limit=1,
            continuation=None,
        )


def test_a_packed_row_is_small_and_comes_out_as_it_went_in() -> None:
    user = USERS[0].user
    packed = msgspec.msgpack.encode(user)

    assert msgspec.msgpack.decode(packed, type=User) == user
    assert len(packed) < 180
