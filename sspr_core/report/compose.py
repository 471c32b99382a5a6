"""Composes one report from stored data: its figures, email and files."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from msgspec import structs

from sspr_core.mail.brand_settings import branding_in_force, terms_in_force
from sspr_core.model.branding import Branding
from sspr_core.model.ids import Scope, TenantId
from sspr_core.model.registration import StoredUser
from sspr_core.model.report import Letter, Report
from sspr_core.model.report_plan import ReportPlan
from sspr_core.model.tenant import Lifecycle
from sspr_core.ports.services import Services
from sspr_core.ports.storage import OperatorSettings, Registrations
from sspr_core.report.activity import ActivityCollector, Named, registered_since, runs_since
from sspr_core.report.attachment_columns import tenants_attached, to_register, users_attached
from sspr_core.report.attachments import AttachmentSet
from sspr_core.report.email import letter
from sspr_core.report.figures import ReportInput, report_over_all, tenant_report, tenant_rows
from sspr_core.report.languages import known as languages

MOST_LOOKED_AT = 20_000  # users, for a preview
_PAGE = 999  # plus one row that shows whether there are more: 1,000, a page of storage
_ENGLISH = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    report: Report
    letter: Letter
    branding: Branding


async def compose(
    plan: ReportPlan,
    tenant: TenantId | None,
    scope: Scope,
    services: Services,
    *,
    due_at: datetime | None = None,
    now: datetime,
    most_bytes: int = 0,
) -> Composed:
    """Compose the report as it would be sent now, with files of together at most `most_bytes`; 0: a preview.

    A preview takes names from the first 20,000 users only, so that it is quick. Raises NotFound outside the scope.
    """
    last = await services.reports.last(scope, tenant, before=now)
    asked = ReportInput(
        plan=plan,
        language=await _language(plan, services.own, scope, tenant),
        now=now,
        due_at=due_at,
        last=last.report if last else None,
    )
    if not most_bytes:
        asked = replace(asked, plan=structs.replace(plan, attachments=()))
    if tenant is None:
        report, made = await _over_all(asked, scope, services, most_bytes=most_bytes)
    else:
        report, made = await _of_tenant(tenant, asked, scope, services, most_bytes=most_bytes)
    branding = await branding_in_force(services.own, scope, tenant)
    written = letter(report, branding, left_out=made.left_out, public_url=services.terms.public_url)
    return Composed(report=report, letter=replace(written, attachments=made.files), branding=branding)


async def _of_tenant(
    tenant: TenantId, asked: ReportInput, scope: Scope, services: Services, *, most_bytes: int
) -> tuple[Report, AttachmentSet]:
    known, plan, named = await services.tenants.get(scope, tenant), asked.plan, Named()
    with users_attached(plan, asked.language, known.display_name, made_at=asked.now, most_bytes=most_bytes) as files:
        if plan.names:  # else no user's row needs to be read
            async for users in _users(
                services.registrations, scope, tenant, most=None if most_bytes else MOST_LOOKED_AT
            ):
                named.add(users)
                await asyncio.to_thread(files.add, to_register(users))  # a workbook is slow to write
        made = await asyncio.to_thread(files.made)
    since = await _since(tenant, [tenant], asked, scope, services)
    return tenant_report(known, asked, named, since, services.terms), made


async def _over_all(
    asked: ReportInput, scope: Scope, services: Services, *, most_bytes: int
) -> tuple[Report, AttachmentSet]:
    tenants = await services.tenants.known(scope)
    active = [known.tenant_id for known in tenants if known.lifecycle is Lifecycle.ACTIVE]
    since = await _since(None, active, asked, scope, services)
    with tenants_attached(asked.plan, asked.language, made_at=asked.now, most_bytes=most_bytes) as files:
        await asyncio.to_thread(files.add, tenant_rows(tenants, asked, services.terms))
        made = await asyncio.to_thread(files.made)
    return report_over_all(tenants, asked, since, services.terms), made


async def _since(
    tenant: TenantId | None, tenants: Sequence[TenantId], asked: ReportInput, scope: Scope, services: Services
) -> ActivityCollector:
    if asked.since is None or asked.known_until is None:
        return ActivityCollector()
    found = await registered_since(
        services.registrations, scope, tenants, since=asked.known_until, named=asked.plan.names and tenant is not None
    )
    runs = await runs_since(services.post, tenant, found.newly, since=asked.since, until=asked.now)
    return ActivityCollector(newly=found.newly, people=found.people, runs=runs)


async def _users(
    registrations: Registrations, scope: Scope, tenant: TenantId, *, most: int | None
) -> AsyncIterator[list[StoredUser]]:
    after, count = None, 0
    while True:
        users, after = await registrations.users(scope, tenant, after=after, limit=_PAGE)
        yield users
        count += len(users)
        if after is None or (most is not None and count >= most):
            return


async def _language(plan: ReportPlan, own: OperatorSettings, scope: Scope, tenant: TenantId | None) -> str:
    """The plan's language, else the tenant's, else the default; English if there are no report texts in it."""
    wanted = plan.language or (await terms_in_force(own, scope, tenant)).language or _ENGLISH
    return wanted if wanted in languages() else _ENGLISH
