"""The simulated cloud's refusals: tokens, special tenants, limits, partners."""

import base64
import json
import time
from pathlib import Path

import pytest

from tests.dev.clouds import ALL_SPECIAL, BASE, REPORT, Clouds, problem

NOT_PREMIUM = (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")


@pytest.fixture
def clouds(tmp_path: Path) -> Clouds:
    return Clouds(tmp_path, tenants=ALL_SPECIAL, users=5)


def an_assertion(expires_in: float) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": time.time() + expires_in}).encode()).decode().rstrip("=")
    return f"e30.{claims}.sig"


def claims_of(token: str) -> dict[str, object]:
    part = token.split(".")[1]
    claims: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def refusal(clouds: Clouds, tenant: str, **changed: str | None) -> tuple[int, str, int]:
    answer = clouds.ask_token(tenant, **changed)
    content = json.loads(answer.body)
    assert content["error_description"].startswith(f"AADSTS{content['error_codes'][0]}: ")
    return answer.status, content["error"], content["error_codes"][0]


def test_a_token_says_for_which_tenant_and_which_app_it_is(clouds):
    tenant = clouds.special(None)
    content = json.loads(clouds.ask_token(tenant).body)
    claims = claims_of(content["access_token"])

    assert (claims["tid"], claims["appid"], claims["aud"]) == (tenant, clouds.cloud.client_id, BASE)
    assert (content["token_type"], content["expires_in"]) == ("Bearer", 3599)


@pytest.mark.parametrize(
    ("word", "refused"),
    [
        ("consent_missing", (400, "unauthorized_client", 700016)),
        ("conditional_access", (400, "invalid_grant", 53003)),
        ("gone", (400, "invalid_request", 90002)),
    ],
)
def test_some_tenants_give_no_token_and_say_why_in_entras_numbers(clouds, word, refused):
    assert refusal(clouds, clouds.special(word)) == refused


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"client_secret": "wrong"}, (401, "invalid_client", 7000215)),
        ({"client_secret": None}, (401, "invalid_client", 7000215)),
        ({"client_id": "another"}, (400, "unauthorized_client", 700016)),
        ({"scope": "https://graph"}, (400, "invalid_request", 900144)),
        ({"client_assertion": "nonsense"}, (401, "invalid_client", 50027)),
        ({"client_assertion": an_assertion(-60)}, (401, "invalid_client", 700024)),
    ],
)
def test_a_wrong_proof_is_refused_whatever_the_tenant(clouds, changed, refused):
    assert refusal(clouds, clouds.special(None), **changed) == refused


def test_an_unknown_tenant_is_not_found(clouds):
    assert refusal(clouds, "00000000-0000-4000-8000-000000000000")[2] == 90002


def test_an_assertion_will_do_in_place_of_a_secret(clouds):
    tenant = clouds.special(None)

    assert clouds.ask_token(tenant, client_secret=None, client_assertion=an_assertion(600)).status == 200


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer x.y.z", "Basic e30.e30.e30", "Bearer e30.e30.e30"])
def test_graph_wants_a_token(clouds, header):
    answer = clouds.ask("GET", "/graph/v1.0/users", headers={"authorization": header} if header else {})

    assert problem(answer) == (401, "InvalidAuthenticationToken")


@pytest.mark.parametrize(
    ("word", "refused"),
    [("not_premium", NOT_PREMIUM), ("permission_missing", (403, "Authentication_MSGraphPermissionMissing"))],
)
def test_some_tenants_refuse_the_report_but_not_their_users(clouds, word, refused):
    tenant = clouds.special(word)

    assert problem(clouds.graph(tenant, REPORT)) == refused
    assert clouds.graph(tenant, "users").status == 200


def test_a_premium_tenant_may_be_called_not_premium_now_and_then(clouds):
    tenant = clouds.special("falsely_not_premium")

    assert [clouds.graph(tenant, REPORT).status for _ in range(3)] == [403, 403, 200]


@pytest.mark.parametrize(("word", "waits"), [("throttled_retry_after", ["1", "1"]), ("throttled_silent", [None])])
def test_throttled_tenants_recover_with_and_without_saying_when(clouds, word, waits):
    tenant = clouds.special(word)
    answers = [clouds.graph(tenant, REPORT) for _ in range(len(waits) + 1)]

    assert [one.status for one in answers] == [429] * len(waits) + [200]
    assert [one.headers.get("Retry-After") for one in answers[:-1]] == waits


def test_a_gateway_answers_with_a_page(clouds):
    answer = clouds.graph(clouds.special("html_502"), REPORT)

    assert (answer.status, answer.content_type) == (502, "text/html")


def test_a_next_link_may_lead_to_a_foreign_host(clouds):
    page = json.loads(clouds.graph(clouds.special("foreign_next_link"), REPORT).body)

    assert page["@odata.nextLink"].startswith("https://graph.attacker.example/")


def test_one_tenants_answers_are_anothers(clouds):
    tenant = clouds.special("wrong_tenant")

    (organization,) = clouds.rows(tenant, "organization")

    assert organization["id"] in clouds.tenant_ids
    assert organization["id"] != tenant


@pytest.mark.parametrize(("plain", "statuses"), [(False, [200] * 5 + [429]), (True, [200] * 6)])
def test_the_report_answers_five_times_in_ten_seconds_unless_the_cloud_is_plain(tmp_path, plain, statuses):
    clouds = Clouds(tmp_path, plain=plain)
    answers = [clouds.graph(clouds.special(None), REPORT) for _ in range(6)]

    assert [one.status for one in answers] == statuses
    assert plain or 1 <= int(answers[-1].headers["Retry-After"]) <= 11


def test_the_partner_sees_all_customers_page_by_page(clouds):
    customers = clouds.rows(clouds.cloud.partner_tenant_id, "tenantRelationships/delegatedAdminCustomers?$top=10")

    assert [one["tenantId"] for one in customers] == clouds.tenant_ids


def test_relationships_are_of_every_status_and_some_have_no_customer(clouds):
    found = clouds.rows(clouds.cloud.partner_tenant_id, "tenantRelationships/delegatedAdminRelationships")

    assert {one["status"] for one in found} == {"active", "expired", "approvalPending", "terminated"}
    assert {one["status"] for one in found if one["customer"] is None} == {"approvalPending", "terminated"}


def test_a_customer_does_not_see_the_partners_customers_nor_the_partner_users(clouds):
    customer, partner = clouds.special(None), clouds.cloud.partner_tenant_id

    assert clouds.graph(customer, "tenantRelationships/delegatedAdminCustomers").status == 403
    assert clouds.graph(partner, "users").status == 403
