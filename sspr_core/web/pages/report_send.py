"""Send a report now: a question first, then a run."""

from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from sspr_core.model.errors import Invalid
from sspr_core.report.operate import kept_plan
from sspr_core.report.prepare import asked_for, prepare
from sspr_core.report.refused import ReportRefused
from sspr_core.web.caller import scope_of
from sspr_core.web.dependencies import Now, Operator, TheWorld
from sspr_core.web.pages.forms import one, read_form
from sspr_core.web.pages.render import show
from sspr_core.web.pages.report_labels import OF_TENANT, OVER_ALL, TheReport
from sspr_core.web.pages.route import PageRoute
from sspr_core.web.problems import Refused

router = APIRouter(route_class=PageRoute, include_in_schema=False)

MOST_KEY = 200  # characters, as of the API's Idempotency-Key


@router.get(f"{OVER_ALL}/send-now")
@router.get(f"{OF_TENANT}/send-now")
async def ask_to_send(request: Request, world: TheWorld, caller: Operator, whose: TheReport) -> Response:
    """The question before it, in the dialog; a page of its own without htmx. Its key lets two clicks be one report."""
    scope = scope_of(caller)
    return show(
        request,
        caller,
        "report_ask.html",
        part=request.headers.get("hx-request") == "true",
        name=await whose.name(scope, world),
        recipients=(await kept_plan(whose.tenant_id, scope, world.tenants, world.own)).plan.recipients,
        base=whose.base,
        key=str(uuid4()),
    )


@router.post(f"{OVER_ALL}/send-now")
@router.post(f"{OF_TENANT}/send-now")
async def send_now(request: Request, world: TheWorld, caller: Operator, whose: TheReport, now: Now) -> Response:
    key = one(await read_form(request), "key")
    if key is None or len(key) > MOST_KEY:
        raise Invalid("key", "is missing, or too long")
    occasion = asked_for(whose.tenant_id, key, by=caller.object_id, by_name=caller.name)
    try:
        run = await prepare(occasion, scope_of(caller), world, now=now)
    except ReportRefused as error:
        raise Refused(409, error.code, str(error)) from error
    return RedirectResponse(f"{whose.base}?sent={run.run_id}", 303)
