"""What operators set of mails: branding and terms, a tenant's or the default."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from sspr_core.mail.brand_settings import branding_in_force, set_branding, set_mail_terms, terms_in_force
from sspr_core.mail.responses import branding_view, mail_terms_view
from sspr_core.model.ids import TenantId
from sspr_core.ports.services import Services
from sspr_core.web.caller import Caller, scope_of
from sspr_core.web.dependencies import Now, Operator, Reader, TheTenant, TheWorld, as_json
from sspr_core.web.openapi import shapes
from sspr_core.web.openapi.answers import answers
from sspr_core.web.requests.mail import BrandingBody, MailTermsBody
from sspr_core.web.requests.queries import NoQuery

router = APIRouter(prefix="/api/v1/settings", tags=["Mails"])

Nothing = Annotated[NoQuery, Query()]


@router.get("/branding", response_model=None, responses=answers(shapes.BrandingShape, 422))
async def get_default_branding(services: TheWorld, caller: Reader, _query: Nothing) -> Response:
    """The branding of every tenant that has none of its own."""
    return await _branding(services, caller, None)


@router.put("/branding", response_model=None, responses=answers(shapes.BrandingShape, 422))
async def put_default_branding(
    services: TheWorld, caller: Operator, now: Now, body: BrandingBody, _query: Nothing
) -> Response:
    """Set it."""
    await set_branding(None, body.branding(), scope_of(caller), services.tenants, services.own, by=caller.name, now=now)
    return await _branding(services, caller, None)


@router.get("/branding/{tenant_id}", response_model=None, responses=answers(shapes.BrandingShape, 404, 422))
async def get_branding(services: TheWorld, caller: Reader, tenant: TheTenant, _query: Nothing) -> Response:
    """A tenant's own branding, and what is in force: its own over the default."""
    await services.tenants.get(scope_of(caller), tenant)
    return await _branding(services, caller, tenant)


@router.put("/branding/{tenant_id}", response_model=None, responses=answers(shapes.BrandingShape, 404, 422))
async def put_branding(
    services: TheWorld, caller: Operator, tenant: TheTenant, now: Now, body: BrandingBody, _query: Nothing
) -> Response:
    """Set a tenant's own branding; what is left out is the default's."""
    await set_branding(
        tenant, body.branding(), scope_of(caller), services.tenants, services.own, by=caller.name, now=now
    )
    return await _branding(services, caller, tenant)


@router.get("/mail", response_model=None, responses=answers(shapes.MailTermsShape, 422))
async def get_default_mail_terms(services: TheWorld, caller: Reader, _query: Nothing) -> Response:
    """In which language mails are written, and to which address, unless a tenant has its own terms."""
    return await _terms(services, caller, None)


@router.put("/mail", response_model=None, responses=answers(shapes.MailTermsShape, 422))
async def put_default_mail_terms(
    services: TheWorld, caller: Operator, now: Now, body: MailTermsBody, _query: Nothing
) -> Response:
    """Set them."""
    await set_mail_terms(None, body.terms(), scope_of(caller), services.tenants, services.own, by=caller.name, now=now)
    return await _terms(services, caller, None)


@router.get("/mail/{tenant_id}", response_model=None, responses=answers(shapes.MailTermsShape, 404, 422))
async def get_mail_terms(services: TheWorld, caller: Reader, tenant: TheTenant, _query: Nothing) -> Response:
    """A tenant's own terms, and what is in force: its own over the default."""
    await services.tenants.get(scope_of(caller), tenant)
    return await _terms(services, caller, tenant)


@router.put("/mail/{tenant_id}", response_model=None, responses=answers(shapes.MailTermsShape, 404, 422))
async def put_mail_terms(
    services: TheWorld, caller: Operator, tenant: TheTenant, now: Now, body: MailTermsBody, _query: Nothing
) -> Response:
    """Set a tenant's own terms; what is left out is the default's."""
    await set_mail_terms(
        tenant, body.terms(), scope_of(caller), services.tenants, services.own, by=caller.name, now=now
    )
    return await _terms(services, caller, tenant)


async def _branding(services: Services, caller: Caller, tenant: TenantId | None) -> Response:
    scope = scope_of(caller)
    own = await services.own.branding(scope, tenant)
    return as_json(branding_view(tenant, own, await branding_in_force(services.own, scope, tenant, instead=own)))


async def _terms(services: Services, caller: Caller, tenant: TenantId | None) -> Response:
    scope = scope_of(caller)
    own = await services.own.mail_terms(scope, tenant)
    return as_json(mail_terms_view(tenant, own, await terms_in_force(services.own, scope, tenant)))
