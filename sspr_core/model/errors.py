"""What an adapter's error means (retry or not), and the errors that a caller's request can have."""

from datetime import timedelta

from sspr_core.model.problem import AccessError


class TryAgain(Exception):
    """Temporary: throttled, unavailable, or another worker's turn. Goes back to the queue with `after`.

    `after` None: the code that retries chooses the delay. `trouble`, if any, is shown on the tenant.
    """

    def __init__(self, after: timedelta | None = None, trouble: AccessError | None = None) -> None:
        super().__init__(trouble.message if trouble else "try again later")
        self.after = after
        self.trouble = trouble


class GiveUp(Exception):
    """Permanent: a retry soon will not help. It is recorded as a problem that an operator sees."""

    def __init__(self, trouble: AccessError) -> None:
        super().__init__(trouble.message)
        self.trouble = trouble


class ClaimLost(Exception):
    """Another worker has taken this tenant over; discard what this one has read."""


class NotFound(Exception):
    """It does not exist within the caller's scope."""


class Invalid(Exception):
    """A caller's value is not valid; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Conflict(Exception):
    """Another writer has changed the row since it was read."""


class SendingOff(Conflict):
    """Not possible because no mail service is configured."""
