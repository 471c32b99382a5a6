"""The mail service (Azure Communication Services Email): accepts emails, stores operations, applies its quota."""

import hashlib
import random
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec

from dev.cloud.http import Request, Response, as_json
from dev.cloud.mail_access import is_let_in
from dev.cloud.mail_contract import MOST_BYTES, error, misfit, sender_of, status, unknown_sender
from dev.cloud.mail_modes import Modes, Quota

_SEND = "/emails:send"
_ASK_AGAIN = {"retry-after": "3"}  # seconds, as the live service says


@dataclass(slots=True)
class Accepted:
    """An accepted email; accepted more than once only if the mode `same_id` allows it."""

    operation_id: str
    at: float  # the last acceptance, monotonic
    body: bytes
    message: dict[str, Any]
    times: list[datetime] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Posted:
    """A send that reached the service. `status` 0: the connection was dropped."""

    at: datetime
    operation_id: str | None
    status: int


@dataclass(slots=True)
class Mail:
    """The service's state."""

    access_key: str
    tenant_id: str  # the tenant of its subscription
    base_url: str
    modes: Modes
    dice: random.Random
    accepted: dict[str, Accepted] = field(default_factory=dict)
    fresh: list[Accepted] = field(default_factory=list)  # no delivery report sent yet
    posted: list[Posted] = field(default_factory=list)
    _quota: Quota = field(default_factory=Quota)

    def answer(self, request: Request) -> Response:
        path = request.path.replace("//", "/")
        if not is_let_in(request, access_key=self.access_key, tenant_id=self.tenant_id):
            return error(401, "Denied", "The request is not authorized by HMAC or a token.")
        if path == _SEND:
            return self._send(request) if request.method == "POST" else _not_allowed(request)
        if path.startswith("/emails/operations/"):
            return self._operation(path.rsplit("/", 1)[1]) if request.method == "GET" else _not_allowed(request)
        return error(404, "NotFound", "No such resource.")

    def note(self, request: Request, response: Response) -> None:
        """Records a send, whatever the answer and whichever part gave it."""
        if request.method == "POST" and request.path.replace("//", "/") == _SEND:
            at, operation_id = datetime.now(UTC), request.headers.get("operation-id")
            self.posted.append(Posted(at, operation_id, 0 if response.drop else response.status))

    def mailed(self) -> set[str]:
        """Addresses that received a mail."""
        return {to["address"] for one in self.accepted.values() for to in one.message["recipients"]["to"]}

    def _send(self, request: Request) -> Response:
        operation_id = request.headers.get("operation-id") or str(uuid4())
        refused = self._refused(request.body, operation_id) or self._trouble(
            self.modes.drop_before, self.modes.fail_before
        )
        if refused:
            return refused
        if self._known(operation_id) is None or self.modes.same_id == "twice":
            if wait := self._quota.wait(self.modes.windows, time.monotonic()):
                return error(429, "TooManyRequests", "The quota is used up.", {"Retry-After": str(wait)})
            self._accept(operation_id, request.body)
        answer = self._trouble(self.modes.drop_after_accepting, self.modes.fail_after_accepting)
        return replace(answer or self._taken(operation_id), after=self.modes.accept_after + self.modes.answer_after)

    def _refused(self, body: bytes, operation_id: str) -> Response | None:
        """Why no email of this kind is accepted."""
        if len(body) > MOST_BYTES:
            return error(413, "RequestEntityTooLarge", f"The request has {len(body)} bytes, {MOST_BYTES} are possible.")
        if wrong := misfit(body) or _no_uuid(operation_id):
            return error(400, "BadRequest", wrong)
        if refusal := self.modes.refusal:
            return error(refusal.status, refusal.code, "The service takes nothing from this subscription.")
        if unknown := unknown_sender(sender_of(body), self.modes.senders):
            return unknown
        if self.modes.throttle and self.modes.throttle.count:
            self.modes.throttle.count -= 1
            wait = self.modes.throttle.retry_after
            return error(429, "TooManyRequests", "Too many.", {} if wait is None else {"Retry-After": str(wait)})
        known = self._known(operation_id)
        if known and (known.body != body or self.modes.same_id == "reject"):
            return error(400, "OperationIdReused", "The operation id was used for another request.")
        return None

    def _trouble(self, dropping: float, failing: float) -> Response | None:
        if self.dice.random() < dropping:
            return Response(0, drop=True)
        if self.dice.random() < failing:
            return error(500, "InternalServerError", "Something went wrong.")
        return None

    def _known(self, operation_id: str) -> Accepted | None:
        known, memory = self.accepted.get(operation_id), self.modes.forget_after
        return known if known and (memory is None or time.monotonic() - known.at < memory) else None

    def _accept(self, operation_id: str, body: bytes) -> None:
        late = self.modes.accept_after
        one = self.accepted.setdefault(operation_id, Accepted(operation_id, 0, body, msgspec.json.decode(body)))
        one.at = time.monotonic() + late
        one.times.append(datetime.now(UTC) + timedelta(seconds=late))
        self.fresh.append(one)

    def _taken(self, operation_id: str) -> Response:
        where = f"{self.base_url}//emails/operations/{operation_id}?api-version=2025-09-01"
        return as_json(202, status(operation_id, "Running"), {"Operation-Location": where, **_ASK_AGAIN})

    def _operation(self, operation_id: str) -> Response:
        known = self._known(operation_id)
        if known is None or (age := time.monotonic() - known.at) < self.modes.lookup_lag:
            return error(404, "NotFound", "The operation is not known.")
        if age < self.modes.lookup_lag + self.modes.running_for:
            return as_json(200, status(operation_id, "Running"), _ASK_AGAIN)
        first = known.message["recipients"]["to"][0]["address"]
        if receipt_status(first) == "Failed":
            given_up = {"code": "EmailDropped", "message": "Email was dropped after several attempts to deliver."}
            return as_json(200, status(operation_id, "Failed") | {"error": given_up})
        return as_json(200, status(operation_id, "Succeeded"))


def receipt_status(address: str) -> str:
    """The delivery status of this address; always the same."""
    dice = hashlib.sha256(address.encode()).digest()[0]
    for most, word in ((6, "Bounced"), (9, "Suppressed"), (11, "Quarantined"), (12, "FilteredSpam"), (14, "Failed")):
        if dice < most:
            return word
    return "Delivered"


def _no_uuid(operation_id: str) -> str | None:
    try:
        UUID(operation_id)
    except ValueError:
        return "Operation-Id is not a UUID."
    return None


def _not_allowed(request: Request) -> Response:
    return error(405, "MethodNotAllowed", f"{request.method} is not allowed here.")
