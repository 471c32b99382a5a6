"""What operators change on tenants."""

from dataclasses import replace

import pytest

from sspr_core.model.errors import Conflict, NotFound
from sspr_core.model.ids import EVERY_TENANT, Scope, TenantId
from sspr_core.model.tenant import TenantRecord, TenantStatus
from sspr_core.tenants.administration import add_by_hand, refresh, switch_off, switch_on
from tests.builders import HOUR, MONDAY, a_known
from tests.fakes.storage import MemoryJobs, MemoryTenants
from tests.graph_rows import guid

A, B = TenantId(guid("a")), TenantId(guid("b"))
ONLY_B = Scope(tenants=frozenset({B}))


@pytest.fixture
def tenants() -> MemoryTenants:
    known = a_known("a", next_due_at=MONDAY + 20 * HOUR)
    return MemoryTenants({A: known.tenant}, {A: known.status})


async def test_a_refresh_makes_the_tenant_due_and_asks_at_once(tenants: MemoryTenants) -> None:
    jobs = MemoryJobs()

    await refresh(A, EVERY_TENANT, tenants, jobs, now=MONDAY)

    assert tenants.statuses[A].next_due_at == MONDAY
    assert [(job.tenant_id, job.queued_at) for job, _ in jobs.sent] == [(A, MONDAY)]


async def test_a_refresh_during_a_commit_changes_the_committed_row(tenants: MemoryTenants) -> None:
    save, committed = tenants.save_status, []

    async def after_a_commit(status: TenantStatus) -> TenantStatus:
        if not committed:
            committed.append(await save(replace(tenants.statuses[A], user_count=99)))
            raise Conflict("status")
        return await save(status)

    tenants.save_status = after_a_commit

    await refresh(A, EVERY_TENANT, tenants, MemoryJobs(), now=MONDAY)

    assert (tenants.statuses[A].user_count, tenants.statuses[A].next_due_at) == (99, MONDAY)


async def test_outside_the_callers_scope_there_is_nothing_to_change(tenants: MemoryTenants) -> None:
    jobs, before = MemoryJobs(), dict(tenants.rows)

    for attempt in (
        refresh(A, ONLY_B, tenants, jobs, now=MONDAY),
        switch_off(A, ONLY_B, tenants, by="x", reason="y", now=MONDAY),
        switch_on(A, ONLY_B, tenants),
        add_by_hand({A: "name", B: None}, ONLY_B, tenants, now=MONDAY),
    ):
        with pytest.raises(NotFound):
            await attempt

    assert tenants.rows == before
    assert jobs.sent == []


async def test_a_tenant_switched_off_is_inactive_with_who_and_why_until_switched_on(tenants: MemoryTenants) -> None:
    await switch_off(A, EVERY_TENANT, tenants, by="olga", reason="Contract ended", now=MONDAY)
    off = await tenants.get(EVERY_TENANT, A)
    await switch_on(A, EVERY_TENANT, tenants)

    assert (off.lifecycle, off.tenant.switched_off and off.tenant.switched_off.by) == ("inactive", "olga")
    assert (await tenants.get(EVERY_TENANT, A)).lifecycle == "active"


async def test_adding_by_hand_says_how_many_are_new_and_keeps_a_name_that_is_not_given_again(
    tenants: MemoryTenants,
) -> None:
    assert await add_by_hand({A: "Ours", B: None}, EVERY_TENANT, tenants, now=MONDAY) == 1
    assert await add_by_hand({A: None, B: None}, EVERY_TENANT, tenants, now=MONDAY) == 0

    assert tenants.rows[A].operator_name == "Ours"
    assert tenants.rows[B].by_hand


async def test_naming_a_tenant_that_discovery_lists_leaves_its_removal_to_discovery(tenants: MemoryTenants) -> None:
    await add_by_hand({A: "Ours"}, EVERY_TENANT, tenants, now=MONDAY)

    assert (tenants.rows[A].operator_name, tenants.rows[A].by_hand) == ("Ours", False)


async def test_a_tenant_added_by_hand_stays_so_when_it_is_named_after_discovery_has_listed_it(
    tenants: MemoryTenants,
) -> None:
    tenants.rows[A] = replace(tenants.rows[A], by_hand=True)

    await add_by_hand({A: "Ours"}, EVERY_TENANT, tenants, now=MONDAY)

    assert tenants.rows[A].by_hand


async def test_adding_a_tenant_that_discovery_no_longer_lists_keeps_it(tenants: MemoryTenants) -> None:
    tenants.rows[A] = replace(tenants.rows[A], listed=False, missing_count=2, missing_since_at=MONDAY)

    await add_by_hand({A: None}, EVERY_TENANT, tenants, now=MONDAY)

    assert tenants.rows[A].by_hand


async def test_one_tenant_is_named_without_reading_all(tenants: MemoryTenants) -> None:
    async def everyone(scope: Scope) -> list[TenantRecord]:
        raise AssertionError("all were read")

    tenants.known = everyone

    assert await add_by_hand({A: "Ours"}, EVERY_TENANT, tenants, now=MONDAY) == 0
    assert await add_by_hand({B: None}, EVERY_TENANT, tenants, now=MONDAY) == 1


async def test_adding_a_removed_tenant_by_hand_brings_it_back(tenants: MemoryTenants) -> None:
    tenants.rows[A] = replace(tenants.rows[A], removed_at=MONDAY)

    await add_by_hand({A: None}, EVERY_TENANT, tenants, now=MONDAY)

    assert (await tenants.get(EVERY_TENANT, A)).lifecycle == "active"
