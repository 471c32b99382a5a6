"""Cuts outside text to one plain line; addresses, file names, and times as text."""

import re
import unicodedata
from datetime import UTC, datetime

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
MOST_SUBJECT = 200
_INVISIBLE = ("Cc", "Cf", "Zl", "Zp", "Cs", "Co")  # controls, direction marks, line ends, halves of characters
_JOINERS = "\u200c\u200d"  # Persian, Indian scripts and emoji are spelled with them


def one_line(text: str, *, most: int) -> str:
    """The text without line ends, controls and direction marks, at most so many characters; … where it was cut."""
    kept = "".join(
        char if char in _JOINERS or unicodedata.category(char) not in _INVISIBLE else " " if char.isspace() else ""
        for char in text
    )
    line = re.sub(" +", " ", kept).strip()  # keeps no-break spaces: French spelling has them
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def subject_line(text: str) -> str:
    """A mail's subject, cut to the length that lists of mails show."""
    return one_line(text, most=MOST_SUBJECT)


def has_controls(text: str) -> bool:
    """Whether one_line would remove something other than spaces."""
    return any(char not in _JOINERS and unicodedata.category(char) in _INVISIBLE for char in text)


def is_address(text: str) -> bool:
    """Whether it can be a mail address: one `@`, a domain with a dot, ASCII, nothing at which a header would split."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def file_name(*parts: str, ending: str) -> str:
    """Lower-case ASCII letters, digits and hyphens; a part that has none is left out."""
    return f"{'-'.join(filter(None, map(plain_part, parts))) or 'file'}.{ending}"


def plain_part(text: str) -> str:
    """A part as file_name writes it; empty when it has no ASCII letter or digit."""
    return hyphenated(ascii_of(text), most=40).lower()


def hyphenated(text: str, *, most: int) -> str:
    """Letters, their marks, and digits; any other character (path, control, direction mark) becomes a hyphen.

    Safe for every file system and for a header, in any script; empty when nothing is left.
    """
    kept = (one if unicodedata.category(one)[0] in "LMN" else " " for one in unicodedata.normalize("NFC", text))
    return "-".join("".join(kept).split())[:most].strip("-")


def ascii_of(text: str) -> str:
    """The text without accents and other marks, and without letters that ASCII lacks."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def rfc3339(at: datetime | None) -> str | None:
    """UTC with Z, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


def day_of(at: datetime) -> str:
    """The UTC day in the form for people: 24 Nov 2026."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%b %Y}"
