"""Builds links that open a mail program with a prepared message (RFC 6068)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from sspr_core.model.recipient import Message
from sspr_core.model.text import one_line

MOST_CHARACTERS = 2_000  # of one link, encoded: Windows and browsers cut or refuse slightly longer links
MOST_IN_SUBJECT = 200  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailto:
    """The links, and what did not fit into them; `too_long`: addresses too long for any link of this message."""

    links: tuple[str, ...]
    body_shortened: bool
    too_long: tuple[str, ...]


def mailto(addresses: Sequence[str], message: Message, *, hidden: bool) -> Mailto:
    """As many links as the addresses need, in their order; in BCC, hidden from each other, or in To.

    Every link has the same body: the message's brief, cut after a sentence if the longest address would not fit. BCC
    fails safely: a program that ignores `bcc` shows a draft without recipients; with To, every recipient would see
    all addresses.
    """
    start = "mailto:?bcc=" if hidden else "mailto:"
    subject = ("&" if hidden else "?") + f"subject={quote(one_line(message.subject, most=MOST_IN_SUBJECT), safe='')}"
    room = MOST_CHARACTERS - len(start) - len(subject)
    encoded = {address: _encoded(address) for address in addresses}
    fitting = [one for one in encoded.values() if len(one) <= room]
    body = _body(message.brief, room - max(map(len, fitting), default=0))
    groups = _groups(fitting, room - len(body), apart=not hidden)
    return Mailto(
        links=tuple(f"{start}{','.join(group)}{subject}{body}" for group in groups),
        body_shortened=body != _field(message.brief),
        too_long=tuple(address for address, one in encoded.items() if len(one) > room),
    )


def _groups(encoded: Sequence[str], room: int, *, apart: bool) -> Iterator[list[str]]:
    """Groups of addresses that fit into one link; `apart`: one address per link."""
    group: list[str] = []
    for one in encoded:
        if group and (apart or len(",".join(group)) + 1 + len(one) > room):
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _body(brief: str, room: int) -> str:
    """The body field with as many whole sentences as fit; empty: not even the first fits."""
    ends = [len(brief), *(found.end() for found in reversed(list(_SENTENCE_END.finditer(brief))))]
    fields = (_field(brief[:end].rstrip()) if end < len(brief) else _field(brief) for end in ends)
    return next((field for field in fields if len(field) <= room), "")


_SENTENCE_END = re.compile(r"(?<!\d)[.!?…][\"'»”)]*(?=\s)")  # not the full stop of "1. Open ..."


def _field(text: str) -> str:
    return f"&body={quote('\r\n'.join(text.splitlines()), safe='')}" if text else ""


def _encoded(address: str) -> str:
    """Encode everything except the `@` before the domain: so a comma within an address does not end it."""
    local, at, domain = address.rpartition("@")
    return quote(local, safe="") + at + quote(domain, safe="")
