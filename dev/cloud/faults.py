"""Troubles on demand: so many answers, or such a share of them, on some path of some tenant."""

import random
from dataclasses import dataclass, field

import msgspec

from dev.cloud.http import Response, html, odata_error


class Fault(msgspec.Struct, kw_only=True):
    """`tenant` and `path` None: any; `path` is a part of the address; `status` 0: the connection drops."""

    tenant: str | None = None
    path: str | None = None
    status: int
    count: int | None = None  # how many answers; None: until taken away
    rate: float = 1.0
    retry_after: int | None = None
    body: str | None = None  # "html": as a gateway answers


@dataclass(slots=True)
class Faults:
    """The faults asked for."""

    active: list[Fault] = field(default_factory=list)
    dice: random.Random = field(default_factory=lambda: random.Random(7))

    def answer(self, tenant: str | None, address: str) -> Response | None:
        """The trouble for this request, if it meets one."""
        for fault in self.active:
            if fault.tenant not in (None, tenant) or (fault.path or "") not in address:
                continue
            if fault.count == 0 or self.dice.random() >= fault.rate:
                continue
            if fault.count is not None:
                fault.count -= 1
            return _response(fault)
        return None


def _response(fault: Fault) -> Response:
    if fault.status == 0:
        return Response(0, drop=True)
    headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
    if fault.body == "html":
        return html(fault.status)
    code = "TooManyRequests" if fault.status == 429 else "generalException"
    return odata_error(fault.status, code, "A fault that was asked for.", headers)
