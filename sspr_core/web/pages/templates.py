"""The page of templates and own words, with a preview of unsaved changes."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field

from sspr_core.mail.brand_settings import set_words
from sspr_core.mail.languages import TEMPLATES, known
from sspr_core.mail.template_sample import sample
from sspr_core.model.custom_texts import PLACEHOLDERS
from sspr_core.model.errors import Conflict, Invalid, NotFound
from sspr_core.model.ids import TenantId
from sspr_core.ports.services import Services
from sspr_core.web.caller import Caller, scope_of
from sspr_core.web.dependencies import Now, Operator, Reader, TheTenant, TheWorld
from sspr_core.web.pages.forms import Form, checked, read_form
from sspr_core.web.pages.mail_preview import framed
from sspr_core.web.pages.render import environment, show
from sspr_core.web.pages.route import PageRoute, read_query
from sspr_core.web.requests.mail import Language, OfOneTenant, WordsBody

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Template = Annotated[str, Field(pattern=f"^({'|'.join(TEMPLATES)})$")]


class TemplatesQuery(OfOneTenant):
    template: Template = TEMPLATES[0]
    language: Language = "en"
    saved: str | None = None


@router.get("/p/templates")
async def templates_page(request: Request, services: TheWorld, caller: Reader) -> Response:
    query = read_query(TemplatesQuery, request)
    return await _page(request, services, caller, query)


@router.post("/p/templates")
async def save_words(request: Request, services: TheWorld, caller: Operator, now: Now) -> Response:
    """Saves own words; shows an error beside its field and keeps what was typed."""
    form = await read_form(request)
    query = _query_of(form)
    typed = {name: value for name, value in form if name in ("subject", "opening", "closing")}
    try:
        body = checked(WordsBody, form)
        await set_words(
            body.words(),
            scope_of(caller),
            services.tenants,
            services.own,
            tenant=query.tenant_id,
            template=query.template,
            language=query.language,
            version=body.version,
            by=caller.name,
            now=now,
        )
    except Invalid as error:
        return await _page(request, services, caller, query, typed=typed, wrong={error.field: str(error)}, status=422)
    except Conflict:
        wrong = {"": "Somebody else has saved these words meanwhile. Compare with theirs, then save again."}
        return await _page(request, services, caller, query, typed=typed, wrong=wrong, status=409)
    tenant = f"&tenant={query.tenant}" if query.tenant else ""
    return RedirectResponse(f"/p/templates?template={query.template}&language={query.language}{tenant}&saved=yes", 303)


@router.get("/p/templates/preview")
async def preview(request: Request, services: TheWorld, caller: Reader) -> Response:
    """The email as saved, for a frame."""
    query = read_query(TemplatesQuery, request)
    made = await sample(
        query.template,
        scope_of(caller),
        services.tenants,
        services.own,
        tenant=query.tenant_id,
        language=query.language,
    )
    return framed(made.message.html)


@router.post("/p/templates/preview")
async def preview_of_typed(request: Request, services: TheWorld, caller: Reader) -> Response:
    """The email with the form's current values, or the form's errors."""
    form = await read_form(request)
    query = _query_of(form)
    try:
        made = await sample(
            query.template,
            scope_of(caller),
            services.tenants,
            services.own,
            tenant=query.tenant_id,
            language=query.language,
            words=checked(WordsBody, form).words(),
        )
    except Invalid as error:
        return wrong_in_frame(f"{error.field}: {error}")
    return framed(made.message.html)


@router.get("/p/tenants/{tenant_id}/preview")
async def preview_for_tenant(
    services: TheWorld,
    caller: Reader,
    tenant: TheTenant,
    template: Annotated[str, Query(max_length=40)],
    language: Annotated[str, Query(max_length=20)],
) -> Response:
    """The email of a draft for this tenant's users."""
    made = await sample(template, scope_of(caller), services.tenants, services.own, tenant=tenant, language=language)
    return framed(made.message.html)


def wrong_in_frame(text: str) -> HTMLResponse:
    return framed(environment().get_template("frame_error.html").render(text=text))


async def choices(services: Services, caller: Caller) -> list[tuple[TenantId, str]]:
    """The tenants that can have their own settings, by name."""
    known_tenants = await services.tenants.known(scope_of(caller))
    ours = [(one.tenant_id, one.display_name) for one in known_tenants if one.tenant.in_relationship]
    return sorted(ours, key=lambda one: one[1].casefold())


async def _page(
    request: Request,
    services: Services,
    caller: Caller,
    query: TemplatesQuery,
    *,
    typed: dict[str, str] | None = None,
    wrong: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    scope = scope_of(caller)
    made = await sample(
        query.template, scope, services.tenants, services.own, tenant=query.tenant_id, language=query.language
    )
    words = await services.own.words(scope, query.tenant_id, query.template, query.language)
    letter = known()[query.language].letter(query.template)
    return show(
        request,
        caller,
        "mail_templates.html",
        status=status,
        chosen=query,
        tenants=await choices(services, caller),
        templates={one: known()["en"].letter(one).name for one in TEMPLATES},
        languages={tag: texts.name for tag, texts in known().items()},
        message=made.message,
        letter=letter,
        own={name: (typed or {}).get(name, getattr(words, name) or "") for name in ("subject", "opening", "closing")},
        version=words.version,
        placeholders=PLACEHOLDERS,
        wrong=wrong or {},
        saved=query.saved == "yes",
    )


def _query_of(form: Form) -> TemplatesQuery:
    try:
        return checked(TemplatesQuery, form)
    except Invalid as error:
        raise NotFound("template") from error
