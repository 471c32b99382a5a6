#!/usr/bin/env python3
"""The two app registrations in your tenant: made once, and again only what is missing. Needs Python 3.9 and az.

    register_apps.py apps                               make both, with their permissions and roles
    register_apps.py trust --host H --principal P       let the deployed app be them: its address, its identity
    register_apps.py assign Admin you@yourcompany.com   give somebody a role (Reader, Operator, Admin); a program that
                                                        calls the API by its client id
    register_apps.py consent TENANT...                  print the link by which each customer consents

--dry-run prints what would be done; --azd keeps the ids in azd's environment and takes what it knows from there.
"""

from __future__ import annotations

import argparse
import os
import sys

import entra
import registrations as wanted
from az import AzError, remember, signed_in_tenant, stop
from graph import Graph


def apps(graph: Graph, given: argparse.Namespace) -> None:
    """Both registrations, their service principals here, and what the first may read here."""
    tenant = signed_in_tenant()
    microsoft = entra.service_principal(graph, wanted.GRAPH_APP)
    ids = {one["value"]: one["id"] for one in microsoft["appRoles"]}
    reading = entra.registration(graph, wanted.reading(given.name, ids))
    signing_in = entra.registration(graph, wanted.signing_in(f"{given.name} sign-in"))
    if f"api://{signing_in['appId']}" not in signing_in.get("identifierUris", []):
        graph.patch(f"/applications/{signing_in['id']}", {"identifierUris": [f"api://{signing_in['appId']}"]})
    principal = entra.service_principal(graph, reading["appId"])
    here = [ids[one] for one in wanted.IN_YOUR_TENANT]
    entra.grant(graph, f"/servicePrincipals/{principal['id']}", principal["id"], microsoft["id"], here)
    door = entra.service_principal(graph, signing_in["appId"])
    if not door.get("appRoleAssignmentRequired"):  # nobody gets in who has not been let in by name
        graph.patch(f"/servicePrincipals/{door['id']}", {"appRoleAssignmentRequired": True})
    entra.agree(graph, door["id"], microsoft["id"])
    for name, value in (
        ("SSPR_PARTNER_TENANT_ID", tenant),
        ("SSPR_CLIENT_ID", reading["appId"]),
        ("SSPR_SIGN_IN_CLIENT_ID", signing_in["appId"]),
    ):
        remember(name, value, azd=given.azd, dry_run=given.dry_run)


def trust(graph: Graph, given: argparse.Namespace) -> None:
    """What is known only once the app is deployed: its address and, unless it has a certificate, its identity."""
    tenant = signed_in_tenant()
    reading, signing_in = entra.one_named(graph, given.name), entra.one_named(graph, f"{given.name} sign-in")
    entra.redirect(graph, reading, f"https://{given.host}")  # where consent leads back to
    entra.redirect(graph, signing_in, f"https://{given.host}/.auth/login/aad/callback")
    for app in (reading, signing_in) if given.principal else ():
        credential = wanted.trust(tenant, given.principal)
        where = f"/applications/{app['id']}/federatedIdentityCredentials"
        found = [one for one in graph.find(where) if one["name"] == credential["name"]]
        if not found:
            graph.post(where, credential)
        elif change := wanted.differences(found[0], credential):
            graph.patch(f"{where}/{found[0]['id']}", change)
    print(f"Both registrations know https://{given.host} now.")


def assign(graph: Graph, given: argparse.Namespace) -> None:
    """Give a person or a program a role."""
    door = entra.service_principal(graph, entra.one_named(graph, f"{given.name} sign-in")["appId"])
    kind, who = entra.holder(graph, given.who)
    entra.grant(graph, f"/{kind}/{who['id']}", who["id"], door["id"], [wanted.role_id(given.role)])
    print(f"{given.who} has the role {given.role}.")


def consent(graph: Graph, given: argparse.Namespace) -> None:
    """A link for an administrator of each customer."""
    app = entra.one_named(graph, given.name)
    for tenant in given.tenants:
        print(wanted.consent_link(tenant, app["appId"], given.host))


def main(arguments: list[str]) -> int:
    by_azd = os.environ.get
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", default=by_azd("SSPR_REGISTRATION_NAME") or "sspr-manager", help="of the first")
    parser.add_argument("--dry-run", action="store_true")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for does in (apps, trust, assign, consent):
        command = commands.add_parser(does.__name__, help=does.__doc__)
        command.add_argument("--azd", action="store_true", help="read and keep values in azd's environment")
        command.add_argument("--dry-run", action="store_true", default=argparse.SUPPRESS)
        command.set_defaults(does=does)
        if does in (trust, consent):
            command.add_argument(
                "--host", default=by_azd("SSPR_APP_HOST") or "", help="such as func-x.azurewebsites.net"
            )
        if does is trust:
            command.add_argument("--principal", default=by_azd("SSPR_IDENTITY_PRINCIPAL_ID") or "")
        if does is assign:
            command.add_argument("role", choices=list(wanted.ROLES))
            command.add_argument("who", help="address of a person (me: you), or client id of a program")
        if does is consent:
            command.add_argument("tenants", nargs="+", metavar="TENANT")
    given = parser.parse_args(arguments)
    if given.does is trust and not given.host:
        parser.error("trust needs --host")
    if given.azd and by_azd("SSPR_CLIENT_CERTIFICATE"):  # its registrations are in a tenant that az is not signed in to
        print("With a certificate the registrations are made by hand: docs/deploy.md tells how.")
        return 0
    try:
        given.does(Graph(dry_run=given.dry_run), given)
    except AzError as error:
        return stop(error)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
