"""Translates error answers of Graph and Entra into the core's errors, with one table for each."""

import re
from collections.abc import Mapping
from datetime import datetime

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

from sspr_core.adapters.http_session import retry_after
from sspr_core.model.errors import GiveUp, TryAgain
from sspr_core.model.problem import FALSELY_NOT_PREMIUM, MANAGED_IDENTITY, NOT_KNOWN_YET, Access, AccessError
from sspr_core.model.text import rfc3339

# Licensed tenants sometimes get these too: the report service looks for the licence with the caller's rights and
# does not find it. The app reads the report only from tenants whose licences it has read as premium.
_FALSELY_NOT_PREMIUM = frozenset(FALSELY_NOT_PREMIUM)
_TEMPORARY = _FALSELY_NOT_PREMIUM | {"Directory_ExpiredPageToken"}  # a new reading from the start succeeds

_PERMISSION_MISSING = frozenset(
    {
        "Authentication_MSGraphPermissionMissing",
        "Authentication_ApplicationHasNoReadAuditLogDataAccess",
        "Authorization_RequestDenied",
    }
)

# By number first: Entra answers `invalid_client` also if the tenant lacks something (650051, 650052, 7000229).
_AADSTS = {
    **dict.fromkeys((700016, 700011, 7000229, 65001, 650056, 90008), Access.CONSENT_MISSING),
    **dict.fromkeys((7000215, 7000222, 70002, 700027, 50012, 700030, 50194), Access.APP_CREDENTIAL),
    **dict.fromkeys((7002137, 700222, 700024, 1000502, 7000214, 7000274, 7000277), Access.APP_CREDENTIAL),
    **dict.fromkeys((7000112, 70001, 7000113, 53003), Access.BLOCKED),
    **dict.fromkeys((90002, 900023, 5000224), Access.TENANT_GONE),
    **dict.fromkeys((650051, 650052, 650057), Access.OTHER),  # the tenant has no such service, or not for this app
}
_AADSTS_TRANSIENT = frozenset({90055, 90024, 90006, 90012, 90033, 50196})
_AADSTS_AFTER_ROTATION = frozenset({"AADSTS700027", "AADSTS50012", "AADSTS700030"})


def of_graph(status: int, code: str, message: str, headers: Mapping[str, str]) -> TryAgain | GiveUp:
    """Translates an error answer of Graph."""
    after = retry_after(headers)
    if status == 429:
        return TryAgain(after, _trouble(Access.THROTTLED, code or "429", message or "Too many requests."))
    if status >= 500 or status in (401, 408):
        return TryAgain(after, _trouble(Access.UNAVAILABLE, code or str(status), message or f"Status {status}."))
    if code in _TEMPORARY:
        return TryAgain(after, _trouble(Access.UNAVAILABLE, code, message))
    if status == 403 and code in _PERMISSION_MISSING:
        return GiveUp(_trouble(Access.PERMISSION_MISSING, code, message))
    return GiveUp(_trouble(Access.OTHER, code or str(status), message or f"Status {status}."))


def of_token(error: AzureError) -> TryAgain | GiveUp:
    """The error for a token request that failed. Its answer is not quoted: it may hold a truncated token."""
    response = error.response if isinstance(error, HttpResponseError) else None
    status = response.status_code if response else None
    headers = dict(getattr(response, "headers", {}))
    if isinstance(error, ClientAuthenticationError):
        return of_entra(str(error.message), status, headers)
    if status is not None and status < 400:
        return unreadable("unreadable_token", "The token endpoint's answer is cut off or is not what it should be.")
    return of_entra("The token endpoint did not answer.", status, headers)


def may_be_rotation(trouble: TryAgain | GiveUp) -> bool:
    """Whether a certificate change may cause this: right after one, Entra refuses the new certificate for a moment."""
    code = trouble.trouble.code if trouble.trouble else ""
    return code in _AADSTS_AFTER_ROTATION


def of_entra(text: str, status: int | None, headers: Mapping[str, str]) -> TryAgain | GiveUp:
    """Translates a refused token request; the number is in the text, `AADSTS700016: …`."""
    found = re.search(r"AADSTS(\d+)", text)
    number = int(found.group(1)) if found else None
    code = f"AADSTS{number}" if number else str(status or "token")
    message = text[found.start() :] if found else text
    if status == 429:
        return TryAgain(retry_after(headers), _trouble(Access.THROTTLED, code, message))
    if number in _AADSTS_TRANSIENT or (status or 0) >= 500 or (number is None and status is None):
        return TryAgain(retry_after(headers), _trouble(Access.UNAVAILABLE, code, message))
    if code in NOT_KNOWN_YET:  # temporary at first; callers treat it as permanent after ten minutes
        return TryAgain(trouble=_trouble(Access.APP_CREDENTIAL, code, message))
    return GiveUp(_trouble(_AADSTS.get(number or 0) or _by_word(text), code, message))


def _by_word(text: str) -> Access:
    """Classifies a refusal whose number is not in the table by OAuth's own error code (RFC 6749, 5.2).

    azure-identity quotes it before the description: `Microsoft Entra ID error '(invalid_client) AADSTS…`.
    """
    return Access.APP_CREDENTIAL if re.search(r"error '\(invalid_client\)", text[:200]) else Access.OTHER


def unreadable(code: str, message: str) -> TryAgain:
    """A broken connection, or a body that cannot be decoded."""
    return TryAgain(trouble=_trouble(Access.UNAVAILABLE, code, message))


def no_identity(*, temporary: bool) -> TryAgain | GiveUp:
    """The managed identity gave no assertion: the app's own problem, for every tenant."""
    trouble = _trouble(Access.APP_CREDENTIAL, MANAGED_IDENTITY, "The app's managed identity gave no token.")
    return TryAgain(trouble=trouble) if temporary else GiveUp(trouble)


def bad_certificate() -> GiveUp:
    return GiveUp(
        _trouble(Access.APP_CREDENTIAL, "certificate", "The app's certificate cannot be read, or has no key.")
    )


def expired_certificate(at: datetime) -> GiveUp:
    return GiveUp(
        _trouble(Access.APP_CREDENTIAL, "certificate_expired", f"The app's certificate expired at {rfc3339(at)}.")
    )


def foreign_link() -> GiveUp:
    return GiveUp(
        _trouble(Access.OTHER, "foreign_next_link", "The next page is on another host; no token was sent there.")
    )


def _trouble(word: Access, code: str, message: str) -> AccessError:
    """Cut to one line, without Entra's trace and correlation ids, which differ at every try."""
    line = re.split(r"\s*Trace ID:", message.replace("\r", " ").replace("\n", " "))[0].strip()
    return AccessError(word=word, code=code[:100], message=line[:400])
