from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sspr_core.model.ids import TenantId
from sspr_core.model.tenant import SwitchedOff, Tenant
from sspr_core.tenants.discovery import Found, presence
from tests.graph_rows import guid

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
CONTOSO = TenantId(guid("contoso"))


def known(*names: str, **said: object) -> dict[TenantId, Tenant]:
    tenants = [replace(Tenant(tenant_id=TenantId(guid(name)), found_at=NOON, listed=True), **said) for name in names]
    return {tenant.tenant_id: tenant for tenant in tenants}


def found(*names: str) -> dict[TenantId, Found]:
    return {TenantId(guid(name)): Found(tenant_id=TenantId(guid(name)), gdap_name=name.title()) for name in names}


def test_a_new_tenant_is_written_with_its_name():
    after = presence({}, found("contoso"), now=NOON)

    assert [(one.tenant_id, one.gdap_name, one.found_at) for one in after.changed] == [(CONTOSO, "Contoso", NOON)]
    assert after.new_count == 1


def test_a_tenant_found_as_it_is_known_is_not_written():
    before = known("contoso", gdap_name="Contoso")

    assert presence(before, found("contoso"), now=NOON).changed == ()


def test_a_tenant_missing_once_is_only_noted():
    after = presence(known("contoso"), {}, now=NOON)

    assert after.removed_count == 0
    assert (after.changed[0].missing_count, after.changed[0].missing_since_at) == (1, NOON)
    assert after.changed[0].in_relationship


def test_a_tenant_missing_three_times_within_a_day_stays():
    before = known("contoso", missing_count=5, missing_since_at=NOON - 23 * HOUR)

    assert presence(before, {}, now=NOON).removed_count == 0


def test_a_tenant_missing_a_day_but_only_twice_stays():
    before = known("contoso", missing_count=1, missing_since_at=NOON - 3 * DAY)

    assert presence(before, {}, now=NOON).removed_count == 0


def test_a_tenant_missing_three_times_over_a_day_is_removed():
    before = known("contoso", missing_count=2, missing_since_at=NOON - DAY)

    after = presence(before, {}, now=NOON)

    assert after.removed_count == 1
    assert not after.changed[0].in_relationship


def test_many_tenants_gone_at_once_are_held_back():
    names = [f"t{i}" for i in range(10)]
    before = known(*names, missing_count=2, missing_since_at=NOON - DAY)

    after = presence(before, found(*names[:6]), now=NOON)

    assert (after.removed_count, after.held_back_count) == (0, 4)
    assert all(one.in_relationship for one in after.changed)


def test_a_tenth_of_many_may_go_at_once():
    names = [f"t{i}" for i in range(50)]
    before = known(*names, missing_count=2, missing_since_at=NOON - DAY)

    assert presence(before, found(*names[:45]), now=NOON).removed_count == 5
    assert presence(before, found(*names[:44]), now=NOON).held_back_count == 6


def test_tenants_removed_long_ago_do_not_let_more_go():
    gone = known(*(f"old{i}" for i in range(500)), removed_at=NOON - 90 * DAY)
    names = [f"t{i}" for i in range(20)]
    before = gone | known(*names, missing_count=2, missing_since_at=NOON - DAY)

    after = presence(before, found(*names[:16]), now=NOON)

    assert (after.removed_count, after.held_back_count) == (0, 4)


def test_a_tenant_that_an_operator_has_switched_off_goes_however_many_there_are():
    names = [f"t{i}" for i in range(10)]
    off = SwitchedOff(by="eva", at=NOON, reason="left")
    before = known(*names, missing_count=2, missing_since_at=NOON - DAY)
    before |= known(*names[4:], missing_count=2, missing_since_at=NOON - DAY, switched_off=off)

    after = presence(before, found(*names[:2]), now=NOON)

    assert (after.removed_count, after.held_back_count) == (8, 0)


def test_a_tenant_that_returns_is_a_customer_again_and_still_switched_off():
    off = SwitchedOff(by="eva", at=NOON, reason="no contract")
    before = known("contoso", removed_at=NOON - DAY, missing_count=9, switched_off=off)

    [after] = presence(before, found("contoso"), now=NOON).changed

    assert after.in_relationship
    assert (after.missing_count, after.missing_since_at, after.switched_off) == (0, None, off)


def test_a_tenant_added_by_hand_needs_no_list():
    before = known("contoso", by_hand=True, listed=False)

    assert presence(before, {}, now=NOON).changed == ()


def test_a_removed_tenant_is_not_removed_again():
    before = known("contoso", removed_at=NOON - DAY, missing_count=3, missing_since_at=NOON - 2 * DAY)

    after = presence(before, {}, now=NOON)

    assert (after.changed, after.removed_count) == ((), 0)
