"""What the two app registrations are like. Decisions only: nothing here asks anybody."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

GRAPH_APP = "00000003-0000-0000-c000-000000000000"  # Microsoft Graph's application, in every tenant
AUDIENCE = "api://AzureADTokenExchange"
# Organization.Read.All also covers the licences (Graph, "List subscribedSkus"): no LicenseAssignment.Read.All.
IN_CUSTOMER_TENANTS = ("AuditLog.Read.All", "User.Read.All", "Organization.Read.All")
IN_YOUR_TENANT = (*IN_CUSTOMER_TENANTS, "DelegatedAdminRelationship.Read.All")  # customers are not asked for GDAP
DIRECTORY = "Directory.Read.All"  # for tenants whose report checks the licence with the app's rights
CONSENTED = "/static/consented.html"  # a page outside the sign-in: who consents has no account in your tenant
SIGNED_IN = "/.auth/login/aad/callback"
SIGN_IN_SCOPES = "openid profile email"  # who a person is, and none of their data
ROLES = {
    "Reader": "Sees everything, changes nothing.",
    "Operator": "Looks after tenants, and writes to their users.",
    "Admin": "May do everything.",
}


def reading(name: str, permission_ids: dict[str, str], permissions: tuple[str, ...]) -> dict[str, Any]:
    """The multi-tenant registration that reads customers' tenants."""
    asked = [{"id": permission_ids[one], "type": "Role"} for one in permissions]
    return {
        "displayName": name,
        "signInAudience": "AzureADMultipleOrgs",
        "requiredResourceAccess": [{"resourceAppId": GRAPH_APP, "resourceAccess": asked}],
    }


def signing_in(name: str) -> dict[str, Any]:
    """The single-tenant registration that people and programs sign in to: roles of it exist in your tenant alone."""
    return {
        "displayName": name,
        "signInAudience": "AzureADMyOrg",
        "api": {"requestedAccessTokenVersion": 2},
        "web": {"implicitGrantSettings": {"enableIdTokenIssuance": True}},  # App Service asks for one beside the code
        "optionalClaims": {"idToken": [{"name": "email", "essential": False}]},
        "appRoles": [_role(name, what) for name, what in ROLES.items()],
    }


def role_id(role: str) -> str:
    """The same in every installation, so that a second run changes nothing."""
    return str(uuid5(NAMESPACE_URL, f"sspr-manager/roles/{role}"))


def _role(name: str, what: str) -> dict[str, Any]:
    kinds = ["User", "Application"]
    return {"id": role_id(name), "value": name, "displayName": name, "description": what,
            "allowedMemberTypes": kinds, "isEnabled": True}  # fmt: skip


def differences(found: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """The properties to send so that `found` has all of `wanted`; what it has beyond that stays."""
    return {name: merged(found.get(name), value) for name, value in wanted.items() if not has(found.get(name), value)}


def has(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(has(found.get(name), value) for name, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(found, list) and all(any(has(one, item) for one in found) for item in wanted)
    return bool(found == wanted)


def merged(found: Any, wanted: Any) -> Any:
    """What to send for a property: what is wanted, and of lists what is there besides."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return {name: merged(found.get(name), value) for name, value in wanted.items()}
    if isinstance(wanted, list) and isinstance(found, list):
        others = [one for one in found if not any(_same(one, item) for item in wanted)]
        return others + [_joined([one for one in found if _same(one, item)], item) for item in wanted]
    return wanted


def _joined(twins: list[Any], item: Any) -> Any:
    """An entry of a list, which is sent whole: what it had, and what is wanted over it."""
    return {**twins[0], **merged(twins[0], item)} if twins and isinstance(item, dict) else item


def _same(one: Any, other: Any) -> bool:
    if not isinstance(one, dict) or not isinstance(other, dict):
        return bool(one == other)
    return any(key in other and one.get(key) == other[key] for key in ("id", "resourceAppId", "name"))


def trust(tenant: str, principal: str) -> dict[str, str | list[str]]:
    """The federated credential by which a registration takes the app's managed identity for itself."""
    issuer = f"https://login.microsoftonline.com/{tenant}/v2.0"
    return {"name": "sspr-manager", "issuer": issuer, "subject": principal, "audiences": [AUDIENCE]}


def consent_redirects(address: str) -> list[str]:
    """Where consent may lead back to: the page after consent, and the address itself, which earlier links carry."""
    return [address, address + CONSENTED]


def consent_link(tenant: str, client_id: str, host: str) -> str:
    """Where an administrator of a customer's tenant grants what the app reads."""
    back = f"&redirect_uri={quote(f'https://{host}{CONSENTED}', safe='')}" if host else ""
    return f"https://login.microsoftonline.com/{tenant}/adminconsent?client_id={client_id}{back}"
