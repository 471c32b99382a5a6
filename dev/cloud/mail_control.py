"""`/_sim/mail`, `mailbox` and `posts`: the mail service's modes, accepted emails and received requests."""

from datetime import datetime
from typing import Any

import msgspec

from dev.cloud.http import Request, Response, as_json
from dev.cloud.mail import Accepted, Mail


def answer(mail: Mail, request: Request) -> Response | None:
    """None: no such control. Raises ValueError or MsgspecError for an invalid body."""
    match request.method, request.path.removeprefix("/_sim/"):
        case "GET", "mail":
            return as_json(200, mail.modes)
        case "POST", "mail":
            mail.modes = mail.modes.changed(request.body)
            return as_json(200, mail.modes)
        case "GET", "mailbox":
            return as_json(200, [_taken(one) for one in mail.accepted.values()])
        case "DELETE", "mailbox":
            mail.accepted.clear()
            mail.fresh.clear()
            return as_json(200, [])
        case "GET", "posts":
            return as_json(200, mail.posted)
        case "DELETE", "posts":
            mail.posted.clear()
            return as_json(200, [])
    return None


class _Taken(msgspec.Struct):
    operation_id: str
    accepted_at: list[datetime]  # one per acceptance
    recipients: list[str]
    message: dict[str, Any]


def _taken(one: Accepted) -> _Taken:
    return _Taken(one.operation_id, one.times, [to["address"] for to in one.message["recipients"]["to"]], one.message)
