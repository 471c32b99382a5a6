"""The mail service's contract for bodies: valid messages, and the form of errors and operations."""

import base64
import binascii
import re
from collections.abc import Collection
from typing import Any

import msgspec

from dev.cloud.http import Response, as_json


class _Address(msgspec.Struct):
    address: str


class _Recipients(msgspec.Struct):
    to: list[_Address]


class _Content(msgspec.Struct):
    subject: str


class _Attachment(msgspec.Struct):
    name: str
    content_type: str = msgspec.field(name="contentType")
    content: str = msgspec.field(name="contentInBase64")
    content_id: str | None = msgspec.field(name="contentId", default=None)


class _Message(msgspec.Struct, rename="camel"):
    sender_address: str
    content: _Content
    recipients: _Recipients
    attachments: list[_Attachment] = []


MOST_BYTES = 10 * 1024 * 1024  # of a whole request, with attachments


def misfit(body: bytes) -> str | None:
    """Why the body is no valid message; None: it is valid."""
    try:
        message = msgspec.json.decode(body, type=_Message)
    except msgspec.MsgspecError as error:
        return f"The message does not fit: {error}"
    if not _is_bare(message.sender_address):  # the live service allows no display name in the sender
        return "Request body validation error. See property 'senderAddress'"
    if not message.recipients.to:
        return "At least one recipient in 'to' is required."
    return _misfit_of_files(message.attachments)


def sender_of(body: bytes) -> str:
    """The sender of a valid message."""
    return msgspec.json.decode(body, type=_Message).sender_address.strip("<>")


def unknown_sender(address: str, known: Collection[str]) -> Response | None:
    """The error for a sender that is none of the MailFrom addresses of a linked domain."""
    addresses = {one.lower() for one in known}
    if address.lower() in addresses:
        return None
    if _domain(address) in {_domain(one) for one in addresses}:
        return error(400, "InvalidSenderUserName", "Invalid email sender username.")
    return error(404, "DomainNotLinked", "The specified sender domain has not been linked.")


def _domain(address: str) -> str:
    return address.lower().rpartition("@")[2]


def _misfit_of_files(files: list[_Attachment]) -> str | None:
    if wrong := next(
        (one.name for one in files if not (one.name and one.content_type and _is_base64(one.content))), None
    ):
        return f"The attachment {wrong!r} has no name, no content type, or no content in base64."
    ids = [one.content_id for one in files if one.content_id is not None]
    return "Two attachments have the same contentId." if len(set(ids)) < len(ids) else None


def _is_bare(address: str) -> bool:
    return bool(re.fullmatch(r"<?[^\s<>\"@]+@[^\s<>\"@]+>?", address))


def _is_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except binascii.Error:
        return False


def status(operation_id: str, word: str) -> dict[str, Any]:
    return {"id": operation_id, "status": word, "error": None}


def error(number: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    return as_json(number, {"error": {"code": code, "message": message}}, {"x-ms-error-code": code, **(headers or {})})


def fault(number: int, headers: dict[str, str], code: str | None) -> Response:
    """An error of the service itself."""
    codes = {401: "Denied", 403: "Forbidden", 404: "NotFound", 429: "TooManyRequests"}
    usual = codes.get(number, "BadRequest" if number < 500 else "InternalServerError")
    return error(number, code or usual, "The service is in trouble, as was asked for.", headers)
