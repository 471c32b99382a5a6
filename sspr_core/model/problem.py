"""Why a tenant could not be read, and what to do about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote

from sspr_core.model.cloud import entra, sign_in
from sspr_core.model.ids import TenantId


class Access(StrEnum):
    """The word for an access problem."""

    CONSENT_MISSING = "consent_missing"  # no service principal of ours in that tenant
    PERMISSION_MISSING = "permission_missing"  # consented, but not to what we read
    BLOCKED = "blocked"  # Conditional Access, or our app disabled there
    TENANT_GONE = "tenant_gone"  # Entra knows no such tenant
    WRONG_TENANT = "wrong_tenant"  # the answers are another tenant's; nothing is stored
    APP_CREDENTIAL = "app_credential"  # ours: stops every tenant
    THROTTLED = "throttled"  # 429
    TOO_LARGE = "too_large"  # a reading took over 45 minutes
    UNAVAILABLE = "unavailable"  # 5xx, HTML, truncated, timeouts
    OTHER = "other"  # anything not listed, with its code


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What went wrong in one try. `code` is the service's own, `message` holds no secret and no personal data."""

    word: Access
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A tenant's trouble now; `since` is the first failure since the last success."""

    word: Access
    code: str
    message: str
    since: datetime


def with_since(trouble: Trouble, before: Problem | None, *, now: datetime) -> Problem:
    """The trouble as a problem: one that was there before keeps its `since`, whatever word it had."""
    since = before.since if before else now
    return Problem(word=trouble.word, code=trouble.code, message=trouble.message, since=since)


def consent_link(tenant: TenantId, client_id: str, authority: str, public_url: str = "") -> str:
    """Where an administrator of the tenant grants our app what it reads (Entra, admin consent endpoint)."""
    link = f"{sign_in(authority)}/{tenant}/adminconsent?client_id={quote(client_id, safe='')}"
    return f"{link}&redirect_uri={quote(public_url, safe='')}" if public_url else link


_REMEDY = {
    Access.CONSENT_MISSING: "An administrator of the tenant grants consent at {consent}, then refresh the tenant.",
    Access.PERMISSION_MISSING: "Grant AuditLog.Read.All, User.Read.All, LicenseAssignment.Read.All and "
    "Organization.Read.All to the app in this tenant at {consent}, then refresh the tenant.",
    Access.BLOCKED: "Allow the app in the tenant: enable its service principal, and exclude it from Conditional "
    "Access policies for workload identities ({entra}/{tenant}/).",
    Access.TENANT_GONE: "Check the tenant id; if the customer's directory was deleted, set the tenant inactive.",
    Access.WRONG_TENANT: "Answers came from another tenant and nothing was stored. Check that "
    "AZURE_IDENTITY_DISABLE_MULTITENANTAUTH is not set and that no proxy rewrites requests.",
    Access.APP_CREDENTIAL: "The app's own credential is refused, for every tenant: renew the secret or certificate, or "
    "check the federated credential and that the app registration is multi-tenant.",
    Access.THROTTLED: "Nothing to do: Microsoft asked to slow down, reading goes on by itself.",
    Access.TOO_LARGE: "Reading took longer than 45 minutes. It is tried again on the next due date; if it "
    "stays, check throttling by other apps that read this tenant.",
    Access.UNAVAILABLE: "Nothing to do at first: it is tried again by itself. If it lasts a day, check Microsoft's "
    "service health and grant Directory.Read.All, which ends false licence errors.",
    Access.OTHER: "Look the code up at {sign_in}/error and in the app's log.",
}


def remedy(word: Access, tenant: TenantId, client_id: str, authority: str, public_url: str = "") -> str:
    """One sentence on what to do, with its link."""
    return _REMEDY[word].format(
        consent=consent_link(tenant, client_id, authority, public_url),
        entra=entra(authority),
        sign_in=sign_in(authority),
        tenant=tenant,
    )
