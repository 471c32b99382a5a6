"""Formats figures, times and changes for the pages."""

from datetime import datetime

from sspr_core.model.registration import Change, Registration, State

SCOPES = {"all": "All", "some": "Some", "none": "None", "unknown": "Unknown"}
SCOPE_TONES = {"all": "good", "some": "warn", "none": "bad", "unknown": ""}
LIFECYCLES = {
    "active": "Active",
    "in_process": "In process",
    "ineligible": "Ineligible",
    "inactive": "Inactive",
    "removed": "Removed",
}
LIFECYCLE_TONES = {"active": "good", "in_process": "", "ineligible": "warn", "inactive": "", "removed": ""}
PROBLEMS = {
    "consent_missing": "Consent missing",
    "permission_missing": "Permission missing",
    "blocked": "Blocked",
    "tenant_gone": "Tenant gone",
    "wrong_tenant": "Wrong tenant",
    "app_credential": "Our credential",
    "throttled": "Throttled",
    "too_large": "Too large",
    "unavailable": "Unavailable",
    "other": "Other",
}
PROBLEM_TONES = {"throttled": "warn", "unavailable": "warn", "too_large": "warn"}  # all others need action
REMEDY_LINKS = {
    "consent_missing": "consent link",
    "permission_missing": "consent link",
    "blocked": "its enterprise applications",
    "tenant_gone": "how to find a tenant",
    "wrong_tenant": "about the identity library",
    "app_credential": "the app's credentials",
    "throttled": "about throttling",
    "too_large": "about its limits",
    "unavailable": "service health",
    "other": "look a code up",
}  # the last words of a remedy, shown as its link
REGISTRATIONS = {"registered": "Registered", "not_registered": "Not registered", "unknown": "Unknown"}
REGISTRATION_TONES = {"registered": "good", "not_registered": "bad", "unknown": ""}
EXCLUDED = {
    "system": "System account",
    "guest": "Guest",
    "disabled": "Disabled",
    "unlicensed": "Unlicensed",
    "rule": "By a rule",
}
GROUPS = {
    "no_consent": (
        "Tenants without consent",
        "The app may not read them until an administrator of the tenant grants consent. Send the link, then check.",
    ),
    "not_readable": ("Tenants that cannot be read", "Trying again does not help; somebody has to act."),
    "scope_not_all": (
        "SSPR not switched on for everybody",
        "Users who are not enabled cannot reset their password, registered or not.",
    ),
    "admins": ("Administrators not registered", "Their accounts matter most, and a policy of their own enables them."),
    "single_method": ("Users with a single method", "One lost phone, and they are locked out."),
    "licence_shortfall": ("Licence shortfall", "Users without a licence that includes Entra ID P1 or P2."),
    "new_users": (
        "New users not registered",
        "Created in the week before the last snapshot; the first days are the best time to ask.",
    ),
}
LEFT_OUT = {
    "unknown": "not among the tenant's users any more",
    "excluded": "excluded from the population",
    "registered_meanwhile": "registered already",
    "no_address": "has no mail address",
    "same_address": "has the address of somebody who gets it",
}
METHODS = {
    "mobilePhone": "Mobile phone",
    "alternateMobilePhone": "Alternate mobile phone",
    "officePhone": "Office phone",
    "email": "Email",
    "securityQuestion": "Security questions",
    "microsoftAuthenticatorPush": "Authenticator (push)",
    "microsoftAuthenticatorPasswordless": "Authenticator (passwordless)",
    "softwareOneTimePasscode": "One-time code (app)",
    "hardwareOneTimePasscode": "One-time code (token)",
    "fido2": "FIDO2 key",
    "passKeyDeviceBound": "Passkey",
    "passKeyDeviceBoundAuthenticator": "Passkey (Authenticator)",
    "windowsHelloForBusiness": "Windows Hello",
    "temporaryAccessPass": "Temporary Access Pass",
    "macOsSecureEnclaveKey": "macOS secure enclave",
    "externalAuthMethod": "External method",
}  # Graph's values are open: one that is missing here is shown as it is

_REGISTRATION = {
    Registration.REGISTERED: "registered",
    Registration.NOT_REGISTERED: "is no longer registered",
    Registration.UNKNOWN: "is unknown to the report",
}


def remedy_link(word: str, address: str) -> str:
    """The text of a remedy's link: from the problem's word, unless the remedy of the error code is consent."""
    return REMEDY_LINKS["consent_missing" if "/adminconsent?" in address else word]


def number(value: float | None) -> str:
    """With thousands separators; a dash if unknown."""
    return "–" if value is None else f"{value:,.0f}"


def percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}" if share in (0, 1) else f"{min(max(share, 0.001), 0.999):.1%}"


def points(change: float | None) -> str:
    """A change of coverage in percentage points, with its sign."""
    if change is None:
        return "–"
    return "±0.0" if abs(change) < 0.0005 else f"{change * 100:+.1f}".replace("-", "−")


def tone_of(change: float | None) -> str:
    return "" if change is None or abs(change) < 0.0005 else "up" if change > 0 else "down"


def at(text: str | None) -> datetime | None:
    """A time from the API's JSON."""
    return datetime.fromisoformat(text) if text else None


def ago(text: str | None, now: datetime) -> str:
    """How long ago it was, in one unit."""
    then = at(text)
    if then is None:
        return "never"
    seconds = (now - then).total_seconds()
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {name}{'' if count == 1 else 's'} ago"
    return "just now"


def day(text: str | None) -> str:
    """A day in a form that is clear in every country: 24 Nov 2026."""
    then = at(text)
    return f"{then.day} {then:%b %Y}" if then else "–"


def moment(text: str | None) -> str:
    then = at(text)
    return f"{then.day} {then:%b %Y, %H:%M} UTC" if then else "–"


def initials(name: str) -> str:
    parts = [part for part in name.replace("@", " ").split() if part[:1].isalnum()]
    return "".join(part[0] for part in (parts[:1] + parts[-1:] if len(parts) > 1 else parts)).upper() or "?"


def change_sentence(change: Change) -> str:
    """The most important part of a change: added or removed, then in the population, registered, enabled."""
    match change.before, change.after:
        case None, State(registration=registration):
            return f"appeared, {registration.value.replace('_', ' ')}"
        case _, None:
            return "is gone"
        case State() as before, State() as after:
            return _differs(before, after)
    raise AssertionError("a change from nothing to nothing")


def _differs(before: State, after: State) -> str:
    if before.excluded != after.excluded:
        return f"is excluded now: {EXCLUDED[after.excluded].lower()}" if after.excluded else "counts again"
    if before.registration != after.registration:
        if after.registration is Registration.NOT_REGISTERED and before.registration is Registration.UNKNOWN:
            return "is known now: not registered"
        return _REGISTRATION[after.registration]
    return {True: "is enabled now", False: "is no longer enabled", None: "is enabled or not: unknown now"}[
        after.enabled
    ]
