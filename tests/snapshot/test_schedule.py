from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sspr_core.model.ids import TenantId
from sspr_core.model.problem import Access, Problem
from sspr_core.model.tenant import SwitchedOff, Tenant, TenantRecord, TenantStatus
from sspr_core.snapshot.schedule import due_tenants, is_due, next_regular, recheck
from tests.graph_rows import guid

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def a_known(name: str = "contoso", *, next_due_at: datetime | None = None, **said: object) -> TenantRecord:
    tenant = TenantId(guid(name))
    return TenantRecord(
        tenant=replace(Tenant(tenant_id=tenant, found_at=NOON), **said),
        status=TenantStatus(tenant_id=tenant, next_due_at=next_due_at),
    )


def test_a_tenant_never_read_is_due_at_once():
    assert is_due(a_known(), now=NOON)


def test_a_tenant_is_due_when_its_time_has_come():
    assert is_due(a_known(next_due_at=NOON), now=NOON)
    assert not is_due(a_known(next_due_at=NOON + HOUR), now=NOON)


def test_a_tenant_switched_off_is_never_due():
    assert not is_due(a_known(switched_off=SwitchedOff(by="eva", at=NOON, reason="left")), now=NOON)


def test_a_removed_tenant_is_never_due():
    assert not is_due(a_known(removed_at=NOON), now=NOON)


def test_the_longest_overdue_come_first_and_new_ones_before_them():
    late, later, new = a_known("a", next_due_at=NOON - HOUR), a_known("b", next_due_at=NOON - DAY), a_known("c")

    assert due_tenants([late, later, new, a_known("d", next_due_at=NOON + HOUR)], now=NOON) == [new, later, late]


@given(st.uuids(), st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.sampled_from([DAY, 6 * HOUR, 7 * DAY]))
def test_the_next_turn_is_never_too_soon_and_never_later_than_a_period_and_a_bit(tenant, after, every):
    after = after.replace(tzinfo=UTC)

    wait = next_regular(TenantId(str(tenant)), after=after, every=every) - after

    assert every / 24 < wait <= every * 25 / 24


@given(st.uuids(), st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))
def test_a_tenant_read_on_time_is_read_at_the_same_time_every_day(tenant, after):
    turn = next_regular(TenantId(str(tenant)), after=after.replace(tzinfo=UTC), every=DAY)

    again = next_regular(TenantId(str(tenant)), after=turn, every=DAY)

    assert abs(again - turn - DAY) < timedelta(milliseconds=1)


def test_tenants_spread_over_the_day():
    hours = [next_regular(TenantId(guid(str(i))), after=NOON, every=DAY).hour for i in range(2_400)]

    assert all(50 < hours.count(hour) < 160 for hour in range(24))


@pytest.mark.parametrize(
    ("word", "age", "minutes"),
    [
        (Access.CONSENT_MISSING, timedelta(0), 10),
        (Access.PERMISSION_MISSING, 23 * HOUR, 10),
        (Access.CONSENT_MISSING, DAY, 60),
        (Access.PERMISSION_MISSING, 9 * DAY, 60),
        (Access.BLOCKED, timedelta(0), 60),
        (Access.APP_CREDENTIAL, timedelta(0), 60),
    ],
)
def test_a_missing_consent_is_looked_at_by_every_sweep_for_a_day_and_then_hourly(word, age, minutes):
    problem = Problem(word=word, code="x", message="x", since=NOON - 30 * DAY, word_since=NOON - age)

    assert recheck(problem, now=NOON) - NOON == timedelta(minutes=minutes)
