"""Sets the clock of the app and its timers ahead of the system's, to see today what the app does in a month.

Tokens, queue delays and the simulated services stay on the system's time. With one `--state-dir`, only move forward:
the timers remember their last runs.
"""

import re
from argparse import ArgumentTypeError
from datetime import timedelta

from sspr_core.model import clock

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> timedelta:
    """`45m`, `12h` or `30d`, as an argument of the command line."""
    match = re.fullmatch(r"([0-9]{1,5})([mhd])", text)
    if not match:
        raise ArgumentTypeError(f"not a duration like 45m, 12h or 30d: {text!r}")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def set_ahead(by: timedelta) -> None:
    """Shift the clock forward. Call it before the app is loaded."""
    clock.real = lambda: clock.system_clock() + by
