"""What an answer of the mail service means: certainly accepted, certainly not, or nobody knows."""

import re
from collections.abc import Mapping

import msgspec

from sspr_core.adapters.session import retry_after
from sspr_core.model.mail import (
    Accepted,
    Known,
    LookupAnswer,
    Mail,
    MailAnswer,
    NoAnswer,
    NotKnown,
    NotLetIn,
    Refused,
    Throttled,
    Unclear,
)

_ADDRESS = re.compile(r"[^\s'\"<>(),;:]+@[^\s'\"<>(),;:]+")
_MOST = 300  # characters of a reason


def answer_to_post(
    status: int, headers: Mapping[str, str], mail: Mail, *, code: str = "", message: str = ""
) -> MailAnswer:
    """`code` and `message` of the body, where there is one."""
    code = _code(headers, code)
    match status:
        case 202:
            return Accepted()
        case 429:
            return Throttled(retry_after(headers))
        case 401 | 403:
            return NotLetIn(f"{status} {code}".strip())
        case 400 | 404 | 413 | 422:
            return Refused(_reason(status, code, _without(message, mail.to, mail.to_name, mail.reply_to or "")))
        case _:
            return Unclear(f"{status} {code}".strip())


def answer_to_question(status: int, headers: Mapping[str, str], body: bytes) -> LookupAnswer:
    """A gateway's page is no answer, whatever its status: a 404 believed by mistake may end in a second email."""
    if "html" in headers.get("content-type", "").lower():
        return NoAnswer()
    if status == 404:
        return NotKnown()
    if status != 200:
        return NoAnswer()
    try:
        operation = msgspec.json.decode(body, type=_Operation)
    except msgspec.MsgspecError:
        return NoAnswer()
    if operation.status not in ("Failed", "Canceled"):
        return Known()
    error = operation.error or _Error()
    return Known(_reason(operation.status, error.code or "", _without(error.message or "")))


class _Error(msgspec.Struct):
    code: str | None = None
    message: str | None = None


class _Operation(msgspec.Struct):
    status: str
    error: _Error | None = None


def _code(headers: Mapping[str, str], of_body: str) -> str:
    found = headers.get("x-ms-error-code") or of_body
    return re.sub(r"[^\w.-]", "", found)[:80]


def _reason(status: object, code: str, message: str) -> str:
    return f"{code or status}: {message}"[:_MOST] if message else f"{status} {code}".strip()


def _without(message: str, *personal: str) -> str:
    """The message in one line, without addresses and what else is personal: it is stored, shown and exported."""
    for one in filter(None, personal):
        message = message.replace(one, "…")
    return " ".join(_ADDRESS.sub("…", message).split())
