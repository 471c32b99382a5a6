""" """

import pytest

from sspr_core.model.graph_rows import PrepaidUnits
from sspr_core.model.registration import Excluded
from sspr_core.model.tenant import Eligibility
from sspr_core.snapshot.classification import excluded, is_covered, read_licensing
from tests.graph_rows import (
    BUSINESS_PREMIUM,
    E5,
    EXCHANGE,
    FLOW_FREE,
    P1,
    P2,
    POWER_BI_FREE,
    PREMIUM,
    a_row,
    a_sku,
    licensed,
)


def test_a_licensed_enabled_member_is_in_the_population():
    assert excluded(a_row()) is None


@pytest.mark.parametrize(
    "upn",
    [
        "Sync_DC01_1a2b3c@contoso.onmicrosoft.com",
        "sync_dc01@contoso.onmicrosoft.com",
        "package_0f8fad5b-d9cb-469f-a165-70867728950e@contoso.onmicrosoft.com",
    ],
)
def test_synchronisation_and_package_accounts_are_system_accounts(upn):
    assert excluded(a_row(user_principal_name=upn)) is Excluded.SYSTEM


def test_the_synchronisation_account_is_known_by_its_name_too():
    row = a_row(display_name="On-Premises Directory Synchronization Service Account")

    assert excluded(row) is Excluded.SYSTEM


@pytest.mark.parametrize(
    "upn", ["synchro@contoso.example", "package_team@contoso.example", "ana.sync_x@contoso.example"]
)
def test_people_with_similar_names_are_no_system_accounts(upn):
    assert excluded(a_row(user_principal_name=upn)) is None


def test_a_guest_is_known_by_the_user_type():
    assert excluded(a_row(user_type="Guest")) is Excluded.GUEST


def test_ext_in_the_upn_alone_makes_no_guest():
    row = a_row(user_principal_name="ana_fabrikam.example#EXT#@contoso.onmicrosoft.com")

    assert excluded(row) is None


def test_a_null_user_type_is_a_member():
    assert excluded(a_row(user_type=None)) is None


@pytest.mark.parametrize("enabled", [False, None])
def test_an_account_not_known_to_be_enabled_is_disabled(enabled):
    assert excluded(a_row(account_enabled=enabled)) is Excluded.DISABLED


@pytest.mark.parametrize("licences", [None, [], licensed(FLOW_FREE), licensed(FLOW_FREE, POWER_BI_FREE.upper())])
def test_no_licence_or_only_free_ones_is_unlicensed(licences):
    assert excluded(a_row(assigned_licenses=licences)) is Excluded.UNLICENSED


def test_one_paid_licence_beside_free_ones_is_enough():
    assert excluded(a_row(assigned_licenses=licensed(FLOW_FREE, BUSINESS_PREMIUM))) is None


def test_switched_off_plans_do_not_make_a_user_unlicensed():
    row = a_row(assigned_licenses=licensed(BUSINESS_PREMIUM, off=("41781fb2-bc02-4b7c-bd55-b576c07bb09d",)))

    assert excluded(row) is None


def test_the_first_reason_in_order_is_the_one_given():
    worst = a_row(
        user_principal_name="Sync_DC01@contoso.example", user_type="Guest", account_enabled=False, assigned_licenses=[]
    )

    assert excluded(worst) is Excluded.SYSTEM
    assert excluded(a_row(user_type="Guest", account_enabled=False, assigned_licenses=[])) is Excluded.GUEST
    assert excluded(a_row(account_enabled=False, assigned_licenses=[])) is Excluded.DISABLED


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
