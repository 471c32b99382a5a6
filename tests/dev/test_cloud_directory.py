"""The simulated directories resemble real ones, generated from a seed."""

import json
import re
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.dev.clouds import REPORT, Clouds, problem

USERS = "users?$select=id,userPrincipalName,accountEnabled,userType&$top=25"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Clouds:
    """Twenty healthy and failing customers, without the report's limit; tests only read them."""
    return Clouds(tmp_path_factory.mktemp("cloud"), tenants=20, users=200, report_limit=False)


@pytest.fixture(scope="module")
def everybody(many: Clouds) -> list[dict[str, Any]]:
    return [one for tenant in many.tenant_ids for one in many.control("GET", f"directory/{tenant}")["users"]]


def reports(many: Clouds) -> dict[str, list[list[dict[str, Any]]]]:
    """The report's pages of every healthy tenant."""
    healthy = [one for one in many.cloud.tenants.values() if one.special is None]
    return {one.tenant_id: many.pages(one.tenant_id, REPORT) for one in healthy}


def test_the_same_seed_makes_the_same_cloud_and_another_seed_another(tmp_path):
    clouds = [Clouds(tmp_path, seed=seed) for seed in (7, 7, 8)]

    first, again, other = [[one.graph(tenant, REPORT).body for tenant in one.tenant_ids[:1]] for one in clouds]

    assert first == again
    assert first != other


def test_all_pages_together_are_the_directory_and_the_report_leaves_out_the_unreported(many):
    tenant = many.special(None)
    truth = many.control("GET", f"directory/{tenant}")["users"]

    users, report = many.rows(tenant, USERS), many.rows(tenant, REPORT)

    assert [one["id"] for one in users] == [one["user"]["id"] for one in truth]
    assert report == [one["report"] for one in truth if one["report"]]
    assert set(users[0]) == {"id", "userPrincipalName", "accountEnabled", "userType"}


def test_page_sizes_differ_between_tenants_and_some_pages_are_empty(many):
    pages = reports(many).values()
    users = [many.pages(one.tenant_id, USERS) for one in many.cloud.tenants.values() if one.empty_pages]

    assert len({len(some[0]) for some in pages if len(some) > 1}) > 1
    assert any([] in some[:-1] for some in pages)
    assert users
    assert all([] in some for some in users)


def test_skip_tokens_are_opaque_and_must_come_back_untouched(many):
    first = json.loads(many.graph(many.special(None), USERS).body)["@odata.nextLink"]
    token = urlsplit(first).query.partition("skiptoken=")[2]

    assert re.search("%2B|%2F|%3D", token)
    assert not unquote(token).isdigit()
    assert first.startswith("https://cloud.example/graph/v1.0/users?$select=")


@pytest.mark.parametrize("ruin", [lambda link: f"{link[:-9]}A", lambda link: link.replace("/users?", f"/{REPORT}?")])
def test_a_token_that_is_not_of_this_list_is_refused(many, ruin):
    tenant = many.special(None)
    link = json.loads(many.graph(tenant, USERS).body)["@odata.nextLink"]

    assert problem(many.graph(tenant, ruin(link))) == (400, "Directory_ExpiredPageToken")


def test_a_token_of_another_tenant_is_refused(many):
    one, other = (tenant.tenant_id for tenant in list(many.cloud.tenants.values())[:2])
    link = json.loads(many.graph(one, USERS).body)["@odata.nextLink"]

    assert many.graph(other, link).status == 400


@pytest.mark.parametrize(("top", "status"), [(0, 400), (1, 200), (999, 200), (1000, 400)])
def test_users_come_at_most_999_at_a_time(many, top, status):
    assert many.graph(many.special(None), f"users?$top={top}").status == status


def test_the_report_does_not_always_do_as_top_asks(many):
    sizes = {
        len(json.loads(many.graph(one.tenant_id, f"{REPORT}?$top=10").body)["value"])
        for one in many.cloud.tenants.values()
        if one.special is None
    }

    assert 10 in sizes
    assert max(sizes) > 10


def test_the_directory_has_every_kind_of_account(everybody):
    names = [one["user"]["userPrincipalName"] for one in everybody]

    assert any("#EXT#" in name for name in names)
    assert any(name.startswith("Sync_") for name in names)
    assert any(name.startswith("package_") for name in names)
    assert any((one["user"]["displayName"] or "").startswith("Room ") for one in everybody)
    assert any(not one["user"]["assignedLicenses"] for one in everybody)
    assert any(one["report"] and one["report"]["isAdmin"] for one in everybody)


def test_names_come_in_many_scripts(everybody):
    text = "".join(one["user"]["displayName"] or "" for one in everybody)

    for letters in ("[a-z]", "[α-ω]", "[а-я]", "[ء-ي]", "[א-ת]", "[一-龥]", "[가-힣]", "[अ-ह]"):
        assert re.search(letters, text), letters


def test_disabled_accounts_are_not_in_the_report_and_neither_are_some_others(everybody):
    assert not [one for one in everybody if one["report"] and one["user"]["accountEnabled"] is False]
    assert [one for one in everybody if not one["report"] and one["user"]["accountEnabled"] is True]


def test_there_are_nulls_where_the_contract_allows_them_and_none_where_it_does_not(everybody):
    users = [one["user"] for one in everybody]
    rows = [one["report"] for one in everybody if one["report"]]

    for name in (
        "displayName",
        "mail",
        "preferredLanguage",
        "accountEnabled",
        "userType",
        "createdDateTime",
        "usageLocation",
    ):
        assert None in [user[name] for user in users], name
    for name in ("isAdmin", "userType", "userPreferredMethodForSecondaryAuthentication"):
        assert None in [row[name] for row in rows], name
    assert [row for row in rows if None in row["methodsRegistered"]]
    assert all(row[name] is not None for row in rows for name in ("id", "isSsprRegistered", "userDisplayName"))


def healthy(many: Clouds) -> list[str]:
    return [one.tenant_id for one in many.cloud.tenants.values() if one.special is None]


def test_products_are_in_force_late_or_lapsed_and_of_some_next_to_nothing_is_said(many):
    rows = [row for tenant in healthy(many) for row in many.rows(tenant, "subscribedSkus")]

    assert {row["capabilityStatus"] for row in rows} == {
        "Enabled",
        "Warning",
        "Suspended",
        "LockedOut",
        "Deleted",
        None,
    }
    for name in ("skuId", "skuPartNumber", "appliesTo", "consumedUnits", "prepaidUnits"):
        assert None in [row[name] for row in rows], name
    assert {"FLOW_FREE", "POWER_BI_STANDARD"} <= {row["skuPartNumber"] for row in rows}


def test_a_tenant_that_is_not_premium_has_let_its_premium_product_lapse(many):
    rows = many.rows(many.special("not_premium"), "subscribedSkus")

    premium = [row for row in rows if any(plan["servicePlanName"] == "AAD_PREMIUM" for plan in row["servicePlans"])]
    assert premium
    assert not [row for row in premium if row["capabilityStatus"] in ("Enabled", "Warning")]


def test_some_customers_have_no_name_in_the_partners_list_and_others_do_not_say_theirs(many):
    customers = many.rows(many.cloud.partner_tenant_id, "tenantRelationships/delegatedAdminCustomers")
    nameless = {one["tenantId"] for one in customers if one["displayName"] is None}
    silent = {one for one in healthy(many) if many.rows(one, "organization")[0]["displayName"] is None}

    assert nameless
    assert silent
    assert not nameless & silent


def test_how_many_users_come_at_a_time_is_the_tenants_say_up_to_what_was_asked_for(many):
    sizes = {len(many.pages(one, "users?$top=999")[0]) for one in healthy(many)}

    assert len(sizes) > 2
    assert {len(many.pages(one, "users?$top=50")[0]) for one in healthy(many)} == {50}
    assert max(len(many.pages(one, "users")[0]) for one in healthy(many)) == 100


def test_times_have_seven_digits_and_the_preferred_method_may_be_an_empty_text(everybody):
    times = [one["user"]["createdDateTime"] for one in everybody if one["user"]["createdDateTime"]]

    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", at) for at in times)
    assert "" in {one["report"]["userPreferredMethodForSecondaryAuthentication"] for one in everybody if one["report"]}


def test_one_user_of_the_report_can_be_asked_for_and_a_stranger_is_404(many):
    tenant = many.special(None)
    row = json.loads(many.graph(tenant, REPORT).body)["value"][0]

    assert json.loads(many.graph(tenant, f"{REPORT}/{row['id']}").body) == row
    assert many.graph(tenant, f"{REPORT}/nobody").status == 404


def test_a_further_tenant_may_be_big_to_the_user(tmp_path):
    clouds = Clouds(tmp_path, big_tenant=2_500, plain=True)

    assert len(clouds.rows(clouds.tenant_ids[-1], "users?$top=999")) == 2_500


def test_plain_tenants_have_no_trouble_no_empty_pages_and_just_so_many_users(tmp_path):
    clouds = Clouds(tmp_path, tenants=12, users=40, plain=True, page_size=7)

    for tenant in clouds.tenant_ids:
        assert [len(page) for page in clouds.pages(tenant, "users")] == [7, 7, 7, 7, 7, 5]
