"""Mailed on D, registered by D + n: what is certain, and what is possible."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from sspr_core.model.delivery import Delivery, DeliveryState
from sspr_core.model.ids import EVERY_TENANT
from sspr_core.model.registration import StoredUser
from sspr_core.runs import outcome as module
from sspr_core.runs.outcome import ByDay, Outcome, outcome
from tests.builders import DAY, HOUR
from tests.fakes.mailing import a_post
from tests.mail.user_builders import a_stored_user, on_the_books
from tests.runs.delivery_builders import NOON, a_delivery, a_run
from tests.snapshot.snapshot_env import CONTOSO

S = DeliveryState
LONG_AFTER = NOON + 60 * DAY


def mailed(name: str, at: datetime = NOON, state: DeliveryState = S.DELIVERED) -> Delivery:
    return a_delivery(name, state=state, accepted_at=at)


def registered(name: str, *, seen: timedelta, after: timedelta | None) -> StoredUser:
    """Seen registered so long after noon; `after`: the snapshot before."""
    user = a_stored_user(name, registered=True)
    return replace(user, seen_registered_at=NOON + seen, registered_after_at=None if after is None else NOON + after)


async def found(rows: list[Delivery], *users: StoredUser, now: datetime = LONG_AFTER) -> Outcome:
    post = a_post()
    await post.deliveries.insert(rows)
    return await outcome(a_run(), EVERY_TENANT, post, on_the_books(*users, tenant=CONTOSO), now=now)


def by_days(result: Outcome) -> dict[int, tuple[int, int]]:
    return {one.days: (one.registered_count, one.at_most_count) for one in result.by_day}


async def test_who_was_seen_registered_n_days_after_the_mail_counts_from_then_on() -> None:
    ana = registered("ana", seen=5 * DAY, after=4 * DAY)

    result = await found([mailed("ana"), mailed("ben")], ana, a_stored_user("ben"))

    assert (result.mailed_count, result.looked_at_count, result.gone_count) == (2, 2, 0)
    assert by_days(result) == {1: (0, 0), 3: (0, 0), 7: (1, 1), 14: (1, 1), 30: (1, 1)}


async def test_who_may_have_registered_by_then_is_told_apart_because_snapshots_show_a_span() -> None:
    assert by_days(await found([mailed("ana")], registered("ana", seen=1.5 * DAY, after=0.5 * DAY)))[1] == (0, 1)


async def test_the_day_itself_still_counts() -> None:
    assert by_days(await found([mailed("ana")], registered("ana", seen=3 * DAY, after=2 * DAY)))[3] == (1, 1)


@pytest.mark.parametrize("after", [-DAY, None])
async def test_who_registered_between_two_snapshots_around_the_mail_counts(after: timedelta | None) -> None:
    assert by_days(await found([mailed("ana")], registered("ana", seen=HOUR, after=after)))[1] == (1, 1)


async def test_who_was_registered_before_their_mail_is_no_merit_of_it() -> None:
    assert by_days(await found([mailed("ana")], registered("ana", seen=-HOUR, after=-DAY)))[30] == (0, 0)


@pytest.mark.parametrize("state", [S.BOUNCED, S.FAILED, S.SKIPPED, S.PENDING, S.UNSURE])
async def test_who_was_not_reached_is_not_among_those_mailed(state: DeliveryState) -> None:
    result = await found([mailed("ana", state=state)], registered("ana", seen=DAY, after=HOUR))

    assert (result.mailed_count, by_days(result)[30]) == (0, (0, 0))


async def test_who_has_left_is_told_and_did_not_register() -> None:
    result = await found([mailed("ana")])

    assert (result.mailed_count, result.gone_count, by_days(result)[30]) == (1, 1, (0, 0))


async def test_days_that_have_not_gone_by_for_everybody_are_not_complete() -> None:
    rows = [mailed("ana"), mailed("ben", NOON + DAY)]

    result = await found(rows, a_stored_user("ana"), a_stored_user("ben"), now=NOON + 3 * DAY)

    assert [(one.days, one.complete) for one in result.by_day] == [
        (1, True),
        (3, False),
        (7, False),
        (14, False),
        (30, False),
    ]


async def test_of_many_the_first_by_key_stand_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_LOOKED_AT", 2)
    names = [f"u{number}" for number in range(5)]
    users = [registered(name, seen=DAY, after=HOUR) for name in names]

    result = await found([mailed(name) for name in names], *users)

    assert (result.mailed_count, result.looked_at_count) == (5, 2)
    assert result.by_day[0] == ByDay(days=1, registered_count=2, at_most_count=2, complete=True)
