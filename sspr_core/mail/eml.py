"""Mails as files that open as drafts (`X-Unsent`), for people to send."""

from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from hashlib import sha256
from itertools import batched

from sspr_core.mail.mail_headers import address_header, text_header
from sspr_core.model.branding import Branding
from sspr_core.model.recipient import Message, Recipient

MOST_RECIPIENTS = 400  # of one file: Exchange Online takes 500 unless told otherwise


def eml_files(message: Message, recipients: Sequence[Recipient], branding: Branding, *, hidden: bool) -> list[bytes]:
    """The message to all of them: hidden from each other and up to 400 a file, or a file for each."""
    size = MOST_RECIPIENTS if hidden else 1
    return [eml(message, some, branding, hidden=hidden) for some in batched(recipients, size, strict=False)]


def eml(message: Message, recipients: Sequence[Recipient], branding: Branding, *, hidden: bool) -> bytes:
    """One file, RFC 5322 with CRLF; the same bytes for the same message."""
    mailboxes = [(one.display_name, one.address) for one in recipients]
    # Only addresses can bring other characters into the header fields; for them RFC 6532 has nothing but raw UTF-8.
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
    """Cannot occur in the parts: in quoted-printable `=` is followed by two digits or the line's end, never by `_`."""
    return f"=_{sha256(f'{message.text}\0{message.html}'.encode()).hexdigest()[:32]}"
