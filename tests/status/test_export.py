"""Exports: which users they contain, and the maximum number."""

from collections.abc import AsyncIterator

import pytest

from sspr_core.model.errors import Invalid, NotFound
from sspr_core.model.ids import EVERY_TENANT, Scope
from sspr_core.model.registration import StoredUser
from sspr_core.model.user_filter import UserFilter
from sspr_core.status import export as module
from sspr_core.status import user_list as listing
from sspr_core.status.export import TooMany, exported
from tests.status.test_user_list import USERS, A, registrations, stored


def export(
    chosen: UserFilter | None = None,
    *,
    users: list[StoredUser] = USERS,
    scope: Scope = EVERY_TENANT,
    user_count: int | None = None,
    sort: str | None = None,
    most: int = 100,
) -> AsyncIterator[tuple[StoredUser, ...]]:
    return exported(registrations(users), scope, A, chosen or UserFilter(), user_count=user_count, sort=sort, most=most)


async def names(pages: AsyncIterator[tuple[StoredUser, ...]]) -> list[str]:
    return [one.user.display_name async for some in pages for one in some]


@pytest.fixture
def too_large_to_sort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST_SORTED", 5)


async def test_everybody_is_exported_by_name_or_as_the_list_is_sorted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 2)

    assert await names(export()) == ["Ana", "Ben", "Cas", "Dee", "Eva", "Émile"]
    assert await names(export(sort="-upn")) == ["Émile", "Eva", "Dee", "Cas", "Ben", "Ana"]
    assert (await names(export(sort="seen_registered_at")))[0] == "Ana"


async def test_filters_are_those_of_the_list() -> None:
    assert await names(export(UserFilter(to_register=True))) == ["Ben", "Émile"]
    assert await names(export(UserFilter(text="MI"))) == ["Émile"]


@pytest.mark.usefixtures("too_large_to_sort")
async def test_a_tenant_too_large_to_sort_comes_by_id_and_is_searched_by_the_beginning() -> None:
    by_id = [one.user.display_name for one in sorted(USERS, key=lambda one: one.user_id)]

    assert await names(export()) == await names(export(user_count=6)) == by_id
    assert await names(export(UserFilter(text="en"))) == []
    with pytest.raises(Invalid) as caught:
        await names(export(sort="upn"))
    assert caught.value.field == "sort"


async def test_too_many_are_refused_and_not_cut() -> None:
    assert len(await names(export(most=6))) == 6
    with pytest.raises(TooMany) as caught:
        await names(export(most=5))
    assert caught.value.most == 5
    assert await names(export(UserFilter(to_register=True), most=2)) == ["Ben", "Émile"]


@pytest.mark.usefixtures("too_large_to_sort")
async def test_also_where_they_are_read_in_the_order_of_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 2)

    assert len(await names(export(most=6))) == 6
    with pytest.raises(TooMany):
        await names(export(most=5))


async def test_of_everybody_in_a_tenant_known_to_have_too_many_nobody_is_read() -> None:
    with pytest.raises(TooMany):
        await names(export(user_count=7, most=6))
    assert await names(export(UserFilter(admin=True), user_count=7, most=6)) == ["Ben"]


async def test_outside_the_scope_there_is_nobody() -> None:
    with pytest.raises(NotFound):
        await names(export(users=[stored("ana")], scope=Scope(tenants=frozenset())))
