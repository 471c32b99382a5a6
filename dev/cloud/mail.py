"""The mail service (Azure Communication Services Email): accepts, remembers operations, keeps its quota."""

import base64
import hashlib
import hmac
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import msgspec

from dev.cloud.entra import tenant_of
from dev.cloud.http import Request, Response, as_json

_AUDIENCE = "https://communication.azure.com"
_SIGNED = "x-ms-date;host;x-ms-content-sha256"


@dataclass(slots=True)
class Accepted:
    """An email the service took."""

    operation_id: str
    at: float
    body: bytes
    message: dict[str, Any]


@dataclass(slots=True)
class Mail:
    """The service's memory. `per_minute` and `per_hour` 0: no quota."""

    access_key: str
    tenant_id: str  # whose subscription it is
    base_url: str
    per_minute: int
    per_hour: int
    lookup_lag: float
    accepted: dict[str, Accepted] = field(default_factory=dict)
    fresh: list[Accepted] = field(default_factory=list)  # not yet reported on
    _posted: deque[float] = field(default_factory=lambda: deque(maxlen=10_000))

    def answer(self, request: Request) -> Response:
        path = request.path.replace("//", "/")
        if not self._is_signed(request):
            return _error(401, "Denied", "The request is not authorized by HMAC or a token.")
        if path == "/emails:send":
            return self._send(request) if request.method == "POST" else _not_allowed(request)
        if path.startswith("/emails/operations/"):
            return self._operation(path.rsplit("/", 1)[1]) if request.method == "GET" else _not_allowed(request)
        return _error(404, "NotFound", "No such resource.")

    def mailed(self) -> set[str]:
        """Addresses that got a mail."""
        return {to["address"] for one in self.accepted.values() for to in one.message["recipients"]["to"]}

    def _is_signed(self, request: Request) -> bool:
        given = request.headers.get("authorization", "")
        if given.startswith("Bearer "):
            return tenant_of(request, _AUDIENCE) == self.tenant_id
        digest = base64.b64encode(hashlib.sha256(request.body).digest()).decode()
        headers = request.headers
        if headers.get("x-ms-content-sha256") != digest:
            return False
        query = f"?{request.query}" if request.query else ""
        text = f"{request.method}\n{request.path}{query}\n{headers.get('x-ms-date')};{headers.get('host')};{digest}"
        key = base64.b64decode(self.access_key)
        signature = base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()
        return given == f"HMAC-SHA256 SignedHeaders={_SIGNED}&Signature={signature}"

    def _send(self, request: Request) -> Response:
        if wrong := _misfit(request.body):
            return _error(400, "BadRequest", wrong)
        operation_id = request.headers.get("operation-id") or str(uuid4())
        try:
            UUID(operation_id)
        except ValueError:
            return _error(400, "BadRequest", "Operation-Id is not a UUID.")
        known = self.accepted.get(operation_id)
        if known and known.body != request.body:
            return _error(400, "OperationIdReused", "The operation id was used for another request.")
        if known is None:
            if wait := self._over_quota():
                return _error(429, "TooManyRequests", "The quota is used up.", {"Retry-After": str(wait)})
            known = Accepted(operation_id, time.monotonic(), request.body, msgspec.json.decode(request.body))
            self.accepted[operation_id] = known
            self.fresh.append(known)
        where = f"{self.base_url}//emails/operations/{operation_id}?api-version=2025-09-01"
        return as_json(202, _status(operation_id, "Running"), {"Operation-Location": where, "retry-after": "3"})

    def _over_quota(self) -> int:
        """Seconds to wait; 0: there is room. Refused tries count too, as in the real service."""
        now = time.monotonic()
        self._posted.append(now)
        for window, most in ((60, self.per_minute), (3600, self.per_hour)):
            recent = [at for at in self._posted if now - at < window]
            if most and len(recent) > most:
                return int(window - (now - recent[0])) + 1
        return 0

    def _operation(self, operation_id: str) -> Response:
        known = self.accepted.get(operation_id)
        if known is None or time.monotonic() - known.at < self.lookup_lag:
            return _error(404, "NotFound", "The operation is not known.")
        first = known.message["recipients"]["to"][0]["address"]
        if receipt_status(first) == "Failed":
            error = {"code": "EmailDropped", "message": "Email was dropped after several attempts to deliver."}
            return as_json(200, _status(operation_id, "Failed") | {"error": error})
        return as_json(200, _status(operation_id, "Succeeded"))


def receipt_status(address: str) -> str:
    """What becomes of a mail to this address; the same one every time."""
    dice = hashlib.sha256(address.encode()).digest()[0]
    for most, status in ((6, "Bounced"), (9, "Suppressed"), (11, "Quarantined"), (12, "FilteredSpam"), (14, "Failed")):
        if dice < most:
            return status
    return "Delivered"


def _misfit(body: bytes) -> str | None:
    try:
        message = msgspec.json.decode(body, type=_Message)
    except msgspec.MsgspecError as error:
        return f"The message does not fit: {error}"
    if not message.recipients.to:
        return "At least one recipient in 'to' is required."
    return None


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


def _status(operation_id: str, status: str) -> dict[str, Any]:
    return {"id": operation_id, "status": status, "error": None}


def fault(status: int, headers: dict[str, str]) -> Response:
    """A trouble of the service's own."""
    codes = {401: "Denied", 403: "Forbidden", 404: "NotFound", 429: "TooManyRequests"}
    code = codes.get(status, "BadRequest" if status < 500 else "InternalServerError")
    return _error(status, code, "The service is in trouble, as was asked for.", headers)


def _not_allowed(request: Request) -> Response:
    return _error(405, "MethodNotAllowed", f"{request.method} is not allowed here.")


def _error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    return as_json(status, {"error": {"code": code, "message": message}}, {"x-ms-error-code": code, **(headers or {})})
