"""What an answer of the mail service means: certainly accepted, certainly not, or unknown."""

import re
from collections.abc import Collection, Mapping

import msgspec

from sspr_core.adapters.http_session import retry_after
from sspr_core.model.mail import (
    Accepted,
    KnownOperation,
    LookupAnswer,
    Mail,
    MailAnswer,
    NoAnswer,
    Rejected,
    SenderRefused,
    Throttled,
    Unauthorized,
    UnknownOperation,
    UnknownOutcome,
)
from sspr_core.model.mail_service import is_same

_ADDRESS = re.compile(r"[^\s'\"<>(),;:]+@[^\s'\"<>(),;:]+")
_MOST = 300  # characters of a reason


def answer_to_post(
    status: int, headers: Mapping[str, str], mail: Mail, *, code: str = "", message: str = "", own_sender: str = ""
) -> MailAnswer:
    """`code` and `message`: the body's, if any; `own_sender`: the address from which every email may be sent."""
    if status == 202:
        return Accepted()
    if refusal := _refusal(status, (_plain(code), _code(headers, code)), mail, own_sender):
        return refusal
    code = _code(headers, code)
    match status:
        case 429:
            return Throttled(retry_after(headers))
        case 401 | 403:
            return Unauthorized(f"{status} {code}".strip())
        case 400 | 404 | 413 | 422:
            return Rejected(_reason(status, code, _without(message, mail.to, mail.to_name, mail.reply_to or "")))
        case _:
            return UnknownOutcome(f"{status} {code}".strip())


# The service's codes that concern more than one email, whatever their status.
_NOTHING_IS_TAKEN = frozenset({"subscriptionblocked", "deniedbyresourcemanagement"})
_NO_SUCH_DOMAIN, _NO_SUCH_SENDER = "domainnotlinked", "invalidsenderusername"


def _refusal(status: int, codes: Collection[str], mail: Mail, own_sender: str) -> MailAnswer | None:
    """What a refused sender or subscription means; None: the status decides.

    A domain that is not linked stops all emails only if it is the domain of `own_sender`: the pinned sender of one
    run, or one wrong line of a setting, must not hold back the emails of all others.
    """
    for code in codes:
        reason, word = f"{status} {code}", code.lower()
        if word in _NOTHING_IS_TAKEN:
            return Unauthorized(reason)
        if word == _NO_SUCH_DOMAIN:
            same = is_same(_domain(mail.sender), _domain(own_sender))
        elif word == _NO_SUCH_SENDER:
            same = is_same(mail.sender, own_sender)
        else:
            continue
        return Unauthorized(reason) if same else SenderRefused(reason)
    return None


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


def answer_to_question(status: int, headers: Mapping[str, str], body: bytes) -> LookupAnswer:
    """A gateway's page is no answer, whatever its status: a 404 taken for real may cause a second email."""
    if "html" in headers.get("content-type", "").lower():
        return NoAnswer()
    if status == 404:
        return UnknownOperation()
    if status != 200:
        return NoAnswer()
    try:
        operation = msgspec.json.decode(body, type=_Operation)
    except msgspec.MsgspecError:
        return NoAnswer()
    if operation.status not in ("Failed", "Canceled"):
        return KnownOperation()
    error = operation.error or _Error()
    return KnownOperation(_reason(operation.status, error.code or "", _without(error.message or "")))


class _Error(msgspec.Struct):
    code: str | None = None
    message: str | None = None


class _Operation(msgspec.Struct):
    status: str
    error: _Error | None = None


def _code(headers: Mapping[str, str], of_body: str) -> str:
    return _plain(headers.get("x-ms-error-code") or of_body)


def _plain(code: str) -> str:
    return re.sub(r"[^\w.-]", "", code)[:80]


def _reason(status: object, code: str, message: str) -> str:
    return f"{code or status}: {message}"[:_MOST] if message else f"{status} {code}".strip()


def _without(message: str, *personal: str) -> str:
    """The message in one line, without addresses and other personal data: it is stored, shown and exported."""
    for one in filter(None, personal):
        message = message.replace(one, "…")
    return " ".join(_ADDRESS.sub("…", message).split())
