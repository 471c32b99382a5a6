"""Header fields of a mail, encoded here and not by Python's folding.

Python 3.13 folds a long list of names with commas without their quotes, so that a name becomes several recipients.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from email.policy import Policy
from typing import Self

from sspr_core.model.text import one_line

_MOST = 200  # characters of a name or subject
_WORD = 45  # bytes in an encoded word: 60 in base64, within the 75 characters of RFC 2047
_FOLD = "\r\n "


class Header(str):
    """A field's value as it is to be written; the email package writes what has a name as it folds itself."""

    name: str

    def __new__(cls, name: str, value: str) -> Self:
        made = super().__new__(cls, value)
        made.name = name
        return made

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


def text_header(name: str, text: str) -> Header:
    """A field of free text."""
    line = one_line(text, most=_MOST)
    return Header(name, line if _is_plain(line) else _encoded(line))


def address_header(name: str, mailboxes: Iterable[tuple[str | None, str]]) -> Header:
    """A field of names (None: without) and addresses, one on each line.

    Raises ValueError for an address that could become more than one: callers have left such out long before.
    """
    return Header(name, f",{_FOLD}".join(_mailbox(display_name, address) for display_name, address in mailboxes))


def _mailbox(display_name: str | None, address: str) -> str:
    local, _, domain = address.rpartition("@")
    if not local or not domain or any(char in ' \t"(),:;<>@[\\]' or not char.isprintable() for char in local + domain):
        raise ValueError("not a mail address")
    line = one_line(display_name or "", most=_MOST)
    if not line:
        return address
    escaped = line.replace("\\", "\\\\").replace('"', '\\"')
    return f"{f'"{escaped}"' if _is_plain(line) else _encoded(line)} <{address}>"


def _is_plain(line: str) -> bool:
    """Readers would decode what looks like an encoded word, even within quotes."""
    return line.isascii() and "=?" not in line


def _encoded(line: str) -> str:
    return _FOLD.join(f"=?utf-8?b?{b64encode(part.encode()).decode()}?=" for part in _parts(line))


def _parts(line: str) -> Iterator[str]:
    """Of whole characters, because each encoded word is decoded for itself."""
    part = ""
    for char in line:
        if len((part + char).encode()) > _WORD:
            yield part
            part = ""
        part += char
    yield part
