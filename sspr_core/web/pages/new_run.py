"""The pages that start a run: choose tenants, confirm, send."""

import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from sspr_core.mail.languages import TEMPLATES
from sspr_core.model.errors import Invalid
from sspr_core.model.ids import TenantId, tenant_id
from sspr_core.model.limits import OperatingLimits
from sspr_core.model.tenant import Lifecycle, TenantRecord
from sspr_core.ports.services import Services
from sspr_core.runs.accept import AcceptedRun, Submission, accept, dry_run
from sspr_core.runs.plan import Plan
from sspr_core.runs.request import MOST_TENANTS, Refusal, RunRefused, RunRequest
from sspr_core.runs.responses import plan_view
from sspr_core.status.responses import Json
from sspr_core.status.tenant_list import TenantFilter
from sspr_core.web.caller import Caller, scope_of
from sspr_core.web.dependencies import Now, Operator, TheWorld
from sspr_core.web.pages.forms import Form, kept, read_form, users_of, value_of, values_of
from sspr_core.web.pages.render import show
from sspr_core.web.pages.route import PageRoute, read_query
from sspr_core.web.requests.mail import TenantQuery
from sspr_core.web.requests.queries import TenantsQuery
from sspr_core.web.requests.runs import requester

router = APIRouter(route_class=PageRoute, include_in_schema=False)


async def choice_page(request: Request, services: Services, caller: Caller, chosen: TenantFilter) -> Response:
    tenants = waiting(await services.tenants.known(scope_of(caller)), chosen)
    return show(
        request,
        caller,
        "run_choice.html",
        tenants=[(one.tenant_id, one.display_name, _count(one)) for one in tenants[:MOST_TENANTS]],
        rest=max(0, len(tenants) - MOST_TENANTS),
    )


def waiting(tenants: Sequence[TenantRecord], chosen: TenantFilter) -> list[TenantRecord]:
    """Tenants that pass the filter and have users to register; those with the most users first."""
    found = [one for one in tenants if one.lifecycle is Lifecycle.ACTIVE and _count(one) and chosen.lets(one)]
    return sorted(found, key=lambda one: (-_count(one), one.display_name.casefold(), one.tenant_id))


def _count(known: TenantRecord) -> int:
    return known.status.counts.to_register_count if known.status.counts else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRunForm:
    """`key`: the idempotency key of the form's page; `recipient_count`: the number it showed; `typed`: the input."""

    wanted: RunRequest
    chosen: Form  # the fields that choose the users, to repeat them
    not_before: str
    key: str
    recipient_count: int | None
    typed: str

    @property
    def body(self) -> bytes:
        """Equal for equal requests, with whatever key."""
        mail = [("template", self.wanted.template), ("language", self.wanted.language or "")]
        return urlencode([*self.chosen, *mail, ("not_before", self.not_before)]).encode()


def asked_of(form: Form) -> NewRunForm:
    """The request in the form. Raises Invalid."""
    not_before = value_of(form, "not_before") or ""
    return NewRunForm(
        wanted=RunRequest(
            tenants=_tenants_of(form),
            users=users_of(form),
            template=value_of(form, "template") or TEMPLATES[0],
            language=value_of(form, "language"),
            not_before=_time_of(not_before) if not_before else None,
        ),
        chosen=[(name, value) for name, value in form if name == "tenant"] + kept(form),
        not_before=not_before,
        key=(value_of(form, "key") or "")[:200],
        recipient_count=_number(value_of(form, "recipient_count") or ""),
        typed="".join(mark for mark in value_of(form, "typed") or "" if mark not in " ,.'\u00a0\u202f"),
    )


def _tenants_of(form: Form) -> list[TenantId]:
    try:
        return [tenant_id(text) for text in values_of(form, "tenant")]
    except ValueError as error:
        raise Invalid("tenant", "has a value that is not one") from error


def _time_of(text: str) -> datetime:
    """A time in the format of browsers' date and time fields; the page says that it is UTC."""
    try:
        return datetime.strptime(text[:16], "%Y-%m-%dT%H:%M").replace(tzinfo=UTC)
    except ValueError as error:
        raise Invalid("not_before", "is not a day and a time") from error


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


class NewRunQuery(TenantsQuery):
    tenant: TenantQuery = None


@router.get("/p/runs/new")
async def new_run(request: Request, services: TheWorld, caller: Operator, now: Now) -> Response:
    """With a tenant: confirm mailing all its users to register. Without: choose tenants."""
    query = read_query(NewRunQuery, request)
    if query.tenant is None:
        return await choice_page(request, services, caller, query.chosen())
    form = [("tenant", tenant_id(query.tenant)), ("all", "1"), ("filter.to_register", "true")]
    return await _confirmation(request, services, caller, asked_of(form), now=now)


@router.post("/p/runs/new")
async def confirm_run(request: Request, services: TheWorld, caller: Operator, now: Now) -> Response:
    return await _confirmation(request, services, caller, asked_of(await read_form(request)), now=now)


@router.post("/p/runs")
async def start_run(request: Request, services: TheWorld, caller: Operator, now: Now) -> Response:
    """Starts the run and shows its page; the same form sent twice starts one run. Or shows the confirmation again, with
    the reason against it.
    """
    asked = asked_of(await read_form(request))
    if wrong := typed_wrong(asked, services.terms):
        return await _confirmation(request, services, caller, asked, now=now, wrong=wrong, status=422)
    try:
        accepted = await _accept(asked, asked.wanted, asked.key, services, caller, now=now)
    except RunRefused as error:
        return await _confirmation(request, services, caller, asked, now=now, refusal=error.refusal, status=409)
    return RedirectResponse(f"/p/runs/{accepted.run.run_id}", 303)


@router.post("/p/runs/sample")
async def send_sample(request: Request, services: TheWorld, caller: Operator, now: Now) -> Response:
    """Sends a sample at once, whenever the run itself begins; one per page, however often it is requested."""
    asked = asked_of(await read_form(request))
    one = RunRequest(
        tenants=asked.wanted.tenants,
        users=None,
        template=asked.wanted.template,
        language=asked.wanted.language,
        sample=True,
    )
    try:
        accepted = await _accept(asked, one, f"{asked.key} sample", services, caller, now=now)
    except RunRefused as error:
        return show(request, caller, "run_sampled.html", run=None, told=str(error))
    if request.headers.get("hx-request") != "true":
        return RedirectResponse(f"/p/runs/{accepted.run.run_id}", 303)
    return show(request, caller, "run_sampled.html", run=accepted.run, told=None)


def typed_wrong(asked: NewRunForm, terms: OperatingLimits) -> str | None:
    """Why the number must be typed again, for a large run; this protects from starting one by mistake. None: it need
    not be.
    """
    count = asked.recipient_count
    if count is None:
        raise Invalid("recipient_count", "is the number that the confirmation shows")
    if count <= terms.typed_above or asked.typed == str(count):
        return None
    return f"Type {count:,}, the number of recipients."


async def _accept(
    asked: NewRunForm, wanted: RunRequest, key: str, services: Services, caller: Caller, *, now: datetime
) -> AcceptedRun:
    if not asked.key:
        raise Invalid("key", "is missing; begin again")
    count = None if wanted.sample else asked.recipient_count
    one = Submission(wanted=wanted, by=requester(caller), body=asked.body, key=key, recipient_count=count)
    return await accept(one, scope_of(caller), services, now=now)


async def _confirmation(
    request: Request,
    services: Services,
    caller: Caller,
    asked: NewRunForm,
    *,
    now: datetime,
    wrong: str | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> Response:
    wanted, scope = asked.wanted, scope_of(caller)
    found = await dry_run(wanted, requester(caller), scope, services, now=now)
    refusal = found.refusal or refusal
    return show(
        request,
        caller,
        "run_new.html",
        status=status,
        asked=asked,
        plan=plan_view(found, wanted.template, services.post.senders),
        timing=found.timing,
        refusal=refusal,
        may_start=found.refusal is None,
        left_out=names_by_reason(found),
        tenant_names={one.tenant_id: one.display_name for one in await services.tenants.known(scope)},
        key=secrets.token_urlsafe(18),
        typed_above=services.terms.typed_above,
        terms=services.terms,
        numbers=services.post.numbers,
        wrong=wrong,
        typed=asked.typed,
    )


def names_by_reason(found: Plan) -> dict[str, list[Json]]:
    """The omitted recipients, by reason."""
    people: dict[str, list[Json]] = defaultdict(list)
    for one in found.left_out:
        name = one.display_name or f"User {(one.user_id or '')[:8]}…"
        people[one.reason].append({"name": name, "tenant_id": one.tenant_id})
    return dict(people)
