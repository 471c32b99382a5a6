"""Notify: what a run would be, a sample of it, and its start."""

import secrets
from collections import defaultdict
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from sspr_core.model.errors import Invalid
from sspr_core.model.ids import tenant_id
from sspr_core.model.limits import Terms
from sspr_core.ports.services import World
from sspr_core.runs.accept import Accepted, accept, look_ahead
from sspr_core.runs.accept import Request as RunRequest
from sspr_core.runs.plan import Plan
from sspr_core.runs.plan_view import plan_view
from sspr_core.runs.refused import Refusal, RunRefused
from sspr_core.runs.request import Wanted
from sspr_core.status.responses import Json
from sspr_core.web.caller import Caller, scope_of
from sspr_core.web.dependencies import Now, Operator, TheWorld
from sspr_core.web.pages.forms import read_form
from sspr_core.web.pages.render import show
from sspr_core.web.pages.route import PageRoute, read_query
from sspr_core.web.pages.run_choice_page import choice_page
from sspr_core.web.pages.run_form import Asked, asked_of
from sspr_core.web.requests.mail import OfTenant
from sspr_core.web.requests.queries import TenantsQuery
from sspr_core.web.requests.runs import requester

router = APIRouter(route_class=PageRoute, include_in_schema=False)


class NewRunQuery(TenantsQuery):
    tenant: OfTenant = None


@router.get("/p/runs/new")
async def new_run(request: Request, world: TheWorld, caller: Operator, now: Now) -> Response:
    """With a tenant everybody there who is to register; without, which tenants are meant."""
    query = read_query(NewRunQuery, request)
    if query.tenant is None:
        return await choice_page(request, world, caller, query.chosen())
    form = [("tenant", tenant_id(query.tenant)), ("all", "1"), ("filter.to_register", "true")]
    return await _confirmation(request, world, caller, asked_of(form), now=now)


@router.post("/p/runs/new")
async def confirm_run(request: Request, world: TheWorld, caller: Operator, now: Now) -> Response:
    return await _confirmation(request, world, caller, asked_of(await read_form(request)), now=now)


@router.post("/p/runs")
async def start_run(request: Request, world: TheWorld, caller: Operator, now: Now) -> Response:
    """The run's page, however often the same page is sent; or the confirmation again, with what is in the way."""
    asked = asked_of(await read_form(request))
    if wrong := typed_wrong(asked, world.terms):
        return await _confirmation(request, world, caller, asked, now=now, wrong=wrong, status=422)
    try:
        accepted = await _accept(asked, asked.wanted, asked.key, world, caller, now=now)
    except RunRefused as error:
        return await _confirmation(request, world, caller, asked, now=now, refusal=error.refusal, status=409)
    return RedirectResponse(f"/p/runs/{accepted.run.run_id}", 303)


@router.post("/p/runs/sample")
async def send_sample(request: Request, world: TheWorld, caller: Operator, now: Now) -> Response:
    """At once, whatever the run's own begin is; one for each page, however often it is asked for."""
    asked = asked_of(await read_form(request))
    one = Wanted(
        tenants=asked.wanted.tenants,
        users=None,
        template=asked.wanted.template,
        language=asked.wanted.language,
        sample=True,
    )
    try:
        accepted = await _accept(asked, one, f"{asked.key} sample", world, caller, now=now)
    except RunRefused as error:
        return show(request, caller, "run_sampled.html", run=None, told=str(error))
    if request.headers.get("hx-request") != "true":
        return RedirectResponse(f"/p/runs/{accepted.run.run_id}", 303)
    return show(request, caller, "run_sampled.html", run=accepted.run, told=None)


def typed_wrong(asked: Asked, terms: Terms) -> str | None:
    """Why the number is to be typed once more; it protects from starting a large run by a slip."""
    count = asked.recipient_count
    if count is None:
        raise Invalid("recipient_count", "is the number that the confirmation shows")
    if count <= terms.typed_above or asked.typed == str(count):
        return None
    return f"Type {count:,}, the number of recipients."


async def _accept(asked: Asked, wanted: Wanted, key: str, world: World, caller: Caller, *, now: datetime) -> Accepted:
    if not asked.key:
        raise Invalid("key", "is missing; begin again")
    count = None if wanted.sample else asked.recipient_count
    one = RunRequest(wanted=wanted, by=requester(caller), body=asked.body, key=key, recipient_count=count)
    return await accept(one, scope_of(caller), world, now=now)


async def _confirmation(
    request: Request,
    world: World,
    caller: Caller,
    asked: Asked,
    *,
    now: datetime,
    wrong: str | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> Response:
    wanted, scope = asked.wanted, scope_of(caller)
    found = await look_ahead(wanted, requester(caller), scope, world, now=now)
    refusal = found.refusal or refusal
    return show(
        request,
        caller,
        "run_new.html",
        status=status,
        asked=asked,
        plan=plan_view(found, wanted.template, world.post.senders),
        timing=found.timing,
        refusal=refusal,
        may_start=found.refusal is None,
        left_out=names_by_reason(found),
        tenant_names={one.tenant_id: one.display_name for one in await world.tenants.known(scope)},
        key=secrets.token_urlsafe(18),
        typed_above=world.terms.typed_above,
        terms=world.terms,
        numbers=world.post.numbers,
        wrong=wrong,
        typed=asked.typed,
    )


def names_by_reason(found: Plan) -> dict[str, list[Json]]:
    """Those left out, by the reason."""
    people: dict[str, list[Json]] = defaultdict(list)
    for one in found.left_out:
        name = one.display_name or f"User {(one.user_id or '')[:8]}…"
        people[one.reason].append({"name": name, "tenant_id": one.tenant_id})
    return dict(people)
