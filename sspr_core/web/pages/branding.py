"""The page of branding and of the emails' language and address, for one tenant or as the default."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from sspr_core.mail.brand_settings import branding_in_force, set_branding, set_mail_terms, terms_in_force
from sspr_core.mail.languages import TEMPLATES, known
from sspr_core.mail.template_sample import sample
from sspr_core.model.branding import Branding
from sspr_core.model.errors import Invalid, NotFound
from sspr_core.model.mail_service import Senders
from sspr_core.ports.services import Services
from sspr_core.web.caller import Caller, scope_of
from sspr_core.web.dependencies import Now, Operator, Reader, TheWorld
from sspr_core.web.pages.forms import Form, checked, read_form
from sspr_core.web.pages.mail_preview import framed
from sspr_core.web.pages.render import show
from sspr_core.web.pages.route import PageRoute, read_query
from sspr_core.web.pages.templates import choices, wrong_in_frame
from sspr_core.web.requests.mail import BrandingBody, MailTermsBody, OfOneTenant

router = APIRouter(route_class=PageRoute, include_in_schema=False)

SENDER_NAME_HINT = (
    "Shown beside the sender address of prepared mails. Emails that the app sends show the name that the mail service "
    "has for the address."
)
FIELDS = tuple(Branding.__struct_fields__)


class BrandingQuery(OfOneTenant):
    saved: str | None = None


@router.get("/p/branding")
async def branding_page(request: Request, services: TheWorld, caller: Reader) -> Response:
    return await _page(request, services, caller, read_query(BrandingQuery, request))


@router.post("/p/branding")
async def save_branding(request: Request, services: TheWorld, caller: Operator, now: Now) -> Response:
    """Saves the fields of both forms; shows an error beside its field and keeps what was typed."""
    form = await read_form(request)
    query = _query_of(form)
    tenant, scope = query.tenant_id, scope_of(caller)
    try:
        branding, terms = checked(BrandingBody, form).branding(), checked(MailTermsBody, form).terms()
        await set_branding(tenant, branding, scope, services.tenants, services.own, by=caller.name, now=now)
        await set_mail_terms(tenant, terms, scope, services.tenants, services.own, by=caller.name, now=now)
    except Invalid as error:
        return await _page(
            request, services, caller, query, typed=dict(form), wrong={error.field: str(error)}, status=422
        )
    return RedirectResponse(f"/p/branding?saved=yes{f'&tenant={query.tenant}' if query.tenant else ''}", 303)


@router.get("/p/branding/preview")
async def preview(request: Request, services: TheWorld, caller: Reader) -> Response:
    query = read_query(BrandingQuery, request)
    made = await sample(
        TEMPLATES[0], scope_of(caller), services.tenants, services.own, tenant=query.tenant_id, language=None
    )
    return framed(made.message.html)


@router.post("/p/branding/preview")
async def preview_of_typed(request: Request, services: TheWorld, caller: Reader) -> Response:
    """The email with the form's current values, or the form's errors."""
    form = await read_form(request)
    try:
        made = await sample(
            TEMPLATES[0],
            scope_of(caller),
            services.tenants,
            services.own,
            tenant=_query_of(form).tenant_id,
            language=None,
            branding=checked(BrandingBody, form).branding(),
        )
    except Invalid as error:
        return wrong_in_frame(f"{error.field}: {error}")
    return framed(made.message.html)


async def _page(
    request: Request,
    services: Services,
    caller: Caller,
    query: BrandingQuery,
    *,
    typed: dict[str, str] | None = None,
    wrong: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    tenant, scope = query.tenant_id, scope_of(caller)
    if tenant:
        await services.tenants.get(scope, tenant)
    own, terms = await services.own.branding(scope, tenant), await services.own.mail_terms(scope, tenant)
    stored = {name: getattr(own, name) or "" for name in FIELDS} | {
        "language": terms.language or "",
        "use_other_mails": "" if terms.use_other_mails is None else str(terms.use_other_mails).lower(),
    }
    force = await branding_in_force(services.own, scope, None if tenant else tenant)
    return show(
        request,
        caller,
        "branding.html",
        status=status,
        sender_hint=sender_hint(own.over(force), services.post.senders),
        sender_name_hint=SENDER_NAME_HINT,
        chosen=query,
        tenants=await choices(services, caller),
        languages={tag: texts.name for tag, texts in known().items()},
        own=stored | (typed or {}),
        force=force,
        terms_force=await terms_in_force(services.own, scope, None),
        wrong=wrong or {},
        saved=query.saved == "yes",
    )


def sender_hint(branding: Branding, senders: Senders) -> str:
    """Explains the sender address: always used for prepared emails; for the app's own only if the settings name it."""
    prepared = "From whom a prepared mail comes; left empty, from the person who opens it."
    if not senders.usual:
        return prepared
    if unknown := senders.not_used(branding):
        return f"{prepared} Emails that the app sends leave from {senders.usual}: SSPR_MAIL_SENDERS lacks {unknown}."
    if branding.sender_address:
        return f"{prepared} Emails that the app sends leave from {senders.in_effect(branding)} too."
    return (
        f"{prepared} Emails that the app sends leave from {senders.usual}, unless SSPR_MAIL_SENDERS has this address."
    )


def _query_of(form: Form) -> BrandingQuery:
    try:
        return checked(BrandingQuery, form)
    except Invalid as error:
        raise NotFound("tenant") from error
