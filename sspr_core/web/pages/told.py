"""A change of a user, in words."""

from sspr_core.model.registration import Change, Registration, State
from sspr_core.web.pages.labels import EXCLUDED

_REGISTRATION = {
    Registration.REGISTERED: "registered",
    Registration.NOT_REGISTERED: "is no longer registered",
    Registration.UNKNOWN: "is unknown to the report",
}


def told(change: Change) -> str:
    """What a reader wants to know first: who came and went, who counts, who registered, who is enabled."""
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
