"""Writes `.eml` files that open as drafts, their headers, and a zip of several."""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, Policy
from hashlib import sha256
from io import BytesIO
from itertools import batched
from typing import Self
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sspr_core.model.branding import Branding
from sspr_core.model.recipient import Message, Recipient
from sspr_core.model.text import one_line

_ANY_DAY = (1980, 1, 1, 0, 0, 0)  # the zip format's first date: the same drafts always give the same bytes

_MOST = 200  # characters of a name or subject
_WORD = 45  # bytes in an encoded word: 60 in base64, within the 75 characters of RFC 2047
_FOLD = "\r\n "

MOST_RECIPIENTS = 400  # of one file: Exchange Online accepts 500 by default


def zip_of(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip of names and contents, in their order."""
    whole = BytesIO()
    with ZipFile(whole, "w") as made:
        for name, content in files:
            entry = ZipInfo(name, _ANY_DAY)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3  # Unix, on whatever system it is made
            made.writestr(entry, content, ZIP_DEFLATED)
    return whole.getvalue()


class Header(str):
    """A header's value exactly as it is to be written; the email package lets an object with a name fold itself."""

    name: str

    def __new__(cls, name: str, value: str) -> Self:
        made = super().__new__(cls, value)
        made.name = name
        return made

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


def text_header(name: str, text: str) -> Header:
    """A header of free text."""
    line = one_line(text, most=_MOST)
    return Header(name, line if _is_plain(line) else _encoded(line))


def address_header(name: str, mailboxes: Iterable[tuple[str | None, str]]) -> Header:
    """A header of names (None: no name) and addresses, one per line.

    Raises ValueError for an address that could be parsed as several: callers have already left such users out.
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
    """ASCII, and nothing like an encoded word: mail programs would decode that, even within quotes."""
    return line.isascii() and "=?" not in line


def _encoded(line: str) -> str:
    return _FOLD.join(f"=?utf-8?b?{b64encode(part.encode()).decode()}?=" for part in _parts(line))


def _parts(line: str) -> Iterator[str]:
    """Parts of whole characters, because each encoded word is decoded separately."""
    part = ""
    for char in line:
        if len((part + char).encode()) > _WORD:
            yield part
            part = ""
        part += char
    yield part


def eml_files(message: Message, recipients: Sequence[Recipient], branding: Branding, *, hidden: bool) -> list[bytes]:
    """The files for all recipients: up to 400 per file, hidden from each other, or one file for each."""
    size = MOST_RECIPIENTS if hidden else 1
    return [eml(message, some, branding, hidden=hidden) for some in batched(recipients, size, strict=False)]


def eml(message: Message, recipients: Sequence[Recipient], branding: Branding, *, hidden: bool) -> bytes:
    """One file, RFC 5322 with CRLF; the same bytes for the same message."""
    mailboxes = [(one.display_name, one.address) for one in recipients]
    # Only addresses can bring non-ASCII characters into the headers; RFC 6532 allows only raw UTF-8 for them.
    mail = EmailMessage(policy=SMTP if all(address.isascii() for _, address in mailboxes) else SMTPUTF8)
    mail["X-Unsent"] = "1"
    if branding.sender_address:
        mail["From"] = address_header("From", [(branding.sender_name, branding.sender_address)])
    if branding.reply_to:
        mail["Reply-To"] = address_header("Reply-To", [(None, branding.reply_to)])
    if mailboxes:
        field = "Bcc" if hidden else "To"
        mail[field] = address_header(field, mailboxes)
    mail["Subject"] = text_header("Subject", message.subject)
    mail.set_content(message.text, cte="quoted-printable")
    mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    mail.set_boundary(_boundary(message))
    return mail.as_bytes()


def _boundary(message: Message) -> str:
    """A boundary that cannot occur in the parts: in quoted-printable `=` is followed by two hex digits or a line end,
    never by `_`.
    """
    return f"=_{sha256(f'{message.text}\0{message.html}'.encode()).hexdigest()[:32]}"
