"""Registrations, service principals and what they may, in your tenant: found, and made or completed where needed."""

from __future__ import annotations

import re
from typing import Any

import registrations as wanted
from az import AzError
from graph import Graph

NO_ROLE = "00000000-0000-0000-0000-000000000000"


def registration(graph: Graph, asked: dict[str, Any]) -> dict[str, Any]:
    """The registration of that name: as it is, completed, or new."""
    found = named(graph, asked["displayName"])
    if found is None:
        print(f"New registration {asked['displayName']}")
        return graph.post("/applications", asked)
    if change := wanted.differences(found, asked):
        print(f"Completing {asked['displayName']}: {', '.join(change)}")
        graph.patch(f"/applications/{found['id']}", change)
    else:
        print(f"{asked['displayName']} is as it should be")
    return found


def named(graph: Graph, name: str) -> dict[str, Any] | None:
    found = graph.find("/applications", displayName=name)
    if len(found) > 1:
        raise AzError(f"There are {len(found)} registrations called {name}: remove or rename all but one.")
    return found[0] if found else None


def one_named(graph: Graph, name: str) -> dict[str, Any]:
    found = named(graph, name)
    if found is None:
        raise AzError(f"There is no registration called {name} yet: run register_apps.py apps first.")
    return found


def service_principal(graph: Graph, app_id: str) -> dict[str, Any]:
    found = graph.find("/servicePrincipals", appId=app_id)
    return found[0] if found else graph.post("/servicePrincipals", {"appId": app_id})


def grant(graph: Graph, holder: str, who: str, resource: str, roles: list[str]) -> None:
    """Those roles of the resource that the principal does not have yet."""
    given = graph.find(f"{holder}/appRoleAssignments")
    has = {one["appRoleId"] for one in given if one["resourceId"] == resource}
    for role in roles:
        if role not in has:
            body = {"principalId": who, "resourceId": resource, "appRoleId": role}
            graph.post(f"{holder}/appRoleAssignments", body)


def agree(graph: Graph, client: str, resource: str) -> None:
    """For all people of your tenant, that the sign-in learns who they are: many tenants let no user agree alone."""
    body = {"clientId": client, "consentType": "AllPrincipals", "resourceId": resource, "scope": wanted.SIGN_IN_SCOPES}
    found = graph.find("/oauth2PermissionGrants", clientId=client)
    if not any(one["consentType"] == "AllPrincipals" and one["resourceId"] == resource for one in found):
        graph.post("/oauth2PermissionGrants", body)


def redirect(graph: Graph, app: dict[str, Any], addresses: list[str]) -> None:
    change = wanted.differences(app, {"web": {"redirectUris": addresses}})
    if change:
        graph.patch(f"/applications/{app['id']}", {"web": {"redirectUris": change["web"]["redirectUris"]}})


def programs(graph: Graph, sign_in: str) -> dict[str, str]:
    """Name by client id of each program that holds a role of the service principal `sign_in`.

    Graph, "List appRoleAssignments granted for a service principal": the rows name the program's service principal,
    not its client id. The role of zeros is the default access, which the app takes for none.
    """
    rows = graph.find(f"/servicePrincipals/{sign_in}/appRoleAssignedTo")
    holders = {
        row["principalId"]: row.get("principalDisplayName") or ""
        for row in rows
        if row["principalType"] == "ServicePrincipal" and row["appRoleId"] != NO_ROLE
    }
    return {graph.get(f"/servicePrincipals/{one}")["appId"].lower(): name for one, name in holders.items()}


def holder(graph: Graph, who: str) -> tuple[str, dict[str, Any]]:
    """A person by address, or a program by the client id of its registration, and where Graph keeps their kind."""
    if who == "me":
        return "users", graph.get("/me")
    if re.fullmatch("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", who):
        return "servicePrincipals", service_principal(graph, who)
    found = graph.find("/users", userPrincipalName=who)
    if not found:
        raise AzError(f"Your tenant has no user called {who}.")
    return "users", found[0]
