"""NCRONTAB, the format of Azure Functions' timers: six fields, seconds first."""

import re
from typing import NamedTuple


class _Field(NamedTuple):
    low: int
    high: int
    names: tuple[str, ...] = ()  # the first stands for `low`

    def number(self, word: str) -> int | None:
        """The number that the word means; None when it is not within the limits."""
        if word.upper() in self.names:
            return self.low + self.names.index(word.upper())
        return int(word) if word.isdigit() and self.low <= int(word) <= self.high else None


_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIELDS = (_Field(0, 59), _Field(0, 59), _Field(0, 23), _Field(1, 31), _Field(1, 12, _MONTHS), _Field(0, 6, _DAYS))
_PART = re.compile(r"(?:\*|(\w{1,3})(?:-(\w{1,3}))?)(?:/(\d{1,2}))?", re.ASCII)


def is_schedule(text: str) -> bool:
    """Whether it is an NCRONTAB expression: numbers and names within their limits, ranges forwards, steps above 0."""
    given = text.split()
    return len(given) == len(_FIELDS) and all(
        _is_part(part, field) for one, field in zip(given, _FIELDS, strict=True) for part in one.split(",")
    )


def _is_part(text: str, field: _Field) -> bool:
    match = _PART.fullmatch(text)
    if match is None:
        return False
    first, last, step = match.groups()
    if step is not None and int(step) == 0:
        return False
    if first is None:
        return True
    start, end = field.number(first), field.number(last or first)
    return start is not None and end is not None and start <= end
