"""What happened since the last report."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as but

from sspr_core.model.delivery import DeliveryState, delivery_key
from sspr_core.model.errors import NotFound
from sspr_core.model.ids import EVERY_TENANT, Scope, TenantId, UserId
from sspr_core.model.registration import StoredUser
from sspr_core.model.report import RunSince
from sspr_core.model.run import RunId, new_run_id
from sspr_core.report.activity import registered_since, runs_since
from tests.builders import DAY, HOUR, MONDAY
from tests.fakes.mailing import MemoryRuns, a_post
from tests.graph_rows import guid
from tests.mail.user_builders import a_stored_user, on_the_books
from tests.runs.delivery_builders import a_delivery, a_run
from tests.snapshot.snapshot_env import CONTOSO

FABRIKAM = TenantId(guid("fabrikam"))
LAST = MONDAY - 7 * DAY


def registered(name: str, at=MONDAY - DAY, *, changed_at=None) -> StoredUser:
    times = {"seen_registered_at": at, "registered_after_at": LAST - DAY, "changed_at": changed_at or at}
    return but(a_stored_user(name, registered=True), **times)


async def test_who_registered_since_is_named_where_names_are_wanted():
    books = on_the_books(registered("ana"), registered("ben", LAST - HOUR), a_stored_user("cas"))

    found = await registered_since(books, EVERY_TENANT, [CONTOSO], since=LAST, named=True)
    counted = await registered_since(books, EVERY_TENANT, [CONTOSO], since=LAST, named=False)

    assert found.newly == {(CONTOSO, UserId(guid("ana"))): MONDAY - DAY}
    assert [one.display_name for one in found.people.named] == ["Ana"]
    assert (counted.people.count, counted.people.named) == (1, ())


async def test_many_tenants_are_looked_through_and_more_than_a_page_of_users():
    books = on_the_books(*(registered(f"u{number}") for number in range(1200)))
    books.rows[FABRIKAM] = on_the_books(registered("eva"), tenant=FABRIKAM).rows[FABRIKAM]

    found = await registered_since(books, EVERY_TENANT, [CONTOSO, FABRIKAM], since=LAST, named=True)

    assert found.people.count == 1201
    assert found.people.named[0].display_name == "Eva"


async def test_outside_the_scope_nobody_is_looked_at():
    with pytest.raises(NotFound):
        await registered_since(on_the_books(), Scope(tenants=frozenset({FABRIKAM})), [CONTOSO], since=LAST, named=False)


def runs_with(post, *runs) -> None:
    assert isinstance(post.runs, MemoryRuns)
    post.runs.rows |= {run.run_id: run for run in runs}


def a_run_at(at, **said):
    return a_run(**{"run_id": new_run_id(at), "created_at": at, "tenants": {CONTOSO: "Contoso"}} | said)


def to(run: RunId, name: str, tenant: TenantId = CONTOSO, **said):
    user = UserId(guid(name))
    usual = {"state": DeliveryState.DELIVERED, "accepted_at": MONDAY - 3 * DAY}
    return a_delivery(
        **{"run_id": run, "tenant_id": tenant, "user_id": user, "key": delivery_key(tenant, user), **usual, **said}
    )


async def test_of_a_run_since_then_is_told_how_many_were_mailed_and_registered_after_it():
    post = a_post()
    run = a_run_at(MONDAY - 3 * DAY)
    runs_with(post, run)
    rows = [to(run.run_id, name) for name in ("ana", "ben", "cas")]
    await post.deliveries.insert([*rows, to(run.run_id, "dee", state=DeliveryState.BOUNCED)])
    newly = {
        (CONTOSO, UserId(guid(name))): at
        for name, at in (("ana", MONDAY - DAY), ("ben", MONDAY - 5 * DAY), ("dee", MONDAY))
    }

    [told] = await runs_since(post, CONTOSO, newly, since=LAST, until=MONDAY)

    assert told == RunSince(
        run_id=run.run_id,
        template=run.template,
        created_at=run.created_at,
        mailed_count=3,
        looked_at_count=3,
        registered_count=1,
    )


async def test_a_tenants_report_tells_of_its_own_users_and_the_one_over_all_of_everybodys():
    post = a_post()
    both = a_run_at(MONDAY - 3 * DAY, tenants={CONTOSO: "Contoso", FABRIKAM: "Fabrikam"})
    other = replace(both, run_id=new_run_id(MONDAY - 2 * DAY), created_at=MONDAY - 2 * DAY, tenants={FABRIKAM: "F"})
    runs_with(post, both, other)
    await post.deliveries.insert([to(both.run_id, "ana"), to(both.run_id, "eva", FABRIKAM)])
    await post.deliveries.insert([to(other.run_id, "eva", FABRIKAM)])

    own = await runs_since(post, CONTOSO, {}, since=LAST, until=MONDAY)
    everybodys = await runs_since(post, None, {}, since=LAST, until=MONDAY)

    assert [(one.run_id, one.mailed_count) for one in own] == [(both.run_id, 1)]
    assert [(one.run_id, one.mailed_count) for one in everybodys] == [(other.run_id, 1), (both.run_id, 2)]


async def test_samples_reports_and_what_was_before_or_comes_after_are_no_runs_since():
    post = a_post()
    runs_with(
        post,
        a_run_at(MONDAY - DAY, test=True),
        a_run_at(MONDAY - 2 * DAY, report=CONTOSO),
        a_run_at(LAST),
        a_run_at(MONDAY + HOUR),
    )

    assert await runs_since(post, CONTOSO, {}, since=LAST, until=MONDAY) == ()
