"""`/_sim/…`: moves time, adds faults, and shows the cloud's state."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import msgspec

from dev.cloud import mail_control
from dev.cloud.faults import Fault, Faults
from dev.cloud.http import Request, Response, as_json
from dev.cloud.life import advance, flip, subscribe
from dev.cloud.mail import Mail
from dev.cloud.tenants import MAY_BE_GRANTED, SPECIAL, SimTenant


@dataclass(slots=True)
class Stats:
    """Requests answered: by kind and status, and by tenant."""

    by_kind: Counter[str] = field(default_factory=Counter)
    by_tenant: Counter[str] = field(default_factory=Counter)

    def count(self, kind: str, status: int, tenant: str | None) -> None:
        self.by_kind[f"{kind} {status}"] += 1
        if tenant:
            self.by_tenant[tenant] += 1


class Advance(msgspec.Struct, forbid_unknown_fields=True):
    days: Annotated[int, msgspec.Meta(ge=0, le=3650)]


class Heal(msgspec.Struct, forbid_unknown_fields=True):
    tenant: str

    def apply(self, tenant: SimTenant) -> Response:
        tenant.special = None
        return as_json(200, {"healed": self.tenant})


class Ail(msgspec.Struct, forbid_unknown_fields=True):
    tenant: str
    special: str

    def __post_init__(self) -> None:
        if self.special not in SPECIAL:
            raise ValueError(f"{self.special} is none of {', '.join(SPECIAL)}")

    def apply(self, tenant: SimTenant) -> Response:
        tenant.special = self.special
        return as_json(200, {"ails": self.tenant})


class Grant(msgspec.Struct, forbid_unknown_fields=True):
    """What the tenant's administrators have consented to, as of the next token."""

    tenant: str
    permissions: list[str]

    def __post_init__(self) -> None:
        if unknown := set(self.permissions) - MAY_BE_GRANTED:
            raise ValueError(f"{', '.join(sorted(unknown))}: none of {', '.join(sorted(MAY_BE_GRANTED))}")

    def apply(self, tenant: SimTenant) -> Response:
        tenant.granted = frozenset(self.permissions)
        return as_json(200, {"granted": sorted(tenant.granted)})


class Licence(msgspec.Struct, forbid_unknown_fields=True):
    """Changes the tenant's premium subscriptions from now on."""

    tenant: str
    stage: Literal["ending", "ended", "renewed"]

    def apply(self, tenant: SimTenant) -> Response:
        return as_json(200, {"products": subscribe(tenant, self.stage)})


class Change(msgspec.Struct, forbid_unknown_fields=True):
    tenant: str
    users: Annotated[int, msgspec.Meta(ge=0)]

    def apply(self, tenant: SimTenant) -> Response:
        return as_json(200, {"changed": flip(tenant, self.users)})


_OF_ONE_TENANT: dict[str, type[Heal | Ail | Grant | Licence | Change]] = {
    "heal": Heal,
    "ail": Ail,
    "grant": Grant,
    "licence": Licence,
    "change": Change,
}


@dataclass(frozen=True, slots=True)
class Control:
    """Answers the control addresses."""

    tenants: dict[str, SimTenant]
    partner: str
    faults: Faults
    mail: Mail
    stats: Stats

    def answer(self, request: Request) -> Response:
        try:
            found = self._changed(request) or self._seen(request) or mail_control.answer(self.mail, request)
            return found or as_json(404, {"error": "no such control"})
        except (ValueError, msgspec.MsgspecError) as error:
            return as_json(400, {"error": f"{type(error).__name__}: {error}"})

    def _changed(self, request: Request) -> Response | None:
        """Handles `POST`; None when the control or the tenant is unknown."""
        name, body = request.path.removeprefix("/_sim/"), request.body or b"{}"
        if request.method != "POST":
            return None
        if name == "advance":
            days = msgspec.json.decode(body, type=Advance).days
            advance(list(self.tenants.values()), days, self.mail.mailed())
            return as_json(200, {"advanced": days})
        if name == "faults":
            fault = msgspec.json.decode(body, type=Fault)
            if fault.tenant not in (None, self.partner, *self.tenants):
                raise ValueError(f"there is no tenant {fault.tenant}")
            self.faults.active.append(fault)
            return as_json(200, {"active": len(self.faults.active)})
        if name not in _OF_ONE_TENANT:
            return None
        wanted = msgspec.json.decode(body, type=_OF_ONE_TENANT[name])
        tenant = self.tenants.get(wanted.tenant)
        return wanted.apply(tenant) if tenant else None

    def _seen(self, request: Request) -> Response | None:
        match request.method, request.path.removeprefix("/_sim/").split("/"):
            case "DELETE", ["faults"]:
                self.faults.active.clear()
                return as_json(200, {"active": 0})
            case "GET", ["stats"]:
                return as_json(200, {"by_kind": self.stats.by_kind, "by_tenant": self.stats.by_tenant})
            case "DELETE", ["stats"]:
                self.stats.by_kind.clear()
                self.stats.by_tenant.clear()
                return as_json(200, {})
            case "GET", ["directory", tenant_id] if tenant_id in self.tenants:
                return as_json(200, directory(self.tenants[tenant_id]))
        return None


def directory(tenant: SimTenant) -> dict[str, Any]:
    """A tenant's real directory, to compare with what the app stored."""
    return {
        "tenant_id": tenant.tenant_id,
        "special": tenant.special,
        "users": [
            {"user": person.user(), "report": person.report_row() if person.reported else None}
            for person in tenant.people
        ],
    }
