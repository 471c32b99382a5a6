from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sspr_core.model.ids import UserId
from sspr_core.model.registration import Excluded, Registration, State, User
from sspr_core.ports.storage import DeleteUser, Difference, RegistrationDates, StoredMark, UpsertUser
from sspr_core.snapshot.diff import as_text, differences, of_all, row_digest, since
from sspr_core.snapshot.reading import NO_ROW, join
from tests.graph_rows import PREMIUM, a_row, guid

MONDAY = datetime(2026, 11, 23, 6, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)

NOT_REGISTERED = State(registration=Registration.NOT_REGISTERED, enabled=True, excluded=None)
REGISTERED = State(registration=Registration.REGISTERED, enabled=True, excluded=None)
NOT_SINCE = RegistrationDates(seen_registered_at=None, registered_after_at=None)
UNKNOWN = State(registration=Registration.UNKNOWN, enabled=None, excluded=None)


def a_user(state: State = NOT_REGISTERED, name: str = "ana") -> User:
    user = join(a_row(name), NO_ROW, PREMIUM)
    return msgspec.structs.replace(
        user, registration=state.registration, enabled=state.enabled, excluded=state.excluded
    )


def packed(user: User) -> bytes:
    return msgspec.msgpack.encode(user)


def stored(user_id: str, user: User, etag: str = "e1") -> StoredMark:
    digest = as_text(row_digest(user_id, packed(user)))
    return StoredMark(user_id=UserId(user_id), digest=digest, state=user.state, etag=etag)


async def found(
    new: dict[str, User],
    old: dict[str, User],
    *,
    previous_at: datetime | None = MONDAY,
    page: int = 2,
    seen: bool = False,
) -> list[Difference]:
    marks = [replace(stored(user_id, user), seen=seen) for user_id, user in sorted(old.items())]

    async def pages():
        for start in range(0, len(marks), page):
            yield marks[start : start + page]
            yield []  # an empty page in the middle is legal

    return [
        one
        async for one in differences(
            {user_id: packed(user) for user_id, user in new.items()}, pages(), at=TUESDAY, previous_at=previous_at
        )
    ]


async def test_a_user_as_stored_is_no_difference():
    assert await found({"a": a_user()}, {"a": a_user()}) == []


async def test_a_new_user_is_put_and_is_a_change_from_nothing():
    [put] = await found({"a": a_user()}, {})

    assert isinstance(put, UpsertUser)
    assert put.stored is None
    assert (put.change.before, put.change.after, put.change.changed_at) == (None, NOT_REGISTERED, TUESDAY)


async def test_a_user_gone_is_removed_and_is_a_change_to_nothing():
    [remove] = await found({}, {"a": a_user()})

    assert isinstance(remove, DeleteUser)
    assert (remove.change.before, remove.change.after) == (NOT_REGISTERED, None)


async def test_a_user_who_registered_is_put_over_the_row_that_was_read():
    [put] = await found({"a": a_user(REGISTERED)}, {"a": a_user()})

    assert put.stored.etag == "e1"
    assert (put.change.before, put.change.after) == (NOT_REGISTERED, REGISTERED)
    assert put.since == RegistrationDates(seen_registered_at=TUESDAY, registered_after_at=MONDAY)


async def test_a_new_name_is_written_but_is_no_change_of_state():
    renamed = msgspec.structs.replace(a_user(), display_name="Ana Silva")

    [put] = await found({"a": renamed}, {"a": a_user()})

    assert put.change is None
    assert put.since is None


async def test_the_first_snapshot_records_no_changes():
    [put] = await found({"a": a_user(REGISTERED)}, {}, previous_at=None)

    assert put.change is None
    assert put.since == RegistrationDates(seen_registered_at=TUESDAY, registered_after_at=None)


def test_only_who_was_seen_not_registered_is_known_to_have_registered_since():
    def told(before: State | None, *, seen: bool = False) -> RegistrationDates | None:
        return since(before, REGISTERED, seen=seen, at=TUESDAY, previous_at=MONDAY)

    assert told(NOT_REGISTERED) == RegistrationDates(seen_registered_at=TUESDAY, registered_after_at=MONDAY)
    assert told(UNKNOWN) == RegistrationDates(seen_registered_at=TUESDAY, registered_after_at=None)
    assert told(None) == RegistrationDates(seen_registered_at=TUESDAY, registered_after_at=None)
    assert told(REGISTERED, seen=True) is None


@pytest.mark.parametrize("before", [REGISTERED, UNKNOWN])
def test_who_is_no_longer_registered_has_no_since_whatever_the_report_said_in_between(before):
    assert since(before, NOT_REGISTERED, seen=True, at=TUESDAY, previous_at=MONDAY) == NOT_SINCE


def test_a_report_that_says_nothing_takes_nothing_back():
    assert since(REGISTERED, UNKNOWN, seen=True, at=TUESDAY, previous_at=MONDAY) is None


def test_who_was_unknown_for_a_while_is_registered_since_the_first_time():
    assert since(UNKNOWN, REGISTERED, seen=True, at=TUESDAY, previous_at=MONDAY) is None


@pytest.mark.parametrize(
    ("before", "after", "seen_before", "seen"),
    [
        (None, REGISTERED, False, True),
        (NOT_REGISTERED, REGISTERED, False, True),
        (REGISTERED, UNKNOWN, True, True),
        (UNKNOWN, NOT_REGISTERED, True, False),
        (REGISTERED, NOT_REGISTERED, True, False),
    ],
)
async def test_a_row_says_whether_it_knows_since_when(before, after, seen_before, seen):
    old = {"a": a_user(before)} if before else {}

    [put] = await found({"a": a_user(after)}, old, seen=seen_before)

    assert put.seen is seen


async def test_a_row_left_by_a_first_try_that_did_not_end_goes_without_a_change():
    [remove] = await found({}, {"a": a_user()}, previous_at=None)

    assert isinstance(remove, DeleteUser)
    assert remove.change is None


states = st.builds(
    State,
    registration=st.sampled_from(Registration),
    enabled=st.sampled_from([True, False, None]),
    excluded=st.sampled_from([*Excluded, None]),
)
directories = st.dictionaries(
    st.sampled_from([guid(str(i)) for i in range(12)]),
    st.builds(a_user, states, st.sampled_from(["ana", "bo"])),
)


@given(old=directories, new=directories, page=st.integers(1, 5))
async def test_old_state_and_differences_make_the_new_state(old, new, page):
    state = dict(old)

    for one in await found(new, old, page=page):
        if isinstance(one, UpsertUser):
            assert (one.stored is None) == (one.user_id not in state)
            state[one.user_id] = msgspec.msgpack.decode(one.packed, type=User)
        else:
            del state[one.user_id]

    assert state == new


@given(old=directories, new=directories)
async def test_changes_tell_exactly_what_differs_in_state(old, new):
    changes = {one.user_id: one.change for one in await found(new, old) if one.change}

    differing = {
        user_id
        for user_id in old.keys() | new.keys()
        if (old[user_id].state if user_id in old else None) != (new[user_id].state if user_id in new else None)
    }
    assert set(changes) == differing


@given(old=directories, new=directories)
async def test_differences_come_in_the_order_of_the_keys(old, new):
    ids = [one.user_id for one in await found(new, old)]

    assert ids == sorted(set(ids))


@given(one=directories, two=directories)
def test_the_digest_of_all_is_that_of_the_set(one, two):
    def digest(users: dict[str, User]) -> str:
        return of_all(sum(row_digest(key, packed(user)) for key, user in users.items()), len(users))

    assert (digest(one) == digest(two)) == (one == two)


def test_other_rules_make_another_digest():
    assert of_all(1, 1, rules="") != of_all(1, 1, rules="v2")
