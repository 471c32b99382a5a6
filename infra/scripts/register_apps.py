#!/usr/bin/env python3
"""The two app registrations in your tenant: made once, and again only what is missing. Needs Python 3.9 and az.

    register_apps.py apps                               make both, with their permissions and roles
    register_apps.py trust --host H --principal P       let the deployed app be them: its address, its identity
    register_apps.py assign Admin you@yourcompany.com   give a person a role (Reader, Operator, Admin); a program that
                                                        calls the API by its client id
    register_apps.py consent TENANT...                  print the link by which each customer consents

--dry-run prints what would be done; --azd keeps the ids in azd's environment and takes what it knows from there.
"""

from __future__ import annotations

import argparse
import sys

import entra
import registrations as wanted
from az import AzError, accept_any_character, signed_in_tenant, stop
from azd_environment import IDS, PROGRAMS, AzdEnvironment, keep_mail_service, listed
from graph import Graph


def apps(graph: Graph, environment: AzdEnvironment, given: argparse.Namespace) -> None:
    """Both registrations, their service principals here, and what the first may read here."""
    tenant = _own_tenant(environment)
    microsoft = entra.service_principal(graph, wanted.GRAPH_APP)
    ids = {one["value"]: one["id"] for one in microsoft["appRoles"]}
    more = (wanted.DIRECTORY,) if given.with_directory_read else ()
    reading = entra.registration(graph, wanted.reading(given.name, ids, (*wanted.IN_CUSTOMER_TENANTS, *more)))
    signing_in = entra.registration(graph, wanted.signing_in(f"{given.name} sign-in"))
    if f"api://{signing_in['appId']}" not in signing_in.get("identifierUris", []):
        graph.patch(f"/applications/{signing_in['id']}", {"identifierUris": [f"api://{signing_in['appId']}"]})
    principal = entra.service_principal(graph, reading["appId"])
    here = [ids[one] for one in (*wanted.IN_YOUR_TENANT, *more)]
    entra.grant(graph, f"/servicePrincipals/{principal['id']}", principal["id"], microsoft["id"], here)
    sign_in = entra.service_principal(graph, signing_in["appId"])
    if not sign_in.get("appRoleAssignmentRequired"):  # only who has a role by name gets in
        graph.patch(f"/servicePrincipals/{sign_in['id']}", {"appRoleAssignmentRequired": True})
    entra.agree(graph, sign_in["id"], microsoft["id"])
    for name, value in {
        "SSPR_PARTNER_TENANT_ID": tenant,
        "SSPR_CLIENT_ID": reading["appId"],
        "SSPR_SIGN_IN_CLIENT_ID": signing_in["appId"],
    }.items():
        environment.keep(name, value)
    _list_programs(environment, list(entra.programs(graph, sign_in["id"])))
    if more:
        print(f"Customers are asked for {wanted.DIRECTORY} too: let each tenant that needs it consent again.")


def _own_tenant(environment: AzdEnvironment) -> str:
    """The tenant that az is signed in to. Raises AzError where this installation belongs to another one.

    A second pair of registrations would be made there, and the app would be deployed with their ids.
    """
    tenant, known = signed_in_tenant(), environment.get("SSPR_PARTNER_TENANT_ID")
    if known and known.lower() != tenant.lower():
        raise AzError(
            f"az is signed in to the tenant {tenant}, but this installation belongs to {known}: "
            f"az login --tenant {known} --allow-no-subscriptions"
        )
    return tenant


def _list_programs(environment: AzdEnvironment, programs: list[str]) -> None:
    """The platform lets in the programs on this list alone, so those already on it stay, also those added by hand."""
    known = listed(environment.get(PROGRAMS))
    joined = listed(",".join([*known, *programs]))
    if joined:
        environment.keep(PROGRAMS, ",".join(joined))


def trust(graph: Graph, environment: AzdEnvironment, given: argparse.Namespace) -> None:
    """What is known only once the app is deployed: its address and, unless it has a certificate, its identity."""
    tenant = _own_tenant(environment)
    reading, signing_in = entra.one_named(graph, given.name), entra.one_named(graph, f"{given.name} sign-in")
    addresses = [f"https://{given.host}"]
    public = environment.get("SSPR_PUBLIC_URL").rstrip("/")  # the app's links lead there
    addresses += [public] if public and public not in addresses else []
    entra.redirect(graph, reading, [back for one in addresses for back in wanted.consent_redirects(one)])
    entra.redirect(graph, signing_in, [one + wanted.SIGNED_IN for one in addresses])
    new = False
    for app in (reading, signing_in) if given.principal else ():
        credential = wanted.trust(tenant, given.principal)
        where = f"/applications/{app['id']}/federatedIdentityCredentials"
        found = [one for one in graph.find(where) if one["name"] == credential["name"]]
        if not found:
            graph.post(where, credential)
            new = True
        elif change := wanted.differences(found[0], credential):
            graph.patch(f"{where}/{found[0]['id']}", change)
            new = True
    print(f"Both registrations know {' and '.join(addresses)} now.")
    if new:
        print("They trust the app's identity, which Entra knows everywhere within some minutes: until then the app may")
        print("be refused (AADSTS70021, AADSTS700213), and tries again by itself.")


def assign(graph: Graph, environment: AzdEnvironment, given: argparse.Namespace) -> None:
    """Give a person or a program a role."""
    sign_in = entra.service_principal(graph, entra.one_named(graph, f"{given.name} sign-in")["appId"])
    kind, who = entra.holder(graph, given.who)
    entra.grant(graph, f"/{kind}/{who['id']}", who["id"], sign_in["id"], [wanted.role_id(given.role)])
    print(f"{given.who} has the role {given.role}.")
    if kind == "servicePrincipals":
        print("The platform refuses a program (403) until its client id is on the list that azd provision deploys:")
        _list_programs(environment, [*entra.programs(graph, sign_in["id"]), who["appId"].lower()])
        if not environment.keeps:
            print(f"These hold a role. Put them into azd's environment (azd env set {PROGRAMS} …), with those that")
            print("are on the list there besides.")
        print("Run azd provision now.")


def consent(graph: Graph, _: AzdEnvironment, given: argparse.Namespace) -> None:
    """A link for an administrator of each customer."""
    app = entra.one_named(graph, given.name)
    for tenant in given.tenants:
        print(wanted.consent_link(tenant, app["appId"], given.host))


def _arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", default="", help="of the first; else sspr-manager")
    parser.add_argument("--dry-run", action="store_true")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for does in (apps, trust, assign, consent):
        command = commands.add_parser(does.__name__, help=does.__doc__)
        command.add_argument("--azd", action="store_true", help="read and keep values in azd's environment")
        command.add_argument("--dry-run", action="store_true", default=argparse.SUPPRESS)
        command.set_defaults(does=does)
        if does is apps:
            command.add_argument(
                "--with-directory-read", action="store_true", help=f"customers are asked for {wanted.DIRECTORY} too"
            )
        if does in (trust, consent):
            command.add_argument("--host", default="", help="such as func-x.azurewebsites.net")
        if does is trust:
            command.add_argument("--principal", default="")
        if does is assign:
            command.add_argument("role", choices=list(wanted.ROLES))
            command.add_argument("who", help="address of a person (me: you), or client id of a program")
        if does is consent:
            command.add_argument("tenants", nargs="+", metavar="TENANT")
    return parser.parse_args(arguments)


def _complete(given: argparse.Namespace, environment: AzdEnvironment) -> None:
    """What was not given, as the environment knows it. Raises AzError where it must be given."""
    given.name = given.name or environment.get("SSPR_REGISTRATION_NAME") or "sspr-manager"
    for option, name in {"host": "SSPR_APP_HOST", "principal": "SSPR_IDENTITY_PRINCIPAL_ID"}.items():
        if getattr(given, option, None) == "":
            setattr(given, option, environment.get(name))
    if given.does is trust and not given.host:
        raise AzError("trust needs --host")


def main(arguments: list[str]) -> int:
    accept_any_character()
    given = _arguments(arguments)
    environment = AzdEnvironment(azd=given.azd, dry_run=given.dry_run)
    try:
        _complete(given, environment)
        if given.azd and given.does is apps:
            keep_mail_service(environment)
        if given.azd and given.does in (apps, trust) and environment.get("SSPR_CLIENT_CERTIFICATE"):
            # The registrations are in a tenant that az may not be signed in to.
            print("With a certificate the registrations are made by hand: docs/deploy.md says how.")
        else:
            given.does(Graph(dry_run=given.dry_run), environment, given)
        if given.does is apps:
            environment.require(*IDS)
    except AzError as error:
        return stop(error)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
