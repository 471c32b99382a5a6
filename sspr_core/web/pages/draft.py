"""The dialog of drafts: the recipients, the email, and the ways to open it."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from sspr_core.mail.drafts import DraftRequest, Mode, prepare
from sspr_core.mail.languages import TEMPLATES, known
from sspr_core.mail.responses import drafts_view
from sspr_core.model.errors import Invalid
from sspr_core.model.ids import TenantId
from sspr_core.web.caller import scope_of
from sspr_core.web.dependencies import Reader, TheTenant, TheWorld
from sspr_core.web.downloads import download
from sspr_core.web.pages.forms import Form, kept, read_form, users_of, value_of
from sspr_core.web.pages.render import show
from sspr_core.web.pages.route import PageRoute

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.post("/p/tenants/{tenant_id}/draft")
async def draft_part(request: Request, services: TheWorld, caller: Reader, tenant: TheTenant) -> Response:
    """The dialog's content; without htmx a full page."""
    form = await read_form(request)
    wanted = wanted_of(form, tenant)
    made = await prepare(wanted, scope_of(caller), services.tenants, services.registrations, services.own)
    view = drafts_view(made)
    return show(
        request,
        caller,
        "draft.html" if request.headers.get("hx-request") == "true" else "draft_page.html",
        base=f"/p/tenants/{tenant}",
        tenant_name=made.tenant_name,
        drafts=view["drafts"],
        left_out=view["left_out"],
        kept=kept(form),
        templates={one: known()["en"].letter(one).name for one in TEMPLATES},
        languages={tag: texts.name for tag, texts in known().items()},
        template=wanted.template,
        language=wanted.language or "",
        mode=wanted.mode,
    )


@router.post("/p/tenants/{tenant_id}/draft.eml")
async def draft_file(request: Request, services: TheWorld, caller: Reader, tenant: TheTenant) -> Response:
    """The draft as a file, or several as a zip."""
    wanted = wanted_of(await read_form(request), tenant)
    return download(await prepare(wanted, scope_of(caller), services.tenants, services.registrations, services.own))


def wanted_of(form: Form, tenant: TenantId) -> DraftRequest:
    """The request in the form. Raises Invalid."""
    try:
        mode = Mode(value_of(form, "mode") or Mode.BCC)
    except ValueError as error:
        raise Invalid("form", "has a value that is not one") from error
    return DraftRequest(
        tenant=tenant,
        users=users_of(form),
        template=value_of(form, "template") or TEMPLATES[0],
        language=value_of(form, "language"),
        mode=mode,
    )
