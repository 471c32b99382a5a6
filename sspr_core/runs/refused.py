"""Runs that cannot be, or cannot become, what somebody asks."""

from dataclasses import dataclass

NOBODY = "nobody_to_send_to"
TOO_LONG = "too_long"
CHANGED = "recipients_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """`code` for programs, `detail` for people."""

    code: str
    detail: str


class RunRefused(Exception):
    """Nothing was written."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal
