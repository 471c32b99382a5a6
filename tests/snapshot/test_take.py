"""Taking a snapshot, from the queue's message to the commit."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sspr_core.model.counts import SsprScope
from sspr_core.model.errors import Conflict, TryAgain
from sspr_core.model.ids import EVERY_TENANT
from sspr_core.model.problem import Access
from sspr_core.model.registration import Registration
from sspr_core.model.tenant import Eligibility, SwitchedOff, TenantStatus
from sspr_core.model.text import rfc3339
from sspr_core.ports.storage import MOST_PER_WRITE
from sspr_core.status.responses import tenant_details
from tests.builders import DAY, HOUR, MONDAY
from tests.graph_rows import EXCHANGE, a_row, a_sku, guid
from tests.snapshot.snapshot_env import CONTOSO, Shop, fill


@pytest.fixture
def shop() -> Shop:
    return Shop()


async def test_a_first_snapshot_stores_everyone_and_records_no_change(shop: Shop) -> None:
    fill(shop.knows(), "ana", "ben", "cas", registered=("ben",))

    await shop.take()

    assert shop.registered() == {"Ana": "not_registered", "Ben": "registered", "Cas": "not_registered"}
    assert await shop.changes() == []
    status = shop.status()
    assert status.counts
    assert (status.counts.population_count, status.counts.registered_count, status.user_count) == (3, 1, 3)
    assert status.sspr_scope is SsprScope.ALL
    assert (status.last_started_at, status.last_success_at, status.problem) == (MONDAY, MONDAY, None)
    assert status.next_due_at
    assert status.next_due_at > MONDAY
    day = shop.coverage.rows[CONTOSO, MONDAY.date()]
    assert day.snapshot
    assert day.snapshot.counts == status.counts
    assert [point[2] for point in status.course] == [1]


async def test_the_next_snapshot_writes_only_what_differs(shop: Shop) -> None:
    directory = fill(shop.knows(), "ana", "ben", "cas", registered=("ben",))
    await shop.take()
    before = dict(shop.registrations.rows[CONTOSO])
    fill(directory, "ana", "ben", "dee", registered=("ana", "ben"))
    shop.later(DAY)

    await shop.take()

    after = shop.registrations.rows[CONTOSO]
    assert after[guid("ben")] is before[guid("ben")]
    assert shop.registered() == {"Ana": "registered", "Ben": "registered", "Dee": "not_registered"}
    told = {change.user_id: change for change in await shop.changes()}
    assert set(told) == {guid("ana"), guid("cas"), guid("dee")}
    assert told[guid("cas")].after is None
    assert told[guid("dee")].before is None
    ana = after[guid("ana")].stored
    assert (ana.registered_after_at, ana.seen_registered_at) == (MONDAY, MONDAY + DAY)


async def test_a_user_who_is_renamed_is_the_same_user_with_the_same_past(shop: Shop) -> None:
    directory = fill(shop.knows(), "ana", registered=("ana",))
    await shop.take()
    directory.user_rows = [a_row("ana", user_principal_name="ana.new@fabrikam.example", display_name="Ana New")]
    shop.later(DAY)

    await shop.take()

    row = shop.registrations.rows[CONTOSO][guid("ana")].stored
    assert (row.user.upn, row.seen_registered_at) == ("ana.new@fabrikam.example", MONDAY)
    assert await shop.changes() == []


async def test_an_unchanged_directory_writes_no_user_and_no_fence(shop: Shop) -> None:
    fill(shop.knows(), "ana", "ben")
    await shop.take()
    fence = shop.registrations.fences[CONTOSO]
    shop.later(DAY)

    await shop.take()

    assert shop.registrations.fences[CONTOSO] == fence
    assert shop.status().last_success_at == MONDAY + DAY


async def test_a_message_that_comes_twice_finds_its_work_done(shop: Shop) -> None:
    directory = fill(shop.knows(), "ana")
    job = shop.job()
    await shop.take(job)
    asked = len(directory.asked)

    shop.later(timedelta(minutes=1))
    await shop.take(job)

    assert len(directory.asked) == asked


@pytest.mark.parametrize("off", ["removed", "switched off"])
async def test_a_tenant_not_ours_to_read_is_left_alone(shop: Shop, off: str) -> None:
    directory = fill(shop.knows(), "ana")
    change = (
        {"removed_at": MONDAY} if off == "removed" else {"switched_off": SwitchedOff(by="x", at=MONDAY, reason="y")}
    )
    shop.tenants.rows[CONTOSO] = replace(shop.tenants.rows[CONTOSO], **change)

    await shop.take()

    assert directory.asked == []
    assert shop.status().last_success_at is None


async def test_a_tenant_without_premium_seats_is_ineligible_and_its_last_data_stay(shop: Shop) -> None:
    directory = fill(shop.knows(), "ana")
    await shop.take()
    directory.skus = [a_sku(plans=(EXCHANGE,))]
    shop.later(DAY)

    await shop.take()

    status = shop.status()
    assert status.eligibility is Eligibility.INELIGIBLE
    assert status.problem is None
    assert status.counts
    assert (status.last_success_at, status.licences_read_at) == (MONDAY, MONDAY + DAY)
    assert "report" not in directory.asked[-3:]


async def test_a_licence_that_ends_overnight_leaves_the_last_snapshot_and_says_since_when(shop: Shop) -> None:
    directory = fill(shop.knows(), "ana", "ben", registered=("ben",))
    await shop.take()
    directory.skus = [a_sku(capability_status="Suspended")]
    for _ in range(2):
        shop.later(DAY)
        await shop.take()

    known = await shop.tenants.get(EVERY_TENANT, CONTOSO)
    view = tenant_details(known, shop.terms, now=shop.now)

    assert view["lifecycle"] == "ineligible"
    assert str(view["lifecycle_reason"]).startswith(
        "The licence ended: since 24 Nov 2026 (last seen on 23 Nov 2026) the tenant has no seats of Entra ID P1 or P2"
    )
    assert (view["to_register_count"], view["registered_count"], view["last_success_at"]) == (1, 1, rfc3339(MONDAY))
    assert shop.registered() == {"Ana": "not_registered", "Ben": "registered"}
    assert view["problem"] is None


async def test_a_licence_that_ended_before_this_was_written_down_is_dated_by_the_reading_before(shop: Shop) -> None:
    directory = fill(shop.knows(), "ana")
    await shop.take()
    shop.tenants.statuses[CONTOSO] = replace(shop.status(), seats_seen_at=None)  # a row of an earlier version
    directory.skus = []
    shop.later(DAY)

    await shop.take()

    assert (shop.status().seats_seen_at, shop.status().licence_ended_at) == (MONDAY, MONDAY + DAY)


async def test_a_tenant_that_never_had_a_licence_has_lost_none(shop: Shop) -> None:
    fill(shop.knows(), "ana").skus = []

    await shop.take()

    assert (shop.status().seats_seen_at, shop.status().licence_ended_at) == (None, None)


async def test_a_licence_past_its_term_is_said_to_be_ending_while_the_tenant_is_read(shop: Shop) -> None:
    fill(shop.knows(), "ana").skus = [a_sku(capability_status="Warning")]

    await shop.take()

    known = await shop.tenants.get(EVERY_TENANT, CONTOSO)
    reason = str(tenant_details(known, shop.terms, now=shop.now)["eligibility_reason"])
    assert known.status.last_success_at == MONDAY
    assert reason.startswith("25 seats of Entra ID P1 or P2. Their licence is ending")


async def test_one_that_has_lapsed_comes_back_when_its_licences_do(shop: Shop) -> None:
    directory = fill(shop.knows(), "ana")
    directory.skus = []
    await shop.take()
    assert shop.status().eligibility is Eligibility.INELIGIBLE
    directory.skus = [a_sku()]
    shop.later(DAY)

    await shop.take()

    assert shop.status().eligibility is Eligibility.ELIGIBLE
    assert (shop.status().seats_seen_at, shop.status().licence_ended_at) == (MONDAY + DAY, None)
    assert shop.registered() == {"Ana": "not_registered"}


async def test_answers_of_another_tenant_are_never_stored(shop: Shop) -> None:
    directory = fill(shop.knows(), "ana")
    directory.answers_as = guid("fabrikam")

    await shop.take()

    problem = shop.status().problem
    assert problem
    assert problem.word is Access.WRONG_TENANT
    assert shop.registrations.rows == {}
    assert "licences" not in directory.asked


async def test_a_tenant_id_in_capitals_is_the_same_tenant(shop: Shop) -> None:
    fill(shop.knows(), "ana").answers_as = CONTOSO.upper()

    await shop.take()

    assert shop.status().problem is None


async def test_a_report_that_says_nothing_leaves_registration_unknown(shop: Shop) -> None:
    directory = fill(shop.knows(), "ana", "ben")
    directory.report_rows = directory.report_rows[:1]

    await shop.take()

    assert shop.registered()["Ben"] == Registration.UNKNOWN
    assert shop.status().counts
    assert shop.status().counts.unknown_count == 1


async def test_a_refresh_asked_for_during_the_reading_keeps_its_time(shop: Shop) -> None:
    directory = fill(shop.knows(), "ana", "ben", "cas")
    await shop.take()
    shop.later(DAY)
    asked_at = shop.now + timedelta(seconds=3)

    def refresh() -> None:
        status = shop.tenants.statuses[CONTOSO]
        shop.tenants.statuses[CONTOSO] = replace(status, next_due_at=asked_at, etag="refreshed")

    directory.between_pages = refresh

    await shop.take()

    assert shop.status().last_success_at == MONDAY + DAY
    assert shop.status().next_due_at == asked_at


async def test_a_snapshot_committed_meanwhile_by_another_worker_wins(shop: Shop) -> None:
    directory = fill(shop.knows(), "ana", "ben", "cas")
    await shop.take()
    shop.later(DAY)
    newer = replace(shop.status(), last_started_at=MONDAY + DAY + HOUR, etag="newer")

    def another_commits() -> None:
        shop.tenants.statuses[CONTOSO] = newer

    directory.between_pages = another_commits

    await shop.take()

    assert shop.tenants.statuses[CONTOSO] == newer


async def test_a_snapshot_begun_earlier_and_committed_late_does_not_stop_the_newer_one(shop: Shop) -> None:
    """Its worker had lost the claim while it stalled; the rows are now the newer snapshot's, so the status must be
    too.
    """
    directory = fill(shop.knows(), "ana", "ben", "cas")
    await shop.take()
    shop.later(DAY)
    fill(directory, "ana", "ben", "cas", registered=("ana",))
    late = replace(shop.status(), last_started_at=MONDAY + HOUR, digest="older", etag="late")

    def another_commits() -> None:
        shop.tenants.statuses[CONTOSO] = late

    directory.between_pages = another_commits

    await shop.take()

    status = shop.status()
    assert status.last_started_at == MONDAY + DAY
    assert status.counts
    assert status.counts.registered_count == 1
    assert shop.claims.rows[CONTOSO].unfinished is False


async def test_a_commit_whose_answer_was_lost_is_our_own(shop: Shop) -> None:
    fill(shop.knows(), "ana")
    save = shop.tenants.save_status

    async def saved_and_retried(status: TenantStatus) -> TenantStatus:
        await save(status)
        return await save(status)  # as the SDK retries: the first answer was lost

    shop.tenants.save_status = saved_and_retried

    await shop.take()

    assert shop.status().last_success_at == MONDAY
    assert shop.claims.rows[CONTOSO].unfinished is False
    assert shop.jobs.sent == []


@pytest.mark.parametrize("slow", ["open", "organization", "licences"])
async def test_the_claim_lives_on_while_a_first_answer_takes_its_time(shop: Shop, slow: str) -> None:
    directory = fill(shop.knows(), "ana")
    directory.skus = []
    may, lives = directory._may, []

    def slowly(what: str) -> None:
        lives.append(shop.claims.rows[CONTOSO].until > shop.now)
        if what == slow:
            shop.later(timedelta(minutes=4))
        may(what)

    directory._may = slowly
    save = shop.tenants.save_status

    async def saved(status: TenantStatus) -> TenantStatus:
        assert shop.claims.rows[CONTOSO].until - shop.now > timedelta(minutes=4)
        return await save(status)

    shop.tenants.save_status = saved

    await shop.take()

    assert all(lives)
    assert shop.status().eligibility is Eligibility.INELIGIBLE


async def test_a_claim_lost_before_the_commit_leaves_the_days_figures_alone(shop: Shop) -> None:
    fill(shop.knows(), "ana")
    write = shop.registrations.write

    async def writes_and_freezes(*args: object, **more: object) -> str:
        mark = await write(*args, **more)
        shop.later(timedelta(minutes=10))
        held = shop.claims.rows[CONTOSO]
        shop.claims.rows[CONTOSO] = replace(held, owner="another", etag="another's")
        return mark

    shop.registrations.write = writes_and_freezes

    await shop.take()

    assert shop.coverage.rows == {}
    assert shop.status().last_success_at is None


async def test_the_claim_is_released_with_the_work_done(shop: Shop) -> None:
    fill(shop.knows(), "ana")
    await shop.take()

    claim = shop.claims.rows[CONTOSO]
    assert claim.until <= claim.started_at
    assert claim.unfinished is False


async def test_a_claim_taken_over_stops_the_slower_worker_before_it_writes(shop: Shop) -> None:
    directory = fill(shop.knows(), "ana", "ben", "cas")
    slow_wakes = MONDAY + timedelta(minutes=10)

    def freeze() -> None:
        shop.now = slow_wakes
        held = shop.claims.rows[CONTOSO]
        shop.claims.rows[CONTOSO] = replace(held, owner="another", started_at=slow_wakes, etag="another's")

    directory.between_pages = freeze

    await shop.take()

    assert shop.registrations.rows == {}
    assert shop.status().last_success_at is None
    assert shop.claims.rows[CONTOSO].owner == "another"


async def test_the_claim_lives_on_while_pages_come_slowly(shop: Shop) -> None:
    directory = fill(shop.knows(), *"abcdefgh")

    def two_minutes_pass() -> None:
        assert shop.claims.rows[CONTOSO].until > shop.now
        shop.later(timedelta(minutes=2))

    directory.between_pages = two_minutes_pass

    await shop.take()

    assert shop.status().last_started_at == MONDAY
    assert shop.now - MONDAY == timedelta(minutes=16)


async def test_the_claim_lives_on_while_many_rows_are_written(shop: Shop) -> None:
    fill(shop.knows(), *(f"user{number}" for number in range(MOST_PER_WRITE * 4)))
    write, lives = shop.registrations.write, []

    async def slowly(*args: object, **more: object) -> str:
        lives.append(shop.claims.rows[CONTOSO].until > shop.now)
        shop.later(timedelta(minutes=3))
        return await write(*args, **more)

    shop.registrations.write = slowly

    await shop.take()

    assert lives == [True] * 4


async def test_an_empty_directory_empties_what_is_stored_and_tells_it(shop: Shop) -> None:
    directory = fill(shop.knows(), "ana", "ben")
    await shop.take()
    shop.later(DAY)
    fill(directory)

    await shop.take()

    assert shop.registered() == {}
    assert [change.after for change in await shop.changes()] == [None, None]
    assert shop.status().user_count == 0


async def test_a_living_claim_sends_the_message_back_until_it_has_ended(shop: Shop) -> None:
    fill(shop.knows(), "ana")
    held = await shop.claims.take(CONTOSO, "another", now=MONDAY, lease=timedelta(minutes=5))
    assert not isinstance(held, type(MONDAY))
    job = shop.job()

    await shop.take(job)

    [(again, after)] = shop.jobs.sent
    assert again == job
    assert after == timedelta(minutes=5, seconds=10)


async def test_a_worker_that_died_while_writing_is_made_good_though_the_directory_went_back(shop: Shop) -> None:
    """Half the rows were written, and the directory is as at the last commit: the stored digest must not be trusted."""
    directory = fill(shop.knows(), *"abcdefgh")
    await shop.take()
    shop.later(DAY)
    fill(directory, *"abcdefgh", registered=tuple("abcdefgh"))
    write, written = shop.registrations.write, []

    async def dies(*args: object, **more: object) -> str:
        written.append(await write(*args, **more))
        raise KeyboardInterrupt

    shop.registrations.write = dies
    with pytest.raises(KeyboardInterrupt):
        await shop.take()
    assert len(written) == 1
    assert set(shop.registered().values()) == {"registered"}
    shop.registrations.write = write
    fill(directory, *"abcdefgh")
    shop.later(HOUR)

    await shop.take()

    assert set(shop.registered().values()) == {"not_registered"}
    assert shop.claims.rows[CONTOSO].unfinished is False


async def test_storage_that_keeps_changing_below_us_is_tried_again_later(shop: Shop) -> None:
    fill(shop.knows(), "ana")

    async def never_as_marked(*_: object, **__: object) -> str:
        raise Conflict("always")

    shop.registrations.write = never_as_marked

    await shop.take()

    [(job, _)] = shop.jobs.sent
    assert job.attempt == 1
    problem = shop.status().problem
    assert problem
    assert problem.code == "storage_conflict"


async def test_storage_away_before_the_reading_began_is_no_attempt(shop: Shop) -> None:
    fill(shop.knows(), "ana")

    async def away(*_: object, **__: object) -> None:
        raise TryAgain

    shop.claims.take = away
    job = shop.job()

    await shop.take(job)

    assert [sent for sent, _ in shop.jobs.sent] == [job]


async def test_a_message_for_a_tenant_nobody_knows_ends_without_a_trace(shop: Shop) -> None:
    await shop.take()

    assert shop.jobs.sent == []
    assert shop.tenants.rows == {}
