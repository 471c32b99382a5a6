"""What an answer of Graph or Entra that is no success means: one table each, errors of ours out."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from sspr_core.model.errors import GiveUp, TryAgain
from sspr_core.model.problem import Access, Trouble

# Licensed tenants get it too, now and then; it is asked only of tenants whose licences have been read as premium.
_FALSELY_NOT_PREMIUM = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"

_PERMISSION_MISSING = frozenset(
    {
        "Authentication_MSGraphPermissionMissing",
        "Authentication_ApplicationHasNoReadAuditLogDataAccess",
        "Authorization_RequestDenied",
    }
)

_AADSTS = {
    **dict.fromkeys((700016, 700011, 7000229, 65001, 650056, 90008), Access.CONSENT_MISSING),
    **dict.fromkeys((7000215, 7000222, 70002, 700027, 50012, 700030, 50194), Access.APP_CREDENTIAL),
    **dict.fromkeys((7000112, 70001, 7000113, 53003), Access.BLOCKED),
    **dict.fromkeys((90002, 900023, 5000224), Access.TENANT_GONE),
}
_AADSTS_TRANSIENT = frozenset({90055, 90024, 90006, 90012, 90033, 50196})
AADSTS_AFTER_ROTATION = frozenset({700027, 50012, 700030})  # also right after a certificate was changed: ask once more


def of_graph(status: int, code: str, message: str, headers: Mapping[str, str]) -> TryAgain | GiveUp:
    """What an error answer of Graph becomes."""
    after = retry_after(headers)
    if status == 429:
        return TryAgain(after, _trouble(Access.THROTTLED, code or "429", message or "Too many requests."))
    if status >= 500 or status in (401, 408):
        return TryAgain(after, _trouble(Access.UNAVAILABLE, code or str(status), message or f"Status {status}."))
    if status == 403 and code == _FALSELY_NOT_PREMIUM:
        return TryAgain(after, _trouble(Access.UNAVAILABLE, code, message))
    if status == 403 and code in _PERMISSION_MISSING:
        return GiveUp(_trouble(Access.PERMISSION_MISSING, code, message))
    return GiveUp(_trouble(Access.OTHER, code or str(status), message or f"Status {status}."))


def of_entra(text: str, status: int | None, headers: Mapping[str, str]) -> TryAgain | GiveUp:
    """What a refused token request becomes; the number is in the text, `AADSTS700016: …`."""
    found = re.search(r"AADSTS(\d+)", text)
    number = int(found.group(1)) if found else None
    code = f"AADSTS{number}" if number else str(status or "token")
    message = text[found.start() :] if found else text
    if status == 429:
        return TryAgain(retry_after(headers), _trouble(Access.THROTTLED, code, message))
    if number in _AADSTS_TRANSIENT or (number is None and (status is None or status >= 500)):
        return TryAgain(retry_after(headers), _trouble(Access.UNAVAILABLE, code, message))
    return GiveUp(_trouble(_AADSTS.get(number or 0, Access.OTHER), code, message))


def unreadable(code: str, message: str) -> TryAgain:
    """A connection that broke, or a body that is not what it should be."""
    return TryAgain(trouble=_trouble(Access.UNAVAILABLE, code, message))


def foreign_link() -> GiveUp:
    return GiveUp(
        _trouble(Access.OTHER, "foreign_next_link", "The next page is on another host; no token was sent there.")
    )


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Seconds or an HTTP date (RFC 9110, 10.2.3); None when absent or not to be understood."""
    text = str(next((value for name, value in headers.items() if name.lower() == "retry-after"), ""))
    if seconds := re.match(r"\s*(-?\d+(?:\.\d+)?)\s*(?:,|$)", text):  # a proxy may have joined two headers
        return timedelta(seconds=max(0.0, min(float(seconds[1]), 86_400.0)))
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC), timedelta(0))


def _trouble(word: Access, code: str, message: str) -> Trouble:
    """One line; without Entra's trace and correlation ids, which differ at every try."""
    line = re.split(r"\s*Trace ID:", message.replace("\r", " ").replace("\n", " "))[0].strip()
    return Trouble(word=word, code=code[:100], message=line[:400])
