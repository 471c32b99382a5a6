"""What routes depend on: the services, a caller with the required role, the time; and JSON answers."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Path, Request, Response, Security
from fastapi.openapi.models import OpenIdConnect
from fastapi.security.base import SecurityBase

from sspr_core.model.clock import Clock
from sspr_core.model.ids import TenantId, tenant_id
from sspr_core.ports.services import Services
from sspr_core.web.caller import Caller, Forbidden, Role, caller_of


def world_of(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


SIGN_IN = "entra"  # the security scheme's name in the OpenAPI document


class RequiredRole(SecurityBase):
    """The caller, who must have at least this role.

    It is a security scheme, so that the OpenAPI document names the enforced role for each operation.
    """

    def __init__(self, role: Role) -> None:
        self._role = role
        self.model = OpenIdConnect(openIdConnectUrl="")  # depends on the installation: set in the OpenAPI document
        self.scheme_name = SIGN_IN

    async def __call__(self, request: Request) -> Caller:
        found = caller_of(request.headers, world_of(request).terms)
        if found.role < self._role:
            raise Forbidden(f"This needs the role {self._role.name.title()}.")
        return found


def needs(role: Role) -> Any:
    """The annotation of a route's parameter that gets the caller and requires this role."""
    return Security(RequiredRole(role), scopes=[role.name.title()])


GUID = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"


def _tenant(
    tenant_id_: Annotated[
        str,
        Path(
            alias="tenant_id",
            pattern=GUID,
            description="The tenant's id",
            examples=["6f1c5ff5-9d2e-4a6b-8a51-1f8f3e5f7a10"],
        ),
    ],
) -> TenantId:
    return tenant_id(tenant_id_)


def now_of(request: Request) -> datetime:
    """The time by the app's clock."""
    clock: Clock = request.app.state.clock
    return clock()


TheWorld = Annotated[Services, Depends(world_of)]
Reader = Annotated[Caller, needs(Role.READER)]
Operator = Annotated[Caller, needs(Role.OPERATOR)]
Admin = Annotated[Caller, needs(Role.ADMIN)]
TheTenant = Annotated[TenantId, Depends(_tenant)]
Now = Annotated[datetime, Depends(now_of)]


def as_json(content: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(content), status, headers, media_type="application/json")
