import pytest

from sspr_core.model.graph_rows import PrepaidUnits
from sspr_core.model.tenant import Eligibility
from sspr_core.snapshot.classification import is_covered, read_licensing
from tests.graph_rows import BUSINESS_PREMIUM, E5, EXCHANGE, P1, P2, PREMIUM, a_sku, licensed


def test_seats_of_a_premium_sku_make_a_tenant_eligible():
    licensing = read_licensing([a_sku()])

    assert licensing.premium_seat_count == 25
    assert licensing.eligibility is Eligibility.ELIGIBLE


@pytest.mark.parametrize(
    ("status", "enabled", "warning", "seats", "ending"),
    [
        ("Enabled", 10, 0, 10, 0),
        ("Warning", 0, 10, 10, 10),
        ("Warning", 10, 0, 10, 10),
        ("Enabled", 20, 5, 25, 5),
        ("Enabled", 20, None, 20, 0),
    ],
)
def test_seats_past_their_term_count_and_are_said_to_be_ending(status, enabled, warning, seats, ending):
    sku = a_sku(capability_status=status, prepaid_units=PrepaidUnits(enabled=enabled, warning=warning))

    licensing = read_licensing([sku])

    assert licensing.premium_seat_count == seats
    assert [one.ending_count for one in licensing.licences] == [ending]


@pytest.mark.parametrize(
    "sku",
    [
        a_sku(plans=(EXCHANGE,)),
        a_sku(capability_status="Suspended"),
        a_sku(capability_status="LockedOut"),
        a_sku(capability_status=None),
        a_sku(applies_to="Company"),
        a_sku(prepaid_units=None),
        a_sku(prepaid_units=PrepaidUnits(enabled=0, warning=0)),
        a_sku(service_plans=None),
    ],
)
def test_what_is_no_premium_seat_in_force_does_not_count(sku):
    assert read_licensing([sku]).eligibility is Eligibility.INELIGIBLE


def test_a_tenant_without_any_sku_is_ineligible():
    assert read_licensing([]).eligibility is Eligibility.INELIGIBLE


def test_both_premium_plans_in_one_sku_count_its_seats_once():
    assert read_licensing([a_sku(E5, plans=(P1, P2))]).premium_seat_count == 25


def test_every_sku_is_shown_premium_or_not():
    shown = read_licensing([a_sku(), a_sku("1" * 36, plans=(), sku_part_number="O365_BUSINESS")]).licences

    assert [(one.sku_part_number, one.premium, one.seat_count, one.consumed_count) for one in shown] == [
        ("SPB", True, 25, 20),
        ("O365_BUSINESS", False, 25, 20),
    ]


def test_a_holder_of_a_premium_sku_is_covered():
    assert is_covered(licensed(BUSINESS_PREMIUM.upper()), PREMIUM)


def test_one_premium_plan_left_on_is_enough():
    assert is_covered(licensed(E5, off=(P1,)), PREMIUM)


def test_a_holder_whose_premium_plans_are_all_off_is_not_covered():
    assert not is_covered(licensed(E5, off=(P1.upper(), P2)), PREMIUM)


def test_another_sku_or_none_covers_nobody():
    assert not is_covered(licensed("2" * 36), PREMIUM)
    assert not is_covered(None, PREMIUM)
