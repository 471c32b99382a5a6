"""The chosen users: by ids, or by the filters of the user list."""

import pytest

from sspr_core.mail import selection as module
from sspr_core.mail.selection import Chosen, chosen_by_filter, chosen_by_id
from sspr_core.model.errors import Invalid, NotFound
from sspr_core.model.ids import EVERY_TENANT, Scope, UserId
from sspr_core.model.user_filter import MOST_SORTED, UserFilter
from tests.graph_rows import guid
from tests.mail.user_builders import a_stored_user, on_the_books
from tests.snapshot.snapshot_env import CONTOSO

ANA, BEN, CAS = (a_stored_user(name) for name in ("ana", "ben", "cas"))
GONE = UserId(guid("gone"))
NOWHERE = Scope(tenants=frozenset())


async def filtered(chosen: UserFilter, *, user_count: int = 3) -> set[str]:
    found = await chosen_by_filter(on_the_books(ANA, BEN, CAS), EVERY_TENANT, CONTOSO, chosen, user_count=user_count)
    return {one.user.display_name for one in found.users}


async def test_ids_are_looked_up_once_each_in_their_order_and_those_nobody_has_are_named() -> None:
    ids = [CAS.user_id, GONE, ANA.user_id, CAS.user_id]

    found = await chosen_by_id(on_the_books(ANA, BEN, CAS), EVERY_TENANT, CONTOSO, ids)

    assert found == Chosen(users=(CAS, ANA), missing=(GONE,))


async def test_more_ids_than_are_read_at_once_are_all_found() -> None:
    many = [a_stored_user(f"user{one}") for one in range(45)]

    found = await chosen_by_id(on_the_books(*many), EVERY_TENANT, CONTOSO, [one.user_id for one in many])

    assert found.users == tuple(many)


async def test_a_filter_chooses_whom_the_list_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CHUNK", 1)

    assert await filtered(UserFilter()) == {"Ana", "Ben", "Cas"}
    assert await filtered(UserFilter(text="en")) == {"Ben"}


async def test_in_tenants_too_large_to_sort_it_searches_beginnings_as_the_list_does() -> None:
    assert await filtered(UserFilter(text="en"), user_count=MOST_SORTED + 1) == set()
    assert await filtered(UserFilter(text="be"), user_count=MOST_SORTED + 1) == {"Ben"}


async def test_a_filter_that_lets_through_too_many_is_refused_with_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CHOSEN", 2)

    with pytest.raises(Invalid, match="more than 2 users") as caught:
        await filtered(UserFilter())
    assert caught.value.field == "filter"
    monkeypatch.setattr(module, "MOST_CHOSEN", 3)
    assert len(await filtered(UserFilter())) == 3


async def test_outside_the_scope_there_is_nobody_to_choose() -> None:
    with pytest.raises(NotFound):
        await chosen_by_id(on_the_books(ANA), NOWHERE, CONTOSO, [ANA.user_id])
    with pytest.raises(NotFound):
        await chosen_by_filter(on_the_books(ANA), NOWHERE, CONTOSO, UserFilter(), user_count=1)
