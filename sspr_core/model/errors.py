"""The two answers an adapter's trouble can have, and the ones a caller's question can have."""

from datetime import timedelta

from sspr_core.model.problem import AccessError


class TryAgain(Exception):
    """Temporary: throttled, away, or somebody else's turn. Goes back to the queue with `after`.

    `after` None leaves the delay to whoever asks again. `trouble` is shown on the tenant when there is one.
    """

    def __init__(self, after: timedelta | None = None, trouble: AccessError | None = None) -> None:
        super().__init__(trouble.message if trouble else "try again later")
        self.after = after
        self.trouble = trouble


class GiveUp(Exception):
    """Permanent: trying again soon will not help. Becomes a recorded result that someone sees."""

    def __init__(self, trouble: AccessError) -> None:
        super().__init__(trouble.message)
        self.trouble = trouble


class ClaimLost(Exception):
    """Another worker has taken this tenant over; what this one has read is of no use any more."""


class NotFound(Exception):
    """No such thing within the caller's scope."""


class Invalid(Exception):
    """A caller's value that cannot be taken; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Conflict(Exception):
    """Somebody else has written the row since it was read."""


class SendingOff(Conflict):
    """Not possible where no mail service is named."""
