"""The clock of the app and its timers, ahead of the system's: how one sees what the app does in a month, today.

Tokens, queues' delays and the simulated services stay on the system's time. Only go forward with one `--state-dir`: the
timers remember what they did.
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
    """Call it before the app is loaded."""
    clock.real = lambda: clock.system_clock() + by
