"""The address an email goes to, what happened to earlier emails, and the operators' terms for mail."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from sspr_core.model.ids import TenantId, UserId
from sspr_core.model.registration import User
from sspr_core.model.text import is_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Row of table Contacts. An address that bounced gets no email until it changes."""

    tenant_id: TenantId
    user_id: UserId
    last_emailed_at: datetime | None = None
    emailed_count: int = 0
    bounced_at: datetime | None = None
    bounced_address: str | None = None
    bounce: str | None = None  # the receipt's word: bounced, suppressed
    etag: str | None = None

    def is_suppressed(self, address: str) -> bool:
        """Whether the address bounced, so that another email would make it worse."""
        return self.bounced_address is not None and self.bounced_address.casefold() == address.casefold()


class MailTerms(msgspec.Struct, frozen=True, kw_only=True):
    """None: not set here."""

    language: str | None = None  # for users whose own is unknown or not supported
    use_other_mails: bool | None = None  # write to the first of `otherMails` if `mail` is missing

    def over(self, default: "MailTerms") -> "MailTerms":
        return MailTerms(
            language=default.language if self.language is None else self.language,
            use_other_mails=default.use_other_mails if self.use_other_mails is None else self.use_other_mails,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One mail in one language; `brief` is a text version short enough for the body of a mailto link."""

    language: str
    subject: str
    text: str
    html: str
    brief: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A user with an address, and the language to write in."""

    user_id: UserId
    address: str
    display_name: str
    language: str


def recipient_address(user: User, terms: MailTerms) -> str | None:
    """The user's `mail`; else, only if the terms allow it, the first of `other_mails`; else None.

    Never the UPN: it often is no mailbox. An address that is not well-formed counts as missing.
    """
    candidates = (user.mail or "", *(user.other_mails[:1] if terms.use_other_mails else ()))
    return next((one for one in candidates if is_address(one)), None)
