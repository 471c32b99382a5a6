"""Which mail service sends (SSPR_MAIL_SERVICE), and what is said where none does.

The addresses that emails of the app may leave from.

Azure Communication Services takes only addresses that are set up as MailFrom of a linked domain, which is one address,
DoNotReply, until the domain's quota was raised. So a branding's sender is used only where a setting names it.
"""

from dataclasses import dataclass
from enum import StrEnum

from msgspec import structs

from sspr_core.model.branding import Branding


class MailService(StrEnum):
    """The values of SSPR_MAIL_SERVICE."""

    NONE = "none"  # sending is off, by choice: no fault
    COMMUNICATION_SERVICES = "communication-services"  # Azure Communication Services Email


SENDING_OFF = "no_mail_service"  # the code of every refusal


SENDING_IS_OFF = "Sending is off: SSPR_MAIL_SERVICE names no mail service."


TO_SEND = (
    "To send, set SSPR_MAIL_SERVICE to communication-services, with SSPR_MAIL_ENDPOINT or SSPR_MAIL_CONNECTION_STRING, "
    "and SSPR_MAIL_SENDER."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Senders:
    """`usual` is SSPR_MAIL_SENDER, `others` are SSPR_MAIL_SENDERS."""

    usual: str = ""
    others: tuple[str, ...] = ()

    def known(self, address: str | None) -> str | None:
        """The address as the settings spell it; None: they do not name it."""
        wanted = (address or "").casefold()
        return next((one for one in (self.usual, *self.others) if wanted and one.casefold() == wanted), None)

    def in_effect(self, branding: Branding) -> str:
        """Where an email in this branding leaves from."""
        return self.known(branding.sender_address) or self.usual

    def not_used(self, branding: Branding) -> str | None:
        """The branding's own address, where it is for prepared mails alone."""
        return None if self.known(branding.sender_address) else branding.sender_address

    def pinned(self, branding: Branding) -> Branding:
        """As a run pins it: with no sender that the mail service is not known to take."""
        return structs.replace(branding, sender_address=self.known(branding.sender_address))


def is_same(one: str, other: str) -> bool:
    """Whether two addresses are one."""
    return one.strip().casefold() == other.strip().casefold()
