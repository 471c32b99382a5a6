"""`/_sim/…`: moving time, asking for faults, and looking at what the cloud knows."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import msgspec

from dev.cloud.faults import Fault, Faults
from dev.cloud.http import Request, Response, as_json
from dev.cloud.life import advance, flip
from dev.cloud.mail import Mail
from dev.cloud.tenants import SimTenant


@dataclass(slots=True)
class Stats:
    """Requests answered: by kind and status, and by tenant."""

    by_kind: Counter[str] = field(default_factory=Counter)
    by_tenant: Counter[str] = field(default_factory=Counter)

    def count(self, kind: str, status: int, tenant: str | None) -> None:
        self.by_kind[f"{kind} {status}"] += 1
        if tenant:
            self.by_tenant[tenant] += 1


@dataclass(frozen=True, slots=True)
class Control:
    """Answers the control addresses."""

    tenants: dict[str, SimTenant]
    faults: Faults
    mail: Mail
    stats: Stats

    def answer(self, request: Request) -> Response:
        try:
            content = msgspec.json.decode(request.body or b"{}", type=dict[str, Any])
            return self._answer(request, content, self.tenants.get(content.get("tenant", "")))
        except (KeyError, TypeError, ValueError, msgspec.MsgspecError) as error:
            return as_json(400, {"error": f"{type(error).__name__}: {error}"})

    def _answer(  # noqa: C901 - one flat table of addresses
        self, request: Request, content: dict[str, Any], tenant: SimTenant | None
    ) -> Response:
        match request.method, request.path.removeprefix("/_sim/").split("/"):
            case "POST", ["advance"]:
                advance(list(self.tenants.values()), int(content["days"]), self.mail.mailed())
                return as_json(200, {"advanced": content["days"]})
            case "POST", ["faults"]:
                self.faults.active.append(msgspec.convert(content, Fault))
                return as_json(200, {"active": len(self.faults.active)})
            case "DELETE", ["faults"]:
                self.faults.active.clear()
                return as_json(200, {"active": 0})
            case "GET", ["mailbox"]:
                return as_json(200, [self._mail(one.operation_id) for one in self.mail.accepted.values()])
            case "GET", ["stats"]:
                return as_json(200, {"by_kind": self.stats.by_kind, "by_tenant": self.stats.by_tenant})
            case "DELETE", ["stats"]:
                self.stats.by_kind.clear()
                self.stats.by_tenant.clear()
                return as_json(200, {})
            case "GET", ["directory", tenant_id] if tenant_id in self.tenants:
                return as_json(200, directory(self.tenants[tenant_id]))
            case "POST", ["heal"] if tenant:
                tenant.special = None
                return as_json(200, {"healed": tenant.tenant_id})
            case "POST", ["ail"] if tenant:
                tenant.special = content["special"]
                return as_json(200, {"ails": tenant.tenant_id})
            case "POST", ["change"] if tenant:
                return as_json(200, {"changed": flip(tenant, int(content["users"]))})
        return as_json(404, {"error": "no such control"})

    def _mail(self, operation_id: str) -> dict[str, Any]:
        one = self.mail.accepted[operation_id]
        return {"operation_id": operation_id, "message": one.message}


def directory(tenant: SimTenant) -> dict[str, Any]:
    """The truth about a tenant, to compare with what was stored of it."""
    return {
        "tenant_id": tenant.tenant_id,
        "special": tenant.special,
        "users": [
            {"user": person.user(), "report": person.report_row() if person.reported else None}
            for person in tenant.people
        ],
    }
