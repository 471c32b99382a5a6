import pytest

from sspr_core.model.registration import Excluded
from sspr_core.snapshot.classification import excluded
from tests.graph_rows import BUSINESS_PREMIUM, FLOW_FREE, POWER_BI_FREE, a_row, licensed


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
