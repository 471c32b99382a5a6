"""The caller's identity, in the headers of App Service Authentication."""

import base64
import json
from urllib.parse import quote

import pytest

from dev.host.signin import COOKIE, ROLES, SignIn, back_to

PARTNER = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def sign_in() -> SignIn:
    return SignIn(PARTNER)


def cookie(sign_in: SignIn, role: str) -> str:
    return sign_in.cookie(role).partition(";")[0]


@pytest.mark.parametrize("role", ROLES)
def test_the_cookie_says_the_role_it_was_made_for(sign_in, role):
    assert sign_in.role_of({"cookie": f"theme=dark; {cookie(sign_in, role)}"}) == role


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(sign_in):
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(sign_in.cookie("Reader").split("; "))


def test_a_role_written_into_the_cookie_by_hand_is_not_believed(sign_in):
    promoted = cookie(sign_in, "Reader").replace("Reader", "Admin")

    assert sign_in.role_of({"cookie": promoted}) is None


@pytest.mark.parametrize("value", ["", "Admin", "Admin.", "Admin.0000", "Admin.ééé", "Owner.x", "."])
def test_a_cookie_without_a_good_signature_is_nobody(sign_in, value):
    assert sign_in.role_of({"cookie": f"{COOKIE}={value}"}) is None


def test_a_cookie_of_another_host_is_nobody_here(sign_in):
    assert sign_in.role_of({"cookie": cookie(SignIn(PARTNER), "Reader")}) is None


@pytest.mark.parametrize(("bearer", "role"), [("local-reader", "Reader"), ("local-admin", "Admin")])
def test_programs_sign_in_with_a_bearer_token(sign_in, bearer, role):
    assert sign_in.role_of({"authorization": f"Bearer {bearer}"}) == role


@pytest.mark.parametrize("header", ["local-owner", "Bearer reader", "Bearer local-", "Admin", "Basic local-admin", ""])
def test_any_other_authorization_is_nobody(sign_in, header):
    assert sign_in.role_of({"authorization": header}) is None


def test_the_app_is_told_role_tenant_and_object_id_as_entra_tells_them(sign_in):
    headers = sign_in.headers("Operator")
    principal = json.loads(base64.b64decode(headers["x-ms-client-principal"]))
    claims = {one["typ"].rsplit("/", 1)[-1]: one["val"] for one in principal["claims"]}

    assert claims["tenantid"] == PARTNER
    assert claims["roles"] == "Operator"
    assert claims["objectidentifier"] == headers["x-ms-client-principal-id"]
    assert principal["auth_typ"] == headers["x-ms-client-principal-idp"] == "aad"


def test_two_roles_are_two_people_and_always_the_same_ones(sign_in):
    ids = [sign_in.headers(role)["x-ms-client-principal-id"] for role in (*ROLES, *ROLES)]

    assert len(set(ids)) == 3
    assert ids[:3] == ids[3:]


@pytest.mark.parametrize("path", ["/", "/p/tenants?sort=coverage&limit=5", "/p#top", "/a%20b"])
def test_after_sign_in_one_is_back_where_one_was(path):
    assert back_to(f"post_login_redirect_uri={quote(path, safe='')}") == path


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "/\r\nx: y", "evil", ""],
)
def test_one_is_never_sent_to_another_host(elsewhere):
    assert back_to(f"post_login_redirect_uri={quote(elsewhere, safe='')}") == "/"


def test_a_path_in_another_script_becomes_one_that_a_header_can_carry():
    assert back_to(f"post_login_redirect_uri={quote('/p/東京', safe='')}") == quote("/p/東京")
