"""Who of the chosen users gets a mail, and why the others do not."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from sspr_core.mail.chosen import Chosen
from sspr_core.mail.languages import choose
from sspr_core.model.ids import UserId
from sspr_core.model.mail_terms import MailTerms
from sspr_core.model.recipient import Recipient, recipient_address
from sspr_core.model.registration import Registration, User


class Reason(StrEnum):
    """Why a chosen user gets no mail; the first that applies."""

    UNKNOWN = "unknown"  # the tenant has no user with that id, or has not any more
    EXCLUDED = "excluded"  # from the population
    REGISTERED_MEANWHILE = "registered_meanwhile"
    NO_ADDRESS = "no_address"
    SAME_ADDRESS = "same_address"  # as a user who does get it


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A chosen user who gets no mail; `display_name` None: nobody is known by that id."""

    user_id: UserId
    display_name: str | None
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipients:
    """Both by display name; those left out whom nobody knows come first."""

    recipients: tuple[Recipient, ...]
    left_out: tuple[LeftOut, ...]


def sort_out(chosen: Chosen, terms: MailTerms, *, language: str | None) -> Recipients:
    """Everybody chosen, in exactly one of both; `language` for all, or None: for each their own.

    Users whose registration is unknown, and those whom no policy lets use SSPR yet, do get the mail: somebody has
    chosen them, and registering does them no harm.
    """
    recipients: dict[str, Recipient] = {}
    left_out = [LeftOut(user_id=one, display_name=None, reason=Reason.UNKNOWN) for one in chosen.missing]
    for stored in sorted(chosen.users, key=lambda one: (one.user.display_name.casefold(), one.user_id)):
        name, address = stored.user.display_name, recipient_address(stored.user, terms)
        reason = _unwanted(stored.user) or _unreachable(address, taken=recipients)
        if reason or address is None:
            left_out.append(LeftOut(user_id=stored.user_id, display_name=name, reason=reason or Reason.NO_ADDRESS))
            continue
        wanted = language or choose(stored.user.preferred_language, terms.language)
        recipient = Recipient(user_id=stored.user_id, address=address, display_name=name, language=wanted)
        recipients[address.casefold()] = recipient
    return Recipients(recipients=tuple(recipients.values()), left_out=tuple(left_out))


def _unwanted(user: User) -> Reason | None:
    if user.excluded:
        return Reason.EXCLUDED
    return Reason.REGISTERED_MEANWHILE if user.registration is Registration.REGISTERED else None


def _unreachable(address: str | None, *, taken: Collection[str]) -> Reason | None:
    if address is None:
        return Reason.NO_ADDRESS
    return Reason.SAME_ADDRESS if address.casefold() in taken else None
