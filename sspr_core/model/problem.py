"""Why a tenant could not be read, and what to do about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import quote

from sspr_core.model.cloud import entra, sign_in
from sspr_core.model.ids import TenantId


class Access(StrEnum):
    """The word for an access problem."""

    CONSENT_MISSING = "consent_missing"  # the tenant has no service principal of this app
    PERMISSION_MISSING = "permission_missing"  # consented, but not to everything the app reads
    BLOCKED = "blocked"  # by Conditional Access, or the app is disabled there
    TENANT_GONE = "tenant_gone"  # Entra does not know the tenant
    WRONG_TENANT = "wrong_tenant"  # the answers are another tenant's; nothing is stored
    APP_CREDENTIAL = "app_credential"  # the app's own: stops every tenant
    THROTTLED = "throttled"  # 429
    TOO_LARGE = "too_large"  # a reading took over 45 minutes
    UNAVAILABLE = "unavailable"  # 5xx, HTML, truncated, timeouts
    OTHER = "other"  # anything not listed, with its code


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessError:
    """What went wrong in one try. `code` is the service's own; `message` holds no secret and no personal data."""

    word: Access
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A tenant's current problem; `since` is the first failure since the last success, whatever its word was then.

    `word_since`: since when it has this word, but see `with_since`. None: as `since`, in rows of older versions, which
    did not store it.
    """

    word: Access
    code: str
    message: str
    since: datetime
    word_since: datetime | None = None

    @property
    def began_at(self) -> datetime:
        """The first failure with this word, with no other word or success since; later if the code restarted it."""
        return self.word_since or self.since


def with_since(trouble: AccessError, before: Problem | None, *, now: datetime) -> Problem:
    """The error as a problem; a problem that existed before keeps its `since`, whatever word it had.

    For an error that may pass without help, `word_since` restarts with the new code: for example, the secret has
    expired, and then the federated credential that replaces it is not known yet.
    """
    since = before.since if before else now
    same = before is not None and before.word is trouble.word and not _passing_comes(before.code, trouble.code)
    began = before.began_at if before and same else now
    return Problem(word=trouble.word, code=trouble.code, message=trouble.message, since=since, word_since=began)


def _passing_comes(before: str, code: str) -> bool:
    """Whether the credential's error is now of a kind that may pass, and was of another kind before."""
    if code == MANAGED_IDENTITY:
        return before != MANAGED_IDENTITY and before not in NOT_KNOWN_YET
    return code in NOT_KNOWN_YET and before not in NOT_KNOWN_YET


# Entra's refusals of an assertion for which the registration has no federated credential: none at all (70025), or none
# for its issuer, audience or subject. Entra also gives these answers from a cache for some minutes after the credential
# was made (Azure/azure-workload-identity#273), so they may pass.
NOT_KNOWN_YET = frozenset(f"AADSTS{number}" for number in (70021, 70025, 700211, 700212, 700213, 7002131, 7002138))
CREDENTIAL_SETTLES_IN = timedelta(minutes=10)  # until all of Entra knows a new federated credential
MANAGED_IDENTITY = "managed_identity"  # this app's own code: its managed identity got no token


def credential_failed(problem: Problem, *, now: datetime) -> bool:
    """Whether a temporary error of the app's own credential has lasted too long to pass without help."""
    return problem.word is Access.APP_CREDENTIAL and now - problem.began_at >= CREDENTIAL_SETTLES_IN


CONSENTED = "/static/consented.html"  # the page that consent returns to: below /static, so that it needs no sign-in


def consent_link(tenant: TenantId, client_id: str, authority: str, public_url: str = "") -> str:
    """Where an administrator of the tenant grants the app its permissions (Entra, admin consent endpoint).

    Entra refuses a return address that is not in the registration (AADSTS50011): `register_apps.py trust` adds it.
    """
    link = f"{sign_in(authority)}/{tenant}/adminconsent?client_id={quote(client_id, safe='')}"
    return f"{link}&redirect_uri={quote(public_url + CONSENTED, safe='')}" if public_url else link


_PERMISSIONS = "AuditLog.Read.All, User.Read.All and Organization.Read.All"
_LEARN = "https://learn.microsoft.com"
_REMEDIES = {  # word → sentence → link
    Access.CONSENT_MISSING: ("Let an administrator of the tenant grant consent, then refresh the tenant", "{consent}"),
    Access.PERMISSION_MISSING: (
        f"See that the app registration asks for {_PERMISSIONS}, and let an administrator of the tenant grant consent",
        "{consent}",
    ),
    Access.BLOCKED: (
        "Enable the app in the tenant's enterprise applications, and exclude it from Conditional Access there",
        "{entra}/{tenant}/#view/Microsoft_AAD_IAM/StartboardApplicationsMenuBlade/~/AppAppsPreview",
    ),
    Access.TENANT_GONE: (
        "Check the tenant id, and set the tenant inactive if the customer's directory was deleted",
        f"{_LEARN}/entra/fundamentals/how-to-find-tenant",
    ),
    Access.WRONG_TENANT: (
        "See that no proxy rewrites requests and AZURE_IDENTITY_DISABLE_MULTITENANTAUTH is not set in the app",
        f"{_LEARN}/python/api/overview/azure/identity-readme",
    ),
    Access.APP_CREDENTIAL: (
        "Renew the app's own credential, refused for every tenant, and see that its registration is multi-tenant",
        "{entra}/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/Credentials/appId/{client_id}",
    ),
    Access.THROTTLED: (
        "Wait: Microsoft asked to slow down, and reading goes on by itself",
        f"{_LEARN}/graph/throttling",
    ),
    Access.TOO_LARGE: (
        "If the next due reading takes over 45 minutes too, see which other apps use up the tenant's limits",
        f"{_LEARN}/graph/throttling-limits",
    ),
    Access.UNAVAILABLE: (
        "Wait; if it lasts a day, check service health",
        f"{_LEARN}/microsoft-365/enterprise/view-service-health",
    ),
    Access.OTHER: ("Look the code up, and look for it in the app's log", "{sign_in}/error"),
}

# Graph's codes that wrongly say that a licensed tenant has no premium licence.
FALSELY_NOT_PREMIUM = (
    "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
    "Authentication_ApplicationHasNoDirectoryReadAccess",
)
_LET_IT_SEE_LICENCES = (
    "Wait; if it lasts a day, add Directory.Read.All to the registration (register_apps.py apps "
    "--with-directory-read), then let an administrator of the tenant consent again"
)
_TRUST_THE_IDENTITY = (
    "Wait ten minutes after a deployment; if it lasts, let the registration trust the app's identity "
    "(register_apps.py trust), which is refused for every tenant"
)
_REMEDIES_BY_CODE = {  # codes for which the word's own sentence would not help
    **dict.fromkeys(
        FALSELY_NOT_PREMIUM,
        (_LET_IT_SEE_LICENCES, "{consent}"),
    ),
    **dict.fromkeys(
        (*NOT_KNOWN_YET, "AADSTS700222", "AADSTS7002137"),
        (_TRUST_THE_IDENTITY, _REMEDIES[Access.APP_CREDENTIAL][1]),
    ),
    MANAGED_IDENTITY: (
        "See that the function app still has the identity that SSPR_MANAGED_IDENTITY_CLIENT_ID names",
        f"{_LEARN}/azure/app-service/overview-managed-identity",
    ),
}


def remedy(
    word: Access, tenant: TenantId, client_id: str, authority: str, public_url: str = "", *, code: str = ""
) -> str:
    """One sentence on what to do, a colon, and the link to the place that does or explains it."""
    sentence, link = _REMEDIES_BY_CODE.get(code) or _REMEDIES[word]
    return f"{sentence}: " + link.format(
        consent=consent_link(tenant, client_id, authority, public_url),
        entra=entra(authority),
        sign_in=sign_in(authority),
        tenant=tenant,
        client_id=quote(client_id, safe=""),
    )
