"""One suite for the fakes and the adapters on Azurite, which keeps the fakes correct."""

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import batched
from typing import Any
from uuid import uuid4

import pytest

from sspr_core.model.errors import ClaimLost, Conflict, NotFound
from sspr_core.model.ids import EVERY_TENANT, Scope, TenantId, UserId
from sspr_core.model.problem import Access
from sspr_core.model.registration import Change, Registration
from sspr_core.model.tenant import Discovery, SwitchedOff, Tenant, TenantStatus
from sspr_core.ports.storage import MOST_PER_WRITE, Claim, DeleteUser, RegistrationDates, UpsertUser
from sspr_core.snapshot.diff import as_text, row_digest
from tests.builders import DAY, HOUR, MONDAY, a_course, a_header, a_problem, a_world, counts
from tests.graph_rows import guid
from tests.snapshot.test_diff import NOT_REGISTERED, REGISTERED, a_user, packed

LEASE = timedelta(minutes=5)
MINUTE = timedelta(minutes=1)
NOBODY = Scope(tenants=frozenset())


@pytest.fixture(params=["memory", "azurite"])
def ports(request: pytest.FixtureRequest) -> Any:
    return a_world() if request.param == "memory" else request.getfixturevalue("storage")


@pytest.fixture
def tenant() -> TenantId:
    return TenantId(str(uuid4()))


def a_put(user_id: str, state=NOT_REGISTERED, *, stored=None, before=None, since=None) -> UpsertUser:
    body = packed(a_user(state, user_id))
    return UpsertUser(
        user_id=UserId(user_id),
        packed=body,
        digest=as_text(row_digest(user_id, body)),
        state=state,
        stored=stored,
        change=Change(user_id=UserId(user_id), changed_at=MONDAY, before=before, after=state),
        since=since,
    )


async def a_claim(ports: Any, tenant: TenantId, owner: str = "me", *, now=MONDAY) -> Claim:
    claim = await ports.claims.take(tenant, owner, now=now, lease=LEASE)
    assert isinstance(claim, Claim)
    return claim


async def all_marks(ports: Any, tenant: TenantId) -> list:
    return [mark async for page in ports.registrations.marks(tenant) for mark in page]


async def write(ports: Any, claim: Claim, *differences, fence: str | None = None, at=MONDAY) -> str:
    fence = fence or await ports.registrations.fence(claim)
    return await ports.registrations.write(claim, fence, differences, at=at)


# Claims


async def test_a_claim_is_only_given_once(ports, tenant):
    await a_claim(ports, tenant)

    assert await ports.claims.take(tenant, "you", now=MONDAY + MINUTE, lease=LEASE) == MONDAY + LEASE


async def test_a_claim_whose_answer_was_lost_is_given_to_its_owner_again(ports, tenant):
    mine = await a_claim(ports, tenant)

    assert await ports.claims.take(tenant, "me", now=MONDAY, lease=LEASE) == mine


async def test_a_claim_that_has_ended_is_given_to_the_next(ports, tenant):
    mine = await a_claim(ports, tenant)
    yours = await a_claim(ports, tenant, "you", now=MONDAY + LEASE + MINUTE)

    assert yours.owner == "you"
    with pytest.raises(ClaimLost):
        await ports.claims.renew(mine, now=MONDAY + LEASE + MINUTE, lease=LEASE)


async def test_a_claim_is_not_over_before_every_workers_clock_says_so(ports, tenant):
    await a_claim(ports, tenant)

    assert not isinstance(
        await ports.claims.take(tenant, "you", now=MONDAY + LEASE + timedelta(seconds=3), lease=LEASE), Claim
    )


async def test_a_renewed_claim_lasts_longer(ports, tenant):
    claim = await a_claim(ports, tenant)

    await ports.claims.renew(claim, now=MONDAY + 4 * MINUTE, lease=LEASE)

    assert await ports.claims.take(tenant, "you", now=MONDAY + 6 * MINUTE, lease=LEASE) == MONDAY + 9 * MINUTE


async def test_a_released_claim_is_free_at_once(ports, tenant):
    await ports.claims.release(await a_claim(ports, tenant))

    assert (await a_claim(ports, tenant, "you", now=MONDAY + MINUTE)).owner == "you"


async def test_releasing_a_claim_that_is_lost_changes_nothing(ports, tenant):
    mine = await a_claim(ports, tenant)
    await a_claim(ports, tenant, "you", now=MONDAY + HOUR)

    await ports.claims.release(mine)

    assert await ports.claims.take(tenant, "third", now=MONDAY + HOUR, lease=LEASE) == MONDAY + HOUR + LEASE


async def test_unfinished_writing_is_known_to_whoever_comes_next(ports, tenant):
    mine = await a_claim(ports, tenant)
    mine = await ports.claims.renew(replace(mine, unfinished=True), now=MONDAY, lease=LEASE)
    taken_over = await a_claim(ports, tenant, "you", now=MONDAY + HOUR)
    assert taken_over.unfinished

    await ports.claims.release(replace(taken_over, unfinished=False))

    assert not (await a_claim(ports, tenant, "third", now=MONDAY + 2 * HOUR)).unfinished


# Tenants


def a_tenant(tenant: TenantId, **said: Any) -> Tenant:
    return replace(Tenant(tenant_id=tenant, found_at=MONDAY, listed=True, gdap_name="Contoso"), **said)


async def test_a_tenant_found_is_known_with_an_empty_status(ports, tenant):
    await ports.tenants.save_found([a_tenant(tenant, relationship_ends_at=MONDAY + 90 * DAY, missing_count=2)])

    known = await ports.tenants.get(EVERY_TENANT, tenant)

    assert known.tenant == a_tenant(tenant, relationship_ends_at=MONDAY + 90 * DAY, missing_count=2)
    assert known.status == TenantStatus(tenant_id=tenant)


async def test_discovery_and_operators_do_not_write_over_each_other(ports, tenant):
    off = SwitchedOff(by="eva", at=MONDAY, reason="left")
    await ports.tenants.save_found([a_tenant(tenant)])
    await ports.tenants.save_operators([a_tenant(tenant, by_hand=True, operator_name="Mine")])
    await ports.tenants.save_switch(tenant, off)

    await ports.tenants.save_found([a_tenant(tenant, gdap_name="Renamed")])

    after = (await ports.tenants.get(EVERY_TENANT, tenant)).tenant
    assert (after.gdap_name, after.operator_name, after.by_hand, after.switched_off) == ("Renamed", "Mine", True, off)


async def test_naming_a_tenant_from_an_old_reading_undoes_neither_its_switch_nor_its_removal(ports, tenant):
    off = SwitchedOff(by="eva", at=MONDAY, reason="left")
    read = a_tenant(tenant)
    await ports.tenants.save_found([read])
    await ports.tenants.save_switch(tenant, off)
    await ports.tenants.save_found([replace(read, removed_at=MONDAY + DAY)])

    await ports.tenants.save_operators([replace(read, operator_name="Mine")])

    after = (await ports.tenants.get(EVERY_TENANT, tenant)).tenant
    assert (after.operator_name, after.switched_off, after.removed_at) == ("Mine", off, MONDAY + DAY)


async def test_a_tenant_that_discovery_removes_while_it_is_added_by_hand_is_a_customer(ports, tenant):
    read = a_tenant(tenant)
    await ports.tenants.save_found([read])
    await ports.tenants.save_operators([replace(read, by_hand=True)])

    await ports.tenants.save_found([replace(read, removed_at=MONDAY)])

    assert (await ports.tenants.get(EVERY_TENANT, tenant)).tenant.in_relationship


async def test_what_is_no_longer_said_is_cleared(ports, tenant):
    await ports.tenants.save_found([a_tenant(tenant, missing_since_at=MONDAY, removed_at=MONDAY)])
    await ports.tenants.save_found([a_tenant(tenant, gdap_name=None)])
    await ports.tenants.save_switch(tenant, SwitchedOff(by="eva", at=MONDAY, reason="left"))
    await ports.tenants.save_switch(tenant, None)

    after = (await ports.tenants.get(EVERY_TENANT, tenant)).tenant

    assert (after.gdap_name, after.missing_since_at, after.removed_at, after.switched_off) == (None, None, None, None)


async def test_a_status_comes_back_as_it_was_written(ports, tenant):
    await ports.tenants.save_found([a_tenant(tenant)])
    status = TenantStatus(
        tenant_id=tenant,
        counts=counts(),
        excluded_by_reason={},
        problem=a_problem(),
        next_due_at=MONDAY,
        course=a_course((MONDAY, counts())),
        digest="d",
    )

    saved = await ports.tenants.save_status(status)

    known = await ports.tenants.get(EVERY_TENANT, tenant)
    assert known.status == saved
    assert replace(known.status, etag=None) == status


async def test_a_status_is_only_written_over_the_one_that_was_read(ports, tenant):
    first = await ports.tenants.save_status(TenantStatus(tenant_id=tenant))
    await ports.tenants.save_status(replace(first, digest="new"))

    for stale in (first, TenantStatus(tenant_id=tenant)):
        with pytest.raises(Conflict):
            await ports.tenants.save_status(replace(stale, digest="stale"))


async def test_tenants_outside_the_scope_are_neither_listed_nor_found(ports, tenant):
    await ports.tenants.save_found([a_tenant(tenant)])

    assert await ports.tenants.known(NOBODY) == []
    for look in (ports.tenants.get, partial(ports.tenants.lately, within=HOUR)):
        assert (await look(EVERY_TENANT, tenant)).tenant_id == tenant
        with pytest.raises(NotFound):
            await look(NOBODY, tenant)
    assert [one.tenant_id for one in await ports.tenants.known(Scope(tenants=frozenset({tenant})))] == [tenant]


async def test_an_unknown_tenant_is_not_found(ports, tenant):
    with pytest.raises(NotFound):
        await ports.tenants.get(EVERY_TENANT, tenant)


async def test_more_tenants_than_a_page_or_a_transaction_holds_are_all_known(ports):
    many = [a_tenant(TenantId(guid(str(i)))) for i in range(1_050)]

    await ports.tenants.save_found(many)

    assert {one.tenant_id for one in await ports.tenants.known(EVERY_TENANT)} == {one.tenant_id for one in many}


async def test_an_operators_list_longer_than_a_transaction_is_written_whole_however_often(ports):
    many = [a_tenant(TenantId(guid(str(i))), listed=False, gdap_name=None, by_hand=True) for i in range(250)]

    for _ in range(2):
        await ports.tenants.save_operators(many)

    assert sorted(one.tenant_id for one in await ports.tenants.known(EVERY_TENANT) if one.tenant.by_hand) == sorted(
        one.tenant_id for one in many
    )


async def test_how_discovery_went_is_kept_until_the_next_and_is_no_tenant(ports):
    before = await ports.tenants.discovery()
    problem = replace(a_problem(Access.PERMISSION_MISSING, since=MONDAY + HOUR), word_since=MONDAY + 2 * HOUR)
    failed = Discovery(last_complete_at=MONDAY, problem=problem, held_back_count=12)
    kept = []
    for outcome in (failed, Discovery(last_complete_at=MONDAY + DAY)):
        await ports.tenants.save_discovery(outcome)
        kept.append(await ports.tenants.discovery())

    assert before == Discovery()
    assert kept == [failed, Discovery(last_complete_at=MONDAY + DAY)]
    assert await ports.tenants.known(EVERY_TENANT) == []


# Users and changes


async def test_users_come_in_the_order_of_their_ids_page_by_page(ports, tenant):
    claim = await a_claim(ports, tenant)
    ids = sorted(guid(str(i)) for i in range(1_100))
    for start in range(0, len(ids), MOST_PER_WRITE):
        await write(ports, claim, *(replace(a_put(one), change=None) for one in ids[start : start + MOST_PER_WRITE]))

    assert [mark.user_id for mark in await all_marks(ports, tenant)] == ids
    first, after = await ports.registrations.users(EVERY_TENANT, tenant, after=None, limit=1_000)
    rest, end = await ports.registrations.users(EVERY_TENANT, tenant, after=after, limit=1_000)
    assert [one.user_id for one in first + rest] == ids
    assert end is None


async def test_a_full_write_fits_one_transaction(ports, tenant):
    claim = await a_claim(ports, tenant)

    await write(ports, claim, *(a_put(guid(str(i))) for i in range(MOST_PER_WRITE)))

    assert len(await all_marks(ports, tenant)) == MOST_PER_WRITE


async def test_a_user_comes_back_with_since_when(ports, tenant):
    claim = await a_claim(ports, tenant)
    since = RegistrationDates(seen_registered_at=MONDAY, registered_after_at=MONDAY - DAY)
    await write(ports, claim, a_put(guid("ana"), REGISTERED, since=since))

    ana = await ports.registrations.user(EVERY_TENANT, tenant, UserId(guid("ana")))

    assert ana.user.registration is Registration.REGISTERED
    assert (ana.first_seen_at, ana.seen_registered_at, ana.registered_after_at) == (MONDAY, MONDAY, MONDAY - DAY)


@pytest.mark.parametrize("seen_at", [MONDAY, None])
async def test_a_mark_says_whether_since_when_is_stored(ports, tenant, seen_at):
    since = RegistrationDates(seen_registered_at=seen_at, registered_after_at=None)
    claim = await a_claim(ports, tenant)
    await write(ports, claim, a_put(guid("ana"), REGISTERED, since=since))

    [mark] = await all_marks(ports, tenant)
    assert mark.seen is (seen_at is not None)
    await write(ports, claim, a_put(guid("ana"), NOT_REGISTERED, stored=mark, before=REGISTERED))
    assert (await all_marks(ports, tenant))[0].seen is mark.seen


async def test_writing_over_a_user_keeps_since_when_and_first_seen(ports, tenant):
    claim = await a_claim(ports, tenant)
    since = RegistrationDates(seen_registered_at=MONDAY, registered_after_at=None)
    await write(ports, claim, a_put(guid("ana"), REGISTERED, since=since))
    [mark] = await all_marks(ports, tenant)

    await write(ports, claim, a_put(guid("ana"), NOT_REGISTERED, stored=mark, before=REGISTERED), at=MONDAY + DAY)

    ana = await ports.registrations.user(EVERY_TENANT, tenant, UserId(guid("ana")))
    assert (ana.first_seen_at, ana.changed_at, ana.seen_registered_at) == (MONDAY, MONDAY + DAY, MONDAY)


async def test_since_when_can_be_cleared(ports, tenant):
    claim = await a_claim(ports, tenant)
    await write(
        ports,
        claim,
        a_put(guid("ana"), REGISTERED, since=RegistrationDates(seen_registered_at=MONDAY, registered_after_at=MONDAY)),
    )
    [mark] = await all_marks(ports, tenant)

    nothing = RegistrationDates(seen_registered_at=None, registered_after_at=None)
    await write(ports, claim, a_put(guid("ana"), stored=mark, before=REGISTERED, since=nothing))

    ana = await ports.registrations.user(EVERY_TENANT, tenant, UserId(guid("ana")))
    assert (ana.seen_registered_at, ana.registered_after_at) == (None, None)


async def test_a_removed_user_is_gone_and_the_change_stays(ports, tenant):
    claim = await a_claim(ports, tenant)
    await write(ports, claim, replace(a_put(guid("ana")), change=None))
    [mark] = await all_marks(ports, tenant)
    change = Change(user_id=mark.user_id, changed_at=MONDAY, before=NOT_REGISTERED, after=None)

    await write(ports, claim, DeleteUser(stored=mark, change=change))

    assert await all_marks(ports, tenant) == []
    assert (await ports.registrations.changes(EVERY_TENANT, tenant, after=None, limit=10))[0] == [change]


async def test_a_row_that_is_not_as_marked_stops_the_whole_write(ports, tenant):
    claim = await a_claim(ports, tenant)
    await write(ports, claim, a_put(guid("ana")))
    [mark] = await all_marks(ports, tenant)
    await write(ports, claim, a_put(guid("ana"), REGISTERED, stored=mark))

    with pytest.raises(Conflict):
        await write(ports, claim, a_put(guid("bo")), a_put(guid("ana"), NOT_REGISTERED, stored=mark))

    assert [one.state for one in await all_marks(ports, tenant)] == [REGISTERED]


async def test_a_user_that_is_there_already_is_a_conflict(ports, tenant):
    claim = await a_claim(ports, tenant)
    await write(ports, claim, a_put(guid("ana")))

    with pytest.raises(Conflict):
        await write(ports, claim, a_put(guid("ana"), REGISTERED))


async def test_a_repeated_write_leaves_one_change(ports, tenant):
    claim = await a_claim(ports, tenant)
    await write(ports, claim, a_put(guid("ana")))
    [mark] = await all_marks(ports, tenant)

    await write(ports, claim, a_put(guid("ana"), stored=mark))

    assert len((await ports.registrations.changes(EVERY_TENANT, tenant, after=None, limit=10))[0]) == 1


async def test_an_older_claim_cannot_write_behind_a_newer_fence(ports, tenant):
    old = await a_claim(ports, tenant)
    fence = await ports.registrations.fence(old)
    new = await a_claim(ports, tenant, "you", now=MONDAY + HOUR)
    await write(ports, new, a_put(guid("ana")))

    with pytest.raises(ClaimLost):
        await write(ports, old, a_put(guid("bo")), fence=fence)
    with pytest.raises(ClaimLost):
        await ports.registrations.fence(old)

    assert [mark.user_id for mark in await all_marks(ports, tenant)] == [guid("ana")]


async def test_a_fence_moved_on_by_its_own_claim_is_a_conflict_to_look_again(ports, tenant):
    claim = await a_claim(ports, tenant)
    fence = await ports.registrations.fence(claim)
    await write(ports, claim, a_put(guid("ana")), fence=fence)

    with pytest.raises(Conflict):
        await write(ports, claim, a_put(guid("bo")), fence=fence)


async def test_changes_come_newest_first_page_by_page(ports, tenant):
    claim = await a_claim(ports, tenant)
    for hour, name in enumerate("abc"):
        change = Change(user_id=UserId(guid(name)), changed_at=MONDAY + hour * HOUR, before=None, after=REGISTERED)
        await write(ports, claim, replace(a_put(guid(name)), change=change))

    first, after = await ports.registrations.changes(EVERY_TENANT, tenant, after=None, limit=2)
    rest, end = await ports.registrations.changes(EVERY_TENANT, tenant, after=after, limit=2)

    assert [one.user_id for one in first + rest] == [guid("c"), guid("b"), guid("a")]
    assert [one.changed_at for one in first] == [MONDAY + 2 * HOUR, MONDAY + HOUR]
    assert end is None


async def test_changes_before_a_time_can_be_deleted_and_nothing_else(ports, tenant):
    claim = await a_claim(ports, tenant)
    for hour, name in enumerate("abc"):
        change = Change(user_id=UserId(guid(name)), changed_at=MONDAY + hour * HOUR, before=None, after=REGISTERED)
        await write(ports, claim, replace(a_put(guid(name)), change=change))

    assert await ports.registrations.delete_changes(tenant, before=MONDAY + HOUR) == 1
    assert await ports.registrations.delete_changes(tenant, before=MONDAY + HOUR) == 0

    left, _ = await ports.registrations.changes(EVERY_TENANT, tenant, after=None, limit=10)
    assert [one.user_id for one in left] == [guid("c"), guid("b")]
    assert len(await all_marks(ports, tenant)) == 3
    await write(ports, claim, a_put(guid("d")))  # the fence is unchanged


async def test_changes_of_years_are_deleted_by_two_at_once(ports, tenant):
    claim = await a_claim(ports, tenant)
    changes = [
        Change(user_id=UserId(guid(f"{hours} {user}")), changed_at=MONDAY + hours * HOUR, before=None, after=REGISTERED)
        for hours in range(25)
        for user in range(45)
    ]
    for some in batched(changes, 45, strict=True):
        await write(ports, claim, *(replace(a_put(one.user_id), change=one) for one in some))

    jobs = (ports.registrations.delete_changes(tenant, before=MONDAY + 24 * HOUR) for _ in range(2))
    deleted = await asyncio.gather(*jobs)

    assert sum(deleted) == 24 * 45
    left, _ = await ports.registrations.changes(EVERY_TENANT, tenant, after=None, limit=100)
    assert {one.changed_at for one in left} == {MONDAY + 24 * HOUR}


MILLISECOND = timedelta(milliseconds=1)


async def who_changed(ports: Any, tenant: TenantId, since: datetime, *, limit: int = 10) -> list[str]:
    found, after = [], None
    while True:
        some, after = await ports.registrations.changed(EVERY_TENANT, tenant, since=since, after=after, limit=limit)
        found += [one.user_id for one in some]
        if after is None:
            return found
        assert len(some) == limit


async def test_users_written_at_a_time_or_later_are_told_apart_to_the_fraction_of_a_second(ports, tenant):
    """A time's text has a fraction only when it is not zero, and must still compare as a time."""
    claim = await a_claim(ports, tenant)
    times = [MONDAY - MILLISECOND, MONDAY, MONDAY + MILLISECOND, MONDAY + 500 * MILLISECOND, MONDAY + DAY]
    ids = [guid(str(time)) for time in times]
    for user_id, time in zip(ids, times, strict=True):
        await write(ports, claim, a_put(user_id), at=time)

    for number, time in enumerate(times):
        assert await who_changed(ports, tenant, time) == sorted(ids[number:])
    assert await who_changed(ports, tenant, MONDAY + 2 * MILLISECOND) == sorted(ids[3:])
    assert await who_changed(ports, tenant, MONDAY + 2 * DAY) == []


async def test_those_written_since_come_page_by_page_however_many_lie_between(ports, tenant):
    claim = await a_claim(ports, tenant)
    ids = sorted(guid(str(i)) for i in range(30))
    await write(ports, claim, *(a_put(one) for one in ids))
    marks = await all_marks(ports, tenant)
    late = [mark for number, mark in enumerate(marks) if number % 7 == 0]
    await write(ports, claim, *(a_put(one.user_id, REGISTERED, stored=one) for one in late), at=MONDAY + DAY)

    assert await who_changed(ports, tenant, MONDAY + DAY, limit=2) == [mark.user_id for mark in late]


async def test_users_gone_since_then_are_known_with_the_last_time_though_they_be_back(ports, tenant):
    claim = await a_claim(ports, tenant)
    for name, hours in (("ana", (0, 2)), ("ben", (1,)), ("cas", ())):
        for hour in hours:
            await write(ports, claim, replace(a_put(guid(name)), change=None))
            [mark] = [one for one in await all_marks(ports, tenant) if one.user_id == guid(name)]
            change = Change(user_id=mark.user_id, changed_at=MONDAY + hour * HOUR, before=NOT_REGISTERED, after=None)
            await write(ports, claim, DeleteUser(stored=mark, change=change))
        await write(ports, claim, a_put(guid(name)))

    async def gone(since: datetime) -> dict[UserId, datetime]:
        return await ports.registrations.gone(EVERY_TENANT, tenant, since=since)

    assert await gone(MONDAY) == {guid("ana"): MONDAY + 2 * HOUR, guid("ben"): MONDAY + HOUR}
    assert await gone(MONDAY + HOUR + MILLISECOND) == {guid("ana"): MONDAY + 2 * HOUR}
    assert await gone(MONDAY + 2 * HOUR) == {guid("ana"): MONDAY + 2 * HOUR}
    assert await gone(MONDAY + 3 * HOUR) == {}


async def test_outside_the_scope_nobody_has_changed_or_gone(ports, tenant):
    with pytest.raises(NotFound):
        await ports.registrations.changed(NOBODY, tenant, since=MONDAY, after=None, limit=10)
    with pytest.raises(NotFound):
        await ports.registrations.gone(NOBODY, tenant, since=MONDAY)


async def test_users_and_changes_of_one_tenant_are_not_anothers(ports, tenant):
    await write(ports, await a_claim(ports, tenant), a_put(guid("ana")))
    other = TenantId(str(uuid4()))

    assert await ports.registrations.users(EVERY_TENANT, other, after=None, limit=10) == ([], None)
    for ask in (ports.registrations.users, ports.registrations.changes):
        with pytest.raises(NotFound):
            await ask(NOBODY, tenant, after=None, limit=10)


# Days


async def test_the_last_snapshot_of_a_day_wins_whatever_the_order(ports, tenant):
    late, early = a_header(counts(registered=9), at=MONDAY + HOUR), a_header(at=MONDAY)
    for header in (late, early, late):
        await ports.coverage.save_snapshot(tenant, header)

    [day] = await ports.coverage.days(EVERY_TENANT, tenant, first=MONDAY.date(), last=MONDAY.date())

    assert day.snapshot == late


async def test_a_failure_stands_beside_the_days_figures_and_never_over_them(ports, tenant):
    problem = a_problem(Access.THROTTLED)
    await ports.coverage.save_snapshot(tenant, a_header())
    await ports.coverage.save_failure(tenant, problem, at=MONDAY + HOUR)

    [day] = await ports.coverage.days(EVERY_TENANT, tenant, first=MONDAY.date(), last=MONDAY.date())

    assert (day.snapshot, day.problem, day.problem_at) == (a_header(), problem, MONDAY + HOUR)


async def test_a_day_of_failures_alone_has_no_figures_until_a_snapshot_succeeds(ports, tenant):
    await ports.coverage.save_failure(tenant, a_problem(), at=MONDAY)
    [failed] = await ports.coverage.days(EVERY_TENANT, tenant, first=MONDAY.date(), last=MONDAY.date())
    await ports.coverage.save_snapshot(tenant, a_header(at=MONDAY + HOUR))
    [mended] = await ports.coverage.days(EVERY_TENANT, tenant, first=MONDAY.date(), last=MONDAY.date())

    assert failed.snapshot is None
    assert (mended.snapshot, mended.problem) == (a_header(at=MONDAY + HOUR), a_problem())


async def test_days_come_newest_first_within_their_bounds(ports, tenant):
    for days in range(5):
        await ports.coverage.save_snapshot(tenant, a_header(at=MONDAY - days * DAY))
    first, last = (MONDAY - 3 * DAY).date(), (MONDAY - DAY).date()

    found = await ports.coverage.days(EVERY_TENANT, tenant, first=first, last=last)

    assert [day.on for day in found] == [last, (MONDAY - 2 * DAY).date(), first]
    with pytest.raises(NotFound):
        await ports.coverage.days(NOBODY, tenant, first=first, last=last)


async def test_days_before_a_day_can_be_deleted(ports, tenant):
    for days in range(3):
        await ports.coverage.save_snapshot(tenant, a_header(at=MONDAY - days * DAY))
    yesterday = (MONDAY - DAY).date()

    assert await ports.coverage.delete_days(tenant, before=yesterday) == 1

    left = await ports.coverage.days(EVERY_TENANT, tenant, first=date(2020, 1, 1), last=MONDAY.date())
    assert [day.on for day in left] == [MONDAY.date(), yesterday]
