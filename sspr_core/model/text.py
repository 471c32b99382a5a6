"""Outside text cut to one plain line, addresses, and times as they are written."""

import re
import unicodedata
from datetime import UTC, datetime

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
MOST_SUBJECT = 200
_INVISIBLE = ("Cc", "Cf", "Zl", "Zp", "Cs", "Co")  # controls, marks of direction, line ends, halves of characters
_JOINERS = "\u200c\u200d"  # Persian, Indian scripts and emoji are spelled with them


def one_line(text: str, *, most: int) -> str:
    """The text without line ends, controls and marks of direction, at most so many characters; … where it was cut."""
    kept = "".join(
        char if char in _JOINERS or unicodedata.category(char) not in _INVISIBLE else " " if char.isspace() else ""
        for char in text
    )
    line = re.sub(" +", " ", kept).strip()  # a no-break space is spelling, in French
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def subject_line(text: str) -> str:
    """Of a mail: beyond so many characters no list of mails shows anything."""
    return one_line(text, most=MOST_SUBJECT)


def has_controls(text: str) -> bool:
    """Whether one_line would take something out, other than spaces."""
    return any(char not in _JOINERS and unicodedata.category(char) in _INVISIBLE for char in text)


def is_address(text: str) -> bool:
    """Whether it can be a mail address: one `@`, a domain with a dot, ASCII, nothing that a header would split at."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def file_name(*parts: str, ending: str) -> str:
    """Small letters, digits and hyphens of ASCII; a part that has none is left out."""
    return f"{'-'.join(filter(None, map(plain_part, parts))) or 'file'}.{ending}"


def plain_part(text: str) -> str:
    """What file_name makes of a part; empty when it has no letter or digit of ASCII."""
    return hyphenated(ascii_of(text), most=40).lower()


def hyphenated(text: str, *, most: int) -> str:
    """Letters, their marks, and digits; anything else, be it a path, a control or a mark of direction, is a hyphen.

    Fit for every file system and for a header, in whatever script; empty when nothing is left.
    """
    kept = (one if unicodedata.category(one)[0] in "LMN" else " " for one in unicodedata.normalize("NFC", text))
    return "-".join("".join(kept).split())[:most].strip("-")


def ascii_of(text: str) -> str:
    """Without the marks of letters, and without the letters that ASCII lacks."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def rfc3339(at: datetime | None) -> str | None:
    """UTC with Z, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


def day_of(at: datetime) -> str:
    """The UTC day, as people read it: 24 Nov 2026."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%b %Y}"
