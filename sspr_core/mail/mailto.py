"""Links that open a mail program with a prepared message (RFC 6068)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from sspr_core.model.recipient import Message
from sspr_core.model.text import one_line

MOST_CHARACTERS = 2_000  # of one link, encoded: Windows and browsers cut or refuse what is a little longer
MOST_IN_SUBJECT = 200  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailto:
    """The links, and what they could not carry; `too_long` are addresses that fit into no link of this message."""

    links: tuple[str, ...]
    body_shortened: bool
    too_long: tuple[str, ...]


def mailto(addresses: Sequence[str], message: Message, *, hidden: bool) -> Mailto:
    """As many links as the addresses need, in their order; hidden from each other (BCC), or in To.

    Every link has the same body: the message's brief, ended earlier after a sentence where no room would be left for
    the longest address. In `bcc` and not in To, because a program that ignores it shows a draft to nobody, which does
    no harm; one that took it for To would show everybody everybody's address.
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
    """Whole addresses that have room together, each for itself if they are to be apart."""
    group: list[str] = []
    for one in encoded:
        if group and (apart or len(",".join(group)) + 1 + len(one) > room):
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _body(brief: str, room: int) -> str:
    """The field with the longest beginning of whole sentences that fits; empty: not even the first does."""
    ends = [len(brief), *(found.end() for found in reversed(list(_SENTENCE_END.finditer(brief))))]
    fields = (_field(brief[:end].rstrip()) if end < len(brief) else _field(brief) for end in ends)
    return next((field for field in fields if len(field) <= room), "")


_SENTENCE_END = re.compile(r"(?<!\d)[.!?…][\"'»”)]*(?=\s)")  # not the full stop of "1. Open ..."


def _field(text: str) -> str:
    return f"&body={quote('\r\n'.join(text.splitlines()), safe='')}" if text else ""


def _encoded(address: str) -> str:
    """Everything but the `@` before the domain: a comma within an address does not end it."""
    local, at, domain = address.rpartition("@")
    return quote(local, safe="") + at + quote(domain, safe="")
