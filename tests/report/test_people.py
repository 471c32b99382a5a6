"""Which users a report names."""

from datetime import timedelta

import pytest
from msgspec.structs import replace as but

from sspr_core.model.registration import StoredUser
from sspr_core.model.report import MOST_NAMED, People
from sspr_core.report.activity import Named, TopN, is_newly_registered
from tests.builders import DAY, MONDAY
from tests.mail.user_builders import a_stored_user


def names(found: People) -> list[str]:
    return [one.display_name for one in found.named]


def admin(name: str) -> StoredUser:
    user = a_stored_user(name)
    return but(user, user=but(user.user, admin=True))


def with_methods(name: str, *methods: str, **said: object) -> StoredUser:
    user = a_stored_user(name, registered=True, **said)
    return but(user, user=but(user.user, methods=methods))


def test_administrators_come_first_and_then_everybody_by_name():
    few = TopN()
    for user in (a_stored_user("dee"), admin("zoe"), a_stored_user("ana"), admin("bob")):
        few.add(user)

    assert names(few.of(4)) == ["Bob", "Zoe", "Ana", "Dee"]
    assert [one.admin for one in few.of(4).named] == [True, True, False, False]


def test_of_many_the_first_are_named_and_the_rest_is_counted():
    few = TopN()
    for number in reversed(range(200)):
        few.add(a_stored_user(f"u{number:03}"))

    found = few.of(200)

    assert names(found) == [f"U{number:03}" for number in range(MOST_NAMED)]
    assert found.rest_count == 200 - MOST_NAMED


def test_nobody_is_named_beyond_those_who_were_counted():
    few = TopN()
    for name in ("ana", "ben"):
        few.add(a_stored_user(name))

    assert few.of(1).rest_count == 0
    assert names(few.of(1)) == ["Ana"]


def test_each_list_has_those_it_is_about():
    named = Named()
    named.add(
        [
            a_stored_user("ana"),
            with_methods("ben", "email"),
            with_methods("cas", "mobilePhone", "officePhone"),
            with_methods("dee", "mobilePhone"),
            with_methods("eva", "email", "mobilePhone"),
            with_methods("off", "email", account_enabled=False),
            a_stored_user("gone", account_enabled=False),
        ]
    )

    assert names(named.to_register.of(9)) == ["Ana"]
    assert names(named.single_method.of(9)) == ["Ben", "Dee"]
    assert names(named.phone_only.of(9)) == ["Cas", "Dee"]


def registered(at, *, after=MONDAY - 30 * DAY, **said: object) -> StoredUser:
    return but(a_stored_user("ana", registered=True, **said), seen_registered_at=at, registered_after_at=after)


@pytest.mark.parametrize(
    ("user", "newly"),
    [
        (registered(MONDAY + timedelta(seconds=1)), True),
        (registered(MONDAY), False),
        (registered(None), False),
        (registered(MONDAY + DAY, after=None), False),
        (registered(MONDAY + DAY, account_enabled=False), False),
    ],
    ids=["since", "before", "not registered", "when the tenant was first read", "excluded"],
)
def test_who_counts_as_newly_registered(user: StoredUser, newly: bool):
    assert is_newly_registered(user, since=MONDAY) is newly
