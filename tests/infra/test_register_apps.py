"""The two app registrations: made once, completed, never more than asked for."""

import ast
import os
import re
from pathlib import Path
from typing import Any

import pytest

from sspr_core.model.ids import TenantId
from sspr_core.model.problem import consent_link
from sspr_core.web.caller import Role
from tests.graph_rows import guid
from tests.infra.signed_in import NAME_OF, ROOT, Desk

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-in is a shell script")

HOST = "func-x.azurewebsites.net"
READING, SIGN_IN = "sspr-manager", "sspr-manager sign-in"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture(scope="module")
def after_apps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What az knows when the registrations have been made."""
    desk = Desk(tmp_path_factory.mktemp("desk"))
    assert desk.run("apps")[0] == 0
    desk.writes()
    return desk.state


@pytest.fixture
def registered(desk: Desk, after_apps: dict[str, Any]) -> Desk:
    desk.change(after_apps)
    return desk


@pytest.mark.parametrize("name", ["az.py", "entra.py", "graph.py", "registrations.py", "register_apps.py"])
def test_it_runs_on_python_3_9(name):
    ast.parse((ROOT / "infra" / "scripts" / name).read_text(), feature_version=(3, 9))


def test_customers_are_asked_for_three_permissions_and_no_other(registered):
    [asked] = registered.app(READING)["requiredResourceAccess"]

    assert {NAME_OF[one["id"]] for one in asked["resourceAccess"]} == {
        "AuditLog.Read.All", "User.Read.All", "Organization.Read.All",
    }  # fmt: skip
    assert {one["type"] for one in asked["resourceAccess"]} == {"Role"}
    assert registered.app(READING)["signInAudience"] == "AzureADMultipleOrgs"


def test_in_your_tenant_gdap_is_granted_besides(registered):
    given = registered.state[f"servicePrincipals/{registered.principal(READING)['id']}/appRoleAssignments"]

    assert {NAME_OF[one["appRoleId"]] for one in given} == set(NAME_OF.values()) - {"Mail.Send"}


def test_people_sign_in_to_a_registration_of_your_tenant_alone_with_the_roles_that_the_app_knows(registered):
    app = registered.app(SIGN_IN)

    assert app["signInAudience"] == "AzureADMyOrg"
    assert {one["value"].upper() for one in app["appRoles"]} == {role.name for role in Role}
    assert all(one["allowedMemberTypes"] == ["User", "Application"] for one in app["appRoles"])
    assert app["identifierUris"] == [f"api://{app['appId']}"]


def test_nobody_signs_in_who_was_not_let_in_by_name(registered):
    assert registered.principal(SIGN_IN)["appRoleAssignmentRequired"] is True


def test_nobody_is_asked_to_agree_alone_to_being_signed_in(registered):
    [agreed] = registered.state["oauth2PermissionGrants"]

    assert agreed["clientId"] == registered.principal(SIGN_IN)["id"]
    assert (agreed["consentType"], agreed["resourceId"]) == ("AllPrincipals", "microsoft-graph")
    assert set(agreed["scope"].split()) == {"openid", "profile", "email"}


def test_a_second_run_changes_nothing(registered):
    code, said = registered.run("apps")

    assert (code, registered.writes()) == (0, [])
    assert "is as it should be" in said


def test_what_somebody_took_away_is_put_back_and_what_they_added_stays(registered):
    state = registered.state
    reading = next(one for one in state["applications"] if one["displayName"] == READING)
    reading["requiredResourceAccess"][0]["resourceAccess"][:1] = [{"id": "added", "type": "Role"}]
    registered.change(state)

    registered.run("apps")

    [asked] = registered.app(READING)["requiredResourceAccess"]
    assert len([one for one in asked["resourceAccess"] if one["id"] in NAME_OF]) == 3
    assert {"id": "added", "type": "Role"} in asked["resourceAccess"]


def test_a_dry_run_tells_every_write_and_does_none(desk):
    code, said = desk.run("--dry-run", "apps")

    assert (code, desk.writes()) == (0, [])
    assert said.count("would POST /applications\n") == 2
    assert "would POST /servicePrincipals\n" in said


def test_azd_is_told_the_ids_that_the_deployment_needs(desk):
    desk.run("apps", "--azd")

    assert desk.state["azd"] == {
        "SSPR_PARTNER_TENANT_ID": guid("partner"),
        "SSPR_CLIENT_ID": desk.app(READING)["appId"],
        "SSPR_SIGN_IN_CLIENT_ID": desk.app(SIGN_IN)["appId"],
    }


def test_both_registrations_trust_the_apps_identity_and_know_its_address(registered):
    code, _ = registered.run("trust", "--azd", SSPR_APP_HOST=HOST, SSPR_IDENTITY_PRINCIPAL_ID="principal")

    assert code == 0
    assert registered.app(READING)["web"]["redirectUris"] == [f"https://{HOST}"]
    assert registered.app(SIGN_IN)["web"]["redirectUris"] == [f"https://{HOST}/.auth/login/aad/callback"]
    assert registered.app(SIGN_IN)["web"]["implicitGrantSettings"] == {"enableIdTokenIssuance": True}
    for name in (READING, SIGN_IN):
        [trusted] = registered.state[f"applications/{registered.app(name)['id']}/federatedIdentityCredentials"]
        assert trusted["issuer"] == f"https://login.microsoftonline.com/{guid('partner')}/v2.0"
        assert (trusted["subject"], trusted["audiences"]) == ("principal", ["api://AzureADTokenExchange"])


def test_trusting_again_changes_nothing_and_a_new_identity_takes_the_place_of_the_old(registered):
    registered.run("trust", "--host", HOST, "--principal", "old")
    registered.writes()
    registered.run("trust", "--host", HOST, "--principal", "old")
    assert registered.writes() == []

    registered.run("trust", "--host", HOST, "--principal", "new")

    [trusted] = registered.state[f"applications/{registered.app(READING)['id']}/federatedIdentityCredentials"]
    assert trusted["subject"] == "new"


def test_with_a_certificate_no_identity_of_another_tenant_is_trusted(registered):
    registered.run("trust", "--host", HOST)

    assert f"applications/{registered.app(READING)['id']}/federatedIdentityCredentials" not in registered.state
    assert registered.app(SIGN_IN)["web"]["redirectUris"] != []


def test_with_a_certificate_the_hooks_leave_the_registrations_alone(desk):
    code, said = desk.run("apps", "--azd", SSPR_CLIENT_CERTIFICATE="x")

    assert (code, desk.writes()) == (0, [])
    assert "docs/deploy.md" in said


@pytest.mark.parametrize(("who", "holder"), [("me", "my-id"), ("ana@partner.example", "ana-id")])
def test_a_person_gets_a_role_once(registered, who, holder):
    for _ in range(2):
        assert registered.run("assign", "Admin", who)[0] == 0

    [given] = registered.state[f"users/{holder}/appRoleAssignments"]
    [admin] = [one["id"] for one in registered.app(SIGN_IN)["appRoles"] if one["value"] == "Admin"]
    assert given["appRoleId"] == admin
    assert given["resourceId"] == registered.principal(SIGN_IN)["id"]


def test_a_program_that_calls_the_api_gets_a_role_by_its_client_id(registered):
    state = registered.state
    program = {"id": "program", "appId": guid("program"), "displayName": "our portal"}
    registered.change({**state, "applications": [*state["applications"], program]})

    assert registered.run("assign", "Reader", guid("program"))[0] == 0

    [given] = registered.state[f"servicePrincipals/{registered.principal('our portal')['id']}/appRoleAssignments"]
    assert given["resourceId"] == registered.principal(SIGN_IN)["id"]


def test_somebody_who_is_not_there_gets_no_role_and_is_named(registered):
    code, said = registered.run("assign", "Admin", "bob@partner.example")

    assert (code, registered.writes()) == (1, [])
    assert "bob@partner.example" in said


def test_the_links_for_customers_are_those_that_the_app_itself_shows(registered):
    tenants = [guid("a"), guid("b")]

    _, said = registered.run("consent", "--host", HOST, *tenants)

    app = registered.app(READING)["appId"]
    expected = [
        consent_link(TenantId(one), app, "https://login.microsoftonline.com", f"https://{HOST}") for one in tenants
    ]
    assert said.splitlines() == expected


def test_somebody_with_pages_of_other_roles_gets_this_one_once_too(registered):
    others = [{"resourceId": "other", "appRoleId": str(number)} for number in range(5)]
    registered.change({**registered.state, "page_size": 2, "users/my-id/appRoleAssignments": others})

    for _ in range(2):
        assert registered.run("assign", "Admin", "me")[0] == 0

    assert len(registered.state["users/my-id/appRoleAssignments"]) == 6


@pytest.mark.parametrize("hook", ["preprovision", "postprovision"])
def test_the_hooks_of_azd_run_as_they_are_written(registered, hook):
    [line] = re.findall(rf"{hook}:\n    posix:\n      shell: sh\n      run: (.+)", (ROOT / "azure.yaml").read_text())

    done = registered.shell(line, SSPR_APP_HOST=HOST, SSPR_IDENTITY_PRINCIPAL_ID="principal")

    assert (done.returncode, done.stderr) == (0, "")
    assert bool(registered.writes()) is (hook == "postprovision")  # the registrations are there already


def test_what_entra_does_not_know_yet_is_tried_again(desk):
    state = desk.state
    not_yet = ("Request_BadRequest", "The appId 'x' does not reference a valid application object.")
    desk.change(state | {"refuse_writes": [not_yet, not_yet]})

    assert desk.run("apps")[0] == 0


def test_a_refusal_says_what_was_refused_and_who_may(desk):
    desk.change(desk.state | {"refuse_writes": [("Authorization_RequestDenied", "Insufficient privileges")]})

    code, said = desk.run("apps")

    assert code == 1
    assert "Insufficient privileges" in said
    assert "Global Administrator" in said


def test_a_name_may_have_an_apostrophe(desk):
    assert desk.run("--name", "Ana's tenants", "apps")[0] == 0

    assert desk.run("--name", "Ana's tenants", "consent", guid("a"))[0] == 0


def test_two_registrations_of_the_same_name_are_told_rather_than_one_chosen(registered):
    state = registered.state
    state["applications"].append({**state["applications"][0], "id": "another"})
    registered.change(state)

    code, said = registered.run("apps")

    assert code == 1
    assert "2 registrations called sspr-manager" in said


def test_without_az_one_sentence_says_where_to_read_on(desk):
    code, said = desk.run("apps", path="/nowhere")

    assert (code, said) == (1, "az was not found: install it first (docs/deploy.md, What you need).\n")
