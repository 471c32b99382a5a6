"""Ids of tenants and users, and the scope of a caller: the tenants they may see."""

import re
from dataclasses import dataclass
from typing import NewType

TenantId = NewType("TenantId", str)
UserId = NewType("UserId", str)

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def tenant_id(text: str) -> TenantId:
    """The tenant id in `text`, in lower case. Raises ValueError unless it is a GUID."""
    return TenantId(_guid(text))


def user_id(text: str) -> UserId:
    """The user's object id in `text`, in lower case. Raises ValueError unless it is a GUID."""
    return UserId(_guid(text))


def _guid(text: str) -> str:
    lower = text.strip().lower()
    if not _GUID.fullmatch(lower):
        raise ValueError(f"not a GUID: {text[:60]!r}")
    return lower


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The tenants a caller may see; `tenants` None means all of them."""

    tenants: frozenset[TenantId] | None

    def allows(self, tenant: TenantId) -> bool:
        return self.tenants is None or tenant in self.tenants

    def allows_report(self, tenant: TenantId | None) -> bool:
        """Only a caller who may see all tenants may see the report over all (None)."""
        return self.tenants is None if tenant is None else self.allows(tenant)


EVERY_TENANT = Scope(tenants=None)
