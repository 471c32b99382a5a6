"""Whose report a page is about: a tenant's, or the one over all."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from sspr_core.model.errors import NotFound
from sspr_core.model.ids import TenantId, tenant_id
from sspr_core.model.scope import Scope
from sspr_core.ports.services import World

OVER_ALL, OF_TENANT = "/p/reports/all-tenants", "/p/tenants/{tenant_id}/report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """`tenant_id` None: the one over all tenants. `base` is the address of its page."""

    tenant_id: TenantId | None

    @property
    def base(self) -> str:
        return OF_TENANT.format(tenant_id=self.tenant_id) if self.tenant_id else OVER_ALL

    async def name(self, scope: Scope, world: World) -> str:
        """Raises NotFound outside the scope, and for a tenant that is not known."""
        if self.tenant_id is None:
            return "All tenants"
        return (await world.tenants.get(scope, self.tenant_id)).display_name


def _whose(request: Request) -> Whose:
    given = request.path_params.get("tenant_id")
    try:
        return Whose(tenant_id=tenant_id(given) if given else None)
    except ValueError as error:
        raise NotFound(given) from error


TheReport = Annotated[Whose, Depends(_whose)]
