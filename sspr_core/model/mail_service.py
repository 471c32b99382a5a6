"""The mail service that sends (SSPR_MAIL_SERVICE), and the texts for when there is none.

Also the sender addresses of the app's emails. Azure Communication Services accepts only addresses that are set up as
MailFrom of a linked domain. That is one address, DoNotReply, until the domain's quota has been raised. So the sender
in a branding is used only if a setting names it.
"""

from dataclasses import dataclass
from enum import StrEnum

from msgspec import structs

from sspr_core.model.branding import Branding


class MailService(StrEnum):
    """The values of SSPR_MAIL_SERVICE."""

    NONE = "none"  # sending is off by choice, which is no fault
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
        """The sender of an email in this branding."""
        return self.known(branding.sender_address) or self.usual

    def not_used(self, branding: Branding) -> str | None:
        """The branding's own address, if it is only for prepared mails."""
        return None if self.known(branding.sender_address) else branding.sender_address

    def pinned(self, branding: Branding) -> Branding:
        """The branding as a run pins it: without a sender that the settings do not name."""
        return structs.replace(branding, sender_address=self.known(branding.sender_address))


def is_same(one: str, other: str) -> bool:
    """Whether two addresses are the same."""
    return one.strip().casefold() == other.strip().casefold()
