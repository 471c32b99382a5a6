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


OF_AN_IDENTITY = {"iss": "https://login.microsoftonline.com/x/v2.0", "sub": "7", "aud": "api://AzureADTokenExchange"}


def an_assertion(
    expires_in: float = 600, begins_in: float = -1, signature: str = "sig", **said: object
) -> dict[str, str | None]:
    """The part of a token request that replaces the secret."""
    content = {"exp": time.time() + expires_in, "nbf": time.time() + begins_in, **said}
    claims = base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
    return {
        "client_secret": None,
        "client_assertion": f"e30.{claims}.{signature}",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }


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
    ],
)
def test_a_wrong_proof_is_refused_whatever_the_tenant(clouds, changed, refused):
    assert refusal(clouds, clouds.special(None), **changed) == refused


@pytest.mark.parametrize(
    ("said", "changed", "number"),
    [
        ({}, {"client_assertion": "nonsense"}, 50027),
        ({}, {"client_assertion_type": None}, 900144),
        ({}, {"client_assertion_type": "saml"}, 900144),
        ({"expires_in": -60}, {}, 700024),
        ({"begins_in": 3000}, {}, 700024),
        ({"signature": ""}, {}, 700027),
        ({"aud": BASE}, {}, 700212),
        ({"iss": "https://evil.example"}, {}, 700211),
        ({"sub": ""}, {}, 700213),
    ],
)
def test_an_identitys_assertion_with_a_flaw_is_refused_in_entras_numbers(clouds, said, changed, number):
    assertion = an_assertion(**OF_AN_IDENTITY | said)

    assert refusal(clouds, clouds.special(None), **assertion | changed) == (401, "invalid_client", number)


@pytest.mark.parametrize(
    ("fault", "refused"),
    [
        ({"status": 401, "code": "AADSTS700213"}, (401, "invalid_client", 700213)),
        ({"status": 401, "code": "AADSTS70025"}, (401, "invalid_client", 70025)),
        ({"status": 400, "code": "AADSTS650052"}, (400, "invalid_client", 650052)),
        ({"status": 400, "code": "AADSTS7000112"}, (400, "unauthorized_client", 7000112)),
    ],
)
def test_any_refusal_of_entra_can_be_asked_for(clouds, fault, refused):
    clouds.control("POST", "faults", {"path": "/token", **fault})

    assert refusal(clouds, clouds.special(None)) == refused


ALL_THREE = {"AuditLog.Read.All", "User.Read.All", "Organization.Read.All"}
DENIED = (403, "Authorization_RequestDenied")


@pytest.mark.parametrize(
    ("without", "instead", "path", "refused"),
    [
        ("AuditLog.Read.All", [], REPORT, (403, "Authentication_MSGraphPermissionMissing")),
        ("AuditLog.Read.All", ["Directory.Read.All"], REPORT, (403, "Authentication_MSGraphPermissionMissing")),
        ("User.Read.All", [], "users", DENIED),
        ("User.Read.All", ["Directory.Read.All"], "users", None),
        ("Organization.Read.All", [], "organization", DENIED),
        ("Organization.Read.All", ["LicenseAssignment.Read.All"], "organization", DENIED),
        ("Organization.Read.All", [], "subscribedSkus", DENIED),
        ("Organization.Read.All", ["LicenseAssignment.Read.All"], "subscribedSkus", None),
        ("Organization.Read.All", ["Directory.Read.All"], "subscribedSkus", None),
    ],
)
def test_each_part_of_graph_asks_for_its_own_permission(clouds, without, instead, path, refused):
    tenant = clouds.special(None)
    clouds.control("POST", "grant", {"tenant": tenant, "permissions": [*(ALL_THREE - {without}), *instead]})

    answer = clouds.graph(tenant, path)

    assert (problem(answer) if answer.status != 200 else None) == refused


@pytest.mark.parametrize("more", [[], ["LicenseAssignment.Read.All"]])
def test_three_permissions_are_enough_and_the_fourth_of_earlier_versions_does_no_harm(clouds, more):
    tenant = clouds.special(None)
    clouds.control("POST", "grant", {"tenant": tenant, "permissions": [*ALL_THREE, *more]})

    assert [clouds.graph(tenant, path).status for path in (REPORT, "users", "organization", "subscribedSkus")] == [
        200
    ] * 4


def test_an_unknown_tenant_is_not_found(clouds):
    assert refusal(clouds, "00000000-0000-4000-8000-000000000000")[2] == 90002


def test_an_identitys_assertion_will_do_in_place_of_a_secret(clouds):
    assert clouds.ask_token(clouds.special(None), **an_assertion(**OF_AN_IDENTITY)).status == 200


@pytest.mark.parametrize(
    ("changed", "status", "number"),
    [({}, 200, None), ({"aud": f"{BASE}/common/oauth2/v2.0/token"}, 401, 700023), ({"sub": "another"}, 401, 700021)],
)
def test_an_assertion_of_the_apps_certificate_is_by_the_app_and_for_this_tenants_address(
    clouds, changed, status, number
):
    tenant, app = clouds.special(None), clouds.cloud.client_id
    said = {"iss": app, "sub": app, "aud": f"{BASE}/{tenant}/oauth2/v2.0/token"} | changed

    answer = clouds.ask_token(tenant, **an_assertion(**said))

    assert (answer.status, json.loads(answer.body).get("error_codes", [None])[0]) == (status, number)


def test_the_token_endpoint_takes_nothing_but_post(clouds):
    answer = clouds.ask("GET", f"/{clouds.special(None)}/oauth2/v2.0/token")

    assert (answer.status, json.loads(answer.body)["error_codes"]) == (400, [900561])


@pytest.mark.parametrize(
    "scope", ["https://communication.azure.com/.default", "https://graph.microsoft.com.evil/.default"]
)
def test_graph_wants_a_token_that_is_for_graph(clouds, scope):
    token = json.loads(clouds.ask_token(clouds.special(None), scope=scope).body)["access_token"]

    answer = clouds.ask("GET", "/graph/v1.0/users", headers={"authorization": f"Bearer {token}"})

    assert problem(answer) == (401, "InvalidAuthenticationToken")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_graph_is_only_read_here(clouds, method):
    token = json.loads(clouds.ask_token(clouds.special(None)).body)["access_token"]

    answer = clouds.ask(method, "/graph/v1.0/users", headers={"authorization": f"Bearer {token}"})

    assert problem(answer) == (405, "Request_BadRequest")


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

    answers = [clouds.graph(tenant, REPORT) for _ in range(3)]

    assert [problem(one) for one in answers[:2]] == [
        NOT_PREMIUM, (403, "Authentication_ApplicationHasNoDirectoryReadAccess"),
    ]  # fmt: skip
    assert answers[2].status == 200


def test_with_directory_read_a_premium_tenant_is_always_seen_as_one(clouds):
    tenant = clouds.special("falsely_not_premium")
    clouds.control("POST", "grant", {"tenant": tenant, "permissions": [*ALL_THREE, "Directory.Read.All"]})

    assert [clouds.graph(tenant, REPORT).status for _ in range(3)] == [200] * 3


@pytest.mark.parametrize(("word", "waits"), [("throttled_retry_after", ["1", "1"]), ("throttled_silent", [None])])
def test_throttled_tenants_recover_with_and_without_saying_when(clouds, word, waits):
    tenant = clouds.special(word)
    answers = [clouds.graph(tenant, REPORT) for _ in range(len(waits) + 1)]

    assert [one.status for one in answers] == [429] * len(waits) + [200]
    assert [one.headers.get("Retry-After") for one in answers[:-1]] == waits


def test_a_tenant_may_be_throttled_for_longer_than_anybody_waits_on_a_page(clouds):
    answers = [clouds.graph(clouds.special("throttled_long"), REPORT) for _ in range(5)]

    assert {(one.status, one.headers["Retry-After"]) for one in answers} == {(429, "120")}


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


@pytest.mark.parametrize(
    "query", ["$top=many", "$top=0", "$top=301", "$skiptoken=x", "$skipToken=%C3%A4", "$skiptoken=bjk5OTk="]
)
def test_the_partners_list_refuses_page_sizes_and_tokens_that_are_none(clouds, query):
    answer = clouds.graph(clouds.cloud.partner_tenant_id, f"tenantRelationships/delegatedAdminCustomers?{query}")

    assert answer.status == 400


def test_relationships_are_of_every_status_and_some_have_no_customer(clouds):
    found = clouds.rows(clouds.cloud.partner_tenant_id, "tenantRelationships/delegatedAdminRelationships")

    assert {one["status"] for one in found} == {"active", "expired", "approvalPending", "terminated"}
    assert {one["status"] for one in found if one["customer"] is None} == {"approvalPending", "terminated"}


def test_a_customer_does_not_see_the_partners_customers_nor_the_partner_users(clouds):
    customer, partner = clouds.special(None), clouds.cloud.partner_tenant_id

    assert clouds.graph(customer, "tenantRelationships/delegatedAdminCustomers").status == 403
    assert clouds.graph(partner, "users").status == 403
