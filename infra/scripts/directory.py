"""What Entra has of the app: where its registrations lead back to, and the programs that hold a role."""

from __future__ import annotations

from typing import Any, Iterator

import entra
import registrations as wanted
from az import signed_in_tenant
from behind import AzureApp
from findings import Finding
from graph import Graph


def as_entra_has_it(app: AzureApp) -> Iterator[Finding]:
    """Held against what Azure has. With a certificate the registrations are in another tenant, often out of reach."""
    if signed_in_tenant().lower() != app.settings.get("SSPR_PARTNER_TENANT_ID", "").lower():
        yield Finding("registrations", True, "not looked at: az is signed in to another tenant than theirs")
        return
    graph = Graph(dry_run=True)  # which writes nothing
    address = app.settings.get("SSPR_PUBLIC_URL", "").rstrip("/") or f"https://{app.host}"
    client, sign_in = app.settings.get("SSPR_CLIENT_ID", ""), app.registration.get("clientId", "")
    yield _leads_back(graph, "consent leads back", client, address + wanted.CONSENTED)
    yield _leads_back(graph, "sign-in leads back", sign_in, address + wanted.SIGNED_IN)
    yield _programs(graph, app, sign_in)


def _leads_back(graph: Graph, what: str, client_id: str, address: str) -> Finding:
    found = graph.find("/applications", appId=client_id) if client_id else []
    if not found:
        return Finding(what, False, f"there is no registration with the client id {client_id or '(none)'}")
    good = address in found[0].get("web", {}).get("redirectUris", [])
    host = address.split("/")[2]
    return Finding(
        what, good, address if good else f"{address} is not registered: register_apps.py trust --host {host}"
    )


def _programs(graph: Graph, app: AzureApp, sign_in: str) -> Finding:
    """The platform refuses a program that is not on its list before the app sees its role."""
    principals = graph.find("/servicePrincipals", appId=sign_in) if sign_in else []
    holders = entra.programs(graph, principals[0]["id"]) if principals else {}
    let_in = {one.lower() for one in _allowed(app.sign_in)}
    kept_out = [f"{name} ({client_id})" for client_id, name in holders.items() if client_id not in let_in]
    what = "programs with a role get in"
    if kept_out:
        return Finding(what, False, f"not in allowedApplications: {', '.join(kept_out)} (run azd provision)")
    return Finding(what, True, f"{len(holders)} of {len(holders)}")


def _allowed(sign_in: dict[str, Any]) -> list[str]:
    validation = sign_in["identityProviders"]["azureActiveDirectory"].get("validation") or {}
    policy = validation.get("defaultAuthorizationPolicy") or {}
    return list(policy.get("allowedApplications") or [])
