"""The two app registrations: created once, completed later, never with more permissions than needed."""

import ast
import os
from pathlib import Path
from typing import Any

import pytest

from sspr_core.web.caller import Role
from tests.graph_rows import guid
from tests.infra.signed_in import NAME_OF, ROOT, Desk
from tests.project.azd import hook_line

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-in is a shell script")

HOST = "func-x.azurewebsites.net"
READING, SIGN_IN = "sspr-manager", "sspr-manager sign-in"
IDS = ("SSPR_PARTNER_TENANT_ID", "SSPR_CLIENT_ID", "SSPR_SIGN_IN_CLIENT_ID")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture(scope="module")
def after_apps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """az's state after the registrations were made."""
    desk = Desk(tmp_path_factory.mktemp("desk"))
    assert desk.run("apps")[0] == 0
    desk.writes()
    return desk.state


@pytest.fixture
def registered(desk: Desk, after_apps: dict[str, Any]) -> Desk:
    desk.change(after_apps)
    return desk


@pytest.mark.parametrize(
    "name", ["az.py", "azd_environment.py", "entra.py", "graph.py", "registrations.py", "register_apps.py"]
)
def test_it_runs_on_python_3_9(name):
    ast.parse((ROOT / "infra" / "scripts" / name).read_text(), feature_version=(3, 9))


def permissions(desk):
    """The permissions that the reading registration requests from customers."""
    [asked] = desk.app(READING)["requiredResourceAccess"]
    return sorted(NAME_OF.get(one["id"], one["id"]) for one in asked["resourceAccess"])


def test_customers_are_asked_for_three_permissions_and_no_other(registered):
    [asked] = registered.app(READING)["requiredResourceAccess"]

    assert permissions(registered) == ["AuditLog.Read.All", "Organization.Read.All", "User.Read.All"]
    assert {one["type"] for one in asked["resourceAccess"]} == {"Role"}
    assert registered.app(READING)["signInAudience"] == "AzureADMultipleOrgs"


def test_in_your_tenant_gdap_is_granted_besides(registered):
    given = registered.state[f"servicePrincipals/{registered.principal(READING)['id']}/appRoleAssignments"]

    assert {NAME_OF[one["appRoleId"]] for one in given} == {
        *("AuditLog.Read.All", "Organization.Read.All", "User.Read.All"),
        "DelegatedAdminRelationship.Read.All",
    }


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

    assert permissions(registered) == ["AuditLog.Read.All", "Organization.Read.All", "User.Read.All", "added"]


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
    assert registered.app(READING)["web"]["redirectUris"] == [
        f"https://{HOST}",
        f"https://{HOST}/static/consented.html",
    ]
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


@pytest.mark.parametrize("command", ["apps", "trust"])
def test_with_a_certificate_the_hooks_leave_the_registrations_alone(desk, command):
    desk.change(desk.state | {"azd": dict.fromkeys(IDS, "by hand")})

    code, said = desk.run(command, "--azd", SSPR_CLIENT_CERTIFICATE="x", SSPR_APP_HOST=HOST)

    assert (code, desk.writes()) == (0, [])
    assert "docs/deploy.md" in said


@pytest.mark.parametrize("command", ["apps", "trust"])
def test_by_hand_a_certificate_that_azd_knows_leaves_the_registrations_alone_too(desk, command):
    azd = dict.fromkeys(IDS, "by hand") | {"SSPR_CLIENT_CERTIFICATE": "x", "SSPR_APP_HOST": HOST}
    desk.change(desk.state | {"azd": azd})

    code, _ = desk.run(command, "--azd")

    assert (code, desk.writes(), desk.state["azd"]) == (0, [], azd)


TRIAL = {"SSPR_REGISTRATION_NAME": "trial", "SSPR_APP_HOST": "trial.example", "SSPR_IDENTITY_PRINCIPAL_ID": "p"}


@pytest.mark.parametrize("command", ["apps", "trust"])
def test_by_hand_the_name_that_azd_knows_says_which_registrations_are_meant(registered, command):
    registered.run("--name", "trial", "apps")
    others = [registered.app(name) for name in (READING, SIGN_IN)]
    registered.change(registered.state | {"azd": TRIAL})

    code, _ = registered.run(command, "--azd")

    assert (code, [registered.app(name) for name in (READING, SIGN_IN)]) == (0, others)
    assert registered.state["azd"].get("SSPR_CLIENT_ID") == (
        registered.app("trial")["appId"] if command == "apps" else None
    )
    assert bool(registered.app("trial")["web"]["redirectUris"]) is (command == "trust")


def test_by_hand_a_role_is_one_of_the_registration_that_azd_knows(registered):
    registered.run("--name", "trial", "apps")
    registered.change(registered.state | {"azd": TRIAL})

    registered.run("assign", "Admin", "me", "--azd")

    [given] = registered.state["users/my-id/appRoleAssignments"]
    assert given["resourceId"] == registered.principal("trial sign-in")["id"]


@pytest.mark.parametrize("public", ["https://sspr.partner.example", "https://sspr.partner.example/"])
def test_both_registrations_lead_back_to_the_address_in_front_of_the_app_too(registered, public):
    registered.change(registered.state | {"azd": {"SSPR_PUBLIC_URL": public, "SSPR_APP_HOST": HOST}})

    _, said = registered.run("trust", "--azd")

    sites = (f"https://{HOST}", "https://sspr.partner.example")
    assert registered.app(READING)["web"]["redirectUris"] == [
        back for site in sites for back in (site, f"{site}/static/consented.html")
    ]
    assert registered.app(SIGN_IN)["web"]["redirectUris"] == [f"{site}/.auth/login/aad/callback" for site in sites]
    assert f"Both registrations know {' and '.join(sites)} now." in said


def test_trust_wants_to_know_the_address(registered):
    code, said = registered.run("trust", "--azd")

    assert (code, said) == (1, "trust needs --host\n")


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


def with_programs(desk, *names):
    """Programs of the partner with the role Reader, a person, and a program with an invalid role."""
    state, sign_in, reader = desk.state, desk.principal(SIGN_IN)["id"], desk.app(SIGN_IN)["appRoles"][0]["id"]
    for name in names:
        role = "00000000-0000-0000-0000-000000000000" if name == "no role" else reader
        state["servicePrincipals"].append({"id": f"sp {name}", "appId": guid(name), "displayName": name})
        state[f"servicePrincipals/sp {name}/appRoleAssignments"] = [{"resourceId": sign_in, "appRoleId": role}]
    state["users/ana-id/appRoleAssignments"] = [{"resourceId": sign_in, "appRoleId": reader}]
    desk.change({**state, "page_size": 2})


def test_an_update_cuts_no_program_off_that_holds_a_role(registered):
    with_programs(registered, "portal", "no role", "tickets", "billing")

    registered.run("apps", "--azd", SSPR_PROGRAM_CLIENT_IDS=f" {guid('by hand').upper()}, {guid('tickets')}")

    listed = registered.state["azd"]["SSPR_PROGRAM_CLIENT_IDS"].split(",")
    assert listed == [guid("by hand"), guid("tickets"), guid("portal"), guid("billing")]


def test_a_list_that_has_every_program_is_not_written_again(registered):
    with_programs(registered, "portal")
    registered.run("apps", "--azd")
    before = registered.state["azd"]

    code, _ = registered.run("apps", "--azd", **before)

    assert (code, registered.state["azd"]) == (0, before)


def test_who_gives_a_program_a_role_learns_that_the_platform_lets_it_in_only_after_provisioning(registered):
    with_programs(registered, "portal")
    registered.change({**registered.state, "azd": {"SSPR_PROGRAM_CLIENT_IDS": guid("other")}})

    code, said = registered.run("assign", "Operator", guid("portal"), "--azd")

    assert (code, "Run azd provision now" in said) == (0, True)
    assert registered.state["azd"]["SSPR_PROGRAM_CLIENT_IDS"] == f"{guid('other')},{guid('portal')}"


def test_without_azd_the_list_has_every_program_that_holds_a_role(registered):
    with_programs(registered, "portal", "tickets")

    _, said = registered.run("assign", "Operator", guid("portal"))

    [listed] = [line for line in said.splitlines() if "SSPR_PROGRAM_CLIENT_IDS=" in line]
    assert listed == f"  SSPR_PROGRAM_CLIENT_IDS={guid('portal')},{guid('tickets')}"
    assert "on the list there besides" in said


def test_a_person_with_a_role_is_no_program(registered):
    _, said = registered.run("assign", "Admin", "me", "--azd")

    assert "provision" not in said
    assert "azd" not in registered.state


def test_directory_read_is_asked_for_when_it_is_wanted_and_stays(registered):
    _, said = registered.run("apps", "--with-directory-read")
    registered.run("apps")

    given = registered.state[f"servicePrincipals/{registered.principal(READING)['id']}/appRoleAssignments"]
    assert permissions(registered)[:2] == ["AuditLog.Read.All", "Directory.Read.All"]
    assert "Directory.Read.All" in {NAME_OF[one["appRoleId"]] for one in given}
    assert "consent again" in said


@pytest.mark.parametrize("command", ["apps", "trust"])
def test_an_installation_of_another_tenant_is_not_touched(registered, command):
    code, said = registered.run(command, "--azd", SSPR_PARTNER_TENANT_ID=guid("another"), SSPR_APP_HOST=HOST)

    assert (code, registered.writes()) == (1, [])
    assert f"az login --tenant {guid('another')}" in said


def test_an_address_of_before_stays_registered_beside_the_page_after_consent(registered):
    state = registered.state
    reading = next(one for one in state["applications"] if one["displayName"] == READING)
    reading["web"] = {"redirectUris": [f"https://{HOST}"]}
    registered.change(state)

    registered.run("trust", "--host", HOST, "--principal", "p")

    assert sorted(registered.app(READING)["web"]["redirectUris"]) == [
        f"https://{HOST}", f"https://{HOST}/static/consented.html",
    ]  # fmt: skip


def test_an_identity_that_is_trusted_anew_is_said_to_need_minutes(registered):
    saids = [registered.run("trust", "--host", HOST, "--principal", "p")[1] for _ in range(2)]

    assert ["some minutes" in said for said in saids] == [True, False]


def test_somebody_who_is_not_there_gets_no_role_and_is_named(registered):
    code, said = registered.run("assign", "Admin", "bob@partner.example")

    assert (code, registered.writes()) == (1, [])
    assert "bob@partner.example" in said


def test_customers_consent_by_a_link_that_leads_to_the_page_outside_the_sign_in(registered):
    tenants = [guid("a"), guid("b")]

    _, said = registered.run("consent", "--host", HOST, *tenants)

    app = registered.app(READING)["appId"]
    back = f"&redirect_uri=https%3A%2F%2F{HOST}%2Fstatic%2Fconsented.html"
    assert said.splitlines() == [
        f"https://login.microsoftonline.com/{one}/adminconsent?client_id={app}{back}" for one in tenants
    ]


def test_somebody_with_pages_of_other_roles_gets_this_one_once_too(registered):
    others = [{"resourceId": "other", "appRoleId": str(number)} for number in range(5)]
    registered.change({**registered.state, "page_size": 2, "users/my-id/appRoleAssignments": others})

    for _ in range(2):
        assert registered.run("assign", "Admin", "me")[0] == 0

    assert len(registered.state["users/my-id/appRoleAssignments"]) == 6


@pytest.mark.parametrize("hook", ["preprovision", "postprovision"])
def test_the_hooks_of_azd_run_as_they_are_written(registered, hook):
    done = registered.shell(hook_line(hook), SSPR_APP_HOST=HOST, SSPR_IDENTITY_PRINCIPAL_ID="principal")

    assert (done.returncode, done.stderr) == (0, "")
    assert bool(registered.writes()) is (hook == "postprovision")  # the registrations exist already


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ("refuse_writes", ("Request_BadRequest", "The appId 'x' does not reference a valid application object.")),
        ("refuse_reads", ("Request_ResourceNotFound", "Resource 'x' does not exist.")),
    ],
)
def test_what_entra_does_not_know_yet_is_tried_again(desk, asked, refusal):
    desk.change(desk.state | {asked: [refusal, refusal]})

    assert desk.run("apps")[0] == 0


def test_a_refusal_says_what_was_refused_and_who_may(desk):
    desk.change(desk.state | {"refuse_writes": [("Authorization_RequestDenied", "Insufficient privileges")]})

    code, said = desk.run("apps")

    assert code == 1
    assert "Insufficient privileges" in said
    assert "Global Administrator" in said


def test_who_must_sign_in_with_a_second_factor_is_led_to_the_command_that_az_prints(desk):
    challenge = "az login --tenant t --claims-challenge abc"
    desk.change(desk.state | {"refuse_reads": [("Unauthorized", f"Run the command below: {challenge}")]})

    code, said = desk.run("apps")

    assert code == 1
    assert challenge in said
    assert "multi-factor" in said
    assert "--allow-no-subscriptions" not in said


def test_a_name_that_the_terminal_cannot_write_ends_nothing(desk):
    code, said = desk.run("--name", "Köln", "apps", PYTHONIOENCODING="ascii")

    assert (code, "New registration K?ln\n" in said) == (0, True)


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
