"""Discovery as a journey: complete lists or nothing."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from sspr_core.model.errors import GiveUp, TryAgain
from sspr_core.model.graph_rows import Customer
from sspr_core.model.ids import EVERY_TENANT, TenantId
from sspr_core.model.problem import Access, AccessError
from sspr_core.model.tenant import Discovery, SwitchedOff, Tenant
from sspr_core.ports.telemetry import NULL_TELEMETRY
from sspr_core.tenants.administration import add_by_hand, switch_off
from sspr_core.tenants.discovery import NOTHING, Presence, discover, discover_again
from tests.builders import HOUR, MONDAY
from tests.fakes.directories import FakeDirectories
from tests.fakes.storage import MemoryTenants
from tests.graph_rows import guid
from tests.telemetry_recorder import a_listener

A, B = TenantId(guid("a")), TenantId(guid("b"))


def customers(*names: str) -> list[Customer]:
    return [Customer(tenant_id=guid(name), display_name=name.upper()) for name in names]


async def look(directories: FakeDirectories, tenants: MemoryTenants, at: int = 0, **said: object) -> Presence:
    usual: dict[str, object] = {"gdap": True, "by_settings": {}, "telemetry": NULL_TELEMETRY}
    return await discover(directories, tenants, **{**usual, **said}, now=MONDAY + at * HOUR)


async def test_new_customers_are_on_the_books_under_their_names() -> None:
    tenants = MemoryTenants()

    found = await look(FakeDirectories(customer_rows=customers("a", "b")), tenants)

    assert found.new_count == 2
    assert {one.tenant_id: one.display_name for one in await tenants.known(EVERY_TENANT)} == {A: "A", B: "B"}


async def test_a_second_discovery_of_the_same_customers_writes_nothing() -> None:
    directories, tenants = FakeDirectories(customer_rows=customers("a", "b")), MemoryTenants()
    await look(directories, tenants)

    again = await look(directories, tenants, at=1)

    assert again.changed == ()


DENIED = AccessError(word=Access.PERMISSION_MISSING, code="Authorization_RequestDenied", message="no")
THROTTLED = AccessError(word=Access.THROTTLED, code="429", message="Too many requests.")


@pytest.mark.parametrize(
    ("trouble", "word", "code"),
    [
        (GiveUp(DENIED), "permission_missing", "Authorization_RequestDenied"),
        (TryAgain(trouble=THROTTLED), "throttled", "429"),
        (TryAgain(), "unavailable", "graph"),
    ],
    ids=["permanent", "temporary", "untold"],
)
async def test_an_incomplete_list_changes_no_tenant_and_is_heard_of_with_since_when(
    trouble: TryAgain | GiveUp, word: str, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    directories, tenants = FakeDirectories(customer_rows=customers("a")), MemoryTenants()
    await look(directories, tenants)
    before = dict(tenants.rows)
    directories.trouble = trouble

    found = [await look(directories, tenants, at=hour) for hour in (30, 31)]

    assert (found, tenants.rows) == ([NOTHING, NOTHING], before)
    problem = tenants.last_discovery.problem
    assert (problem.word, problem.code, problem.since) == (word, code, MONDAY + 30 * HOUR)
    assert tenants.last_discovery.last_complete_at == MONDAY
    assert [record.exc_info for record in caplog.records if f"{word} ({code})" in record.message] == [None, None]


async def test_a_complete_discovery_ends_the_trouble() -> None:
    directories, tenants = FakeDirectories(trouble=GiveUp(DENIED)), MemoryTenants()
    await look(directories, tenants)
    directories.trouble = None

    await look(directories, tenants, at=1)

    assert tenants.last_discovery == Discovery(last_complete_at=MONDAY + HOUR)


@pytest.mark.parametrize("trouble", [None, GiveUp(DENIED)], ids=["lists complete", "lists incomplete"])
async def test_storage_that_is_away_is_no_crash_either(
    trouble: GiveUp | None, caplog: pytest.LogCaptureFixture
) -> None:
    class Away(MemoryTenants):
        async def discovery(self) -> Discovery:
            raise TryAgain

        async def save_found(self, tenants: Sequence[Tenant]) -> None:
            raise TryAgain

    assert await look(FakeDirectories(customer_rows=customers("a"), trouble=trouble), Away()) == NOTHING
    assert "try again later" in caplog.text


async def test_a_customer_that_left_is_removed_after_a_day_of_complete_lists_without_it() -> None:
    directories, tenants = FakeDirectories(customer_rows=customers("a", "b")), MemoryTenants()
    await look(directories, tenants)
    directories.customer_rows = customers("a")

    removed = [(await look(directories, tenants, at=hour)).removed_count for hour in (1, 2, 3, 24, 25)]

    assert removed == [0, 0, 0, 0, 1]
    assert tenants.rows[B].removed_at == MONDAY + 25 * HOUR
    assert tenants.rows[A].removed_at is None


async def test_a_removed_customer_that_returns_is_back_with_its_history() -> None:
    directories, tenants = FakeDirectories(customer_rows=customers("a", "b")), MemoryTenants()
    await look(directories, tenants)
    directories.customer_rows = customers("a")
    for hour in (1, 2, 30):
        await look(directories, tenants, at=hour)
    directories.customer_rows = customers("a", "b")

    await look(directories, tenants, at=31)

    assert tenants.rows[B].removed_at is None
    assert tenants.rows[B].found_at == MONDAY


REFUSED = AccessError(word=Access.APP_CREDENTIAL, code="AADSTS700213", message="No matching federated identity record.")


@pytest.mark.parametrize(
    ("trouble", "counts"), [(TryAgain(trouble=REFUSED), [0, 1]), (GiveUp(REFUSED), [0, 0]), (TryAgain(), [0, 0])]
)
async def test_a_new_federated_credential_is_a_failure_only_when_it_is_refused_for_ten_minutes(
    trouble: Exception, counts: list[int]
) -> None:
    """A credential that stays refused is counted where it is refused."""
    directories, tenants, heard = FakeDirectories(trouble=trouble), MemoryTenants(), a_listener()

    counted = []
    for hour in range(2):
        await look(directories, tenants, at=hour, telemetry=heard.telemetry)
        counted.append(int(heard.metrics().get(("sspr.credential.failures", (("service", "graph"),)), 0)))

    assert counted == counts


@pytest.mark.parametrize(
    ("code", "minutes", "found"),
    [("AADSTS700213", 15, 1), ("AADSTS700213", 55, 0), ("AADSTS7000222", 15, 0), (None, 15, 0)],
)
async def test_discovery_is_tried_again_soon_where_a_new_credential_was_not_known_yet(
    code: str | None, minutes: int, found: int
) -> None:
    directories, tenants = FakeDirectories(), MemoryTenants()
    if code:
        directories.trouble = TryAgain(trouble=replace(REFUSED, code=code))
    await look(directories, tenants)
    directories.trouble = None
    directories.customer_rows = customers("a")

    again = await discover_again(
        directories,
        tenants,
        gdap=True,
        by_settings={},
        telemetry=NULL_TELEMETRY,
        now=MONDAY + timedelta(minutes=minutes),
    )

    assert again.new_count == found


async def test_many_missing_at_once_are_kept_and_somebody_is_told(caplog: pytest.LogCaptureFixture) -> None:
    names = [f"t{number}" for number in range(20)]
    directories, tenants = FakeDirectories(customer_rows=customers(*names)), MemoryTenants()
    await look(directories, tenants)
    directories.customer_rows = customers(*names[:10])
    with caplog.at_level(logging.ERROR):
        for hour in (1, 2, 30):
            found = await look(directories, tenants, at=hour)

    assert (found.removed_count, found.held_back_count) == (0, 10)
    assert "10 tenants have been missing" in caplog.text
    assert (await tenants.discovery()).held_back_count == 10
    directories.trouble = TryAgain()
    await look(directories, tenants, at=31)
    assert (await tenants.discovery()).held_back_count == 10  # nothing is known of them since


async def test_of_many_held_back_those_that_are_set_inactive_go_with_the_next_discovery() -> None:
    names = [f"t{number}" for number in range(20)]
    directories, tenants = FakeDirectories(customer_rows=customers(*names)), MemoryTenants()
    await look(directories, tenants)
    directories.customer_rows = customers(*names[:10])
    for hour in (1, 2, 30):
        await look(directories, tenants, at=hour)
    for name in names[10:12]:
        await switch_off(TenantId(guid(name)), EVERY_TENANT, tenants, by="olga", reason="left", now=MONDAY)

    found = await look(directories, tenants, at=31)

    assert (found.removed_count, found.held_back_count) == (2, 8)
    assert {one.tenant_id for one in tenants.rows.values() if one.removed_at} == {guid("t10"), guid("t11")}


async def test_without_gdap_graph_is_not_asked_and_the_settings_list_stands() -> None:
    directories, tenants = FakeDirectories(trouble=TryAgain()), MemoryTenants()

    await look(directories, tenants, gdap=False, by_settings={A: "From settings"})

    assert tenants.rows[A].setting_name == "From settings"


async def test_discovery_leaves_alone_what_operators_have_set() -> None:
    directories, tenants = FakeDirectories(customer_rows=customers("a")), MemoryTenants()
    await look(directories, tenants)
    await add_by_hand({A: "Our name"}, EVERY_TENANT, tenants, now=MONDAY)
    await switch_off(A, EVERY_TENANT, tenants, by="olga", reason="moved", now=MONDAY)
    directories.customer_rows = [Customer(tenant_id=A, display_name="Another name")]

    await look(directories, tenants, at=1)

    row = tenants.rows[A]
    assert (row.operator_name, row.gdap_name) == ("Our name", "Another name")
    assert row.switched_off == SwitchedOff(by="olga", at=MONDAY, reason="moved")


async def test_a_tenant_added_by_hand_needs_no_list() -> None:
    tenants = MemoryTenants()
    await add_by_hand({A: None}, EVERY_TENANT, tenants, now=MONDAY)

    for day in range(1, 6):
        await look(FakeDirectories(), tenants, at=24 * day)

    assert tenants.rows[A].removed_at is None
