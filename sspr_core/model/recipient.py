"""A mail, composed; and whom it can reach."""

from dataclasses import dataclass

from sspr_core.model.ids import UserId
from sspr_core.model.mail_terms import MailTerms
from sspr_core.model.registration import User
from sspr_core.model.text import is_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One mail in one language; `brief` is the text part short enough for the body of a mailto link."""

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
    """The user's `mail`; else, only where the terms say so, the first of `other_mails`; else None.

    Never the UPN: it often is no mailbox. An address that cannot be one is none.
    """
    candidates = (user.mail or "", *(user.other_mails[:1] if terms.use_other_mails else ()))
    return next((one for one in candidates if is_address(one)), None)
