"""What the mail service's contract says of bodies: which message fits, how errors and operations look."""

from typing import Any

import msgspec

from dev.cloud.http import Response, as_json


class _Address(msgspec.Struct):
    address: str


class _Recipients(msgspec.Struct):
    to: list[_Address]


class _Content(msgspec.Struct):
    subject: str


class _Message(msgspec.Struct, rename="camel"):
    sender_address: str
    content: _Content
    recipients: _Recipients


def misfit(body: bytes) -> str | None:
    """Why it is no message; None: it is one."""
    try:
        message = msgspec.json.decode(body, type=_Message)
    except msgspec.MsgspecError as error:
        return f"The message does not fit: {error}"
    if not message.recipients.to:
        return "At least one recipient in 'to' is required."
    return None


def status(operation_id: str, word: str) -> dict[str, Any]:
    return {"id": operation_id, "status": word, "error": None}


def error(number: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    return as_json(number, {"error": {"code": code, "message": message}}, {"x-ms-error-code": code, **(headers or {})})


def fault(number: int, headers: dict[str, str]) -> Response:
    """A trouble of the service's own."""
    codes = {401: "Denied", 403: "Forbidden", 404: "NotFound", 429: "TooManyRequests"}
    code = codes.get(number, "BadRequest" if number < 500 else "InternalServerError")
    return error(number, code, "The service is in trouble, as was asked for.", headers)
