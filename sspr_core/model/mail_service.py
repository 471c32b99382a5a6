"""Which mail service sends (SSPR_MAIL_SERVICE), and what is said where none does."""

from enum import StrEnum


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
