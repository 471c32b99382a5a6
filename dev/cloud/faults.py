"""Faults on demand: a number or a share of the answers on a path of a tenant."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Literal

import msgspec

from dev.cloud.http import Response, html


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`tenant` and `path` None: any; `path` is a part of the address; `status` 0: the connection drops.

    `code`: the service's own error code, such as `AADSTS700213` or `Authorization_RequestDenied`; None: a usual one.
    """

    tenant: str | None = None
    path: str | None = None
    status: int
    count: Annotated[int, msgspec.Meta(ge=0)] | None = None  # how many answers; None: until removed
    rate: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    retry_after: Annotated[int, msgspec.Meta(ge=0)] | None = None
    body: Literal["html"] | None = None  # as a gateway answers
    code: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")] | None = None

    def __post_init__(self) -> None:
        if self.status and not 400 <= self.status <= 599:
            raise ValueError(f"{self.status} is no trouble: 0 or 400 to 599")


@dataclass(slots=True)
class Faults:
    """The faults in force."""

    active: list[Fault] = field(default_factory=list)
    dice: random.Random = field(default_factory=lambda: random.Random(7))

    def meet(self, tenant: str | None, address: str) -> Fault | None:
        """The fault that applies to this request, if any."""
        for fault in self.active:
            if fault.tenant not in (None, tenant) or (fault.path or "") not in address:
                continue
            if fault.count == 0 or self.dice.random() >= fault.rate:
                continue
            if fault.count is not None:
                fault.count -= 1
            return fault
        return None


type InTrouble = Callable[[int, dict[str, str], str | None], Response]


def answer(fault: Fault, of_service: InTrouble) -> Response:
    """The answer that the service, or the gateway before it, would give."""
    if fault.status == 0:
        return Response(0, drop=True)
    if fault.body == "html":
        return html(fault.status)
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return of_service(fault.status, headers, fault.code)
