"""Decides which users of a tenant get an email of a run, and why the others do not."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sspr_core.mail.brand_settings import terms_in_force
from sspr_core.mail.compose import message_settings
from sspr_core.mail.selection import Chosen, Recipients, chosen_by_filter, chosen_by_id, split_recipients
from sspr_core.model.delivery import NEVER, DeliveryState
from sspr_core.model.ids import Scope, TenantId, UserId
from sspr_core.model.recipient import Contact, Recipient
from sspr_core.model.run import Pinned, PinnedRecipient, Run, RunState
from sspr_core.model.tenant import Lifecycle, TenantRecord
from sspr_core.model.user_filter import UserFilter
from sspr_core.ports.mail import MOST_PER_PAGE, Mailing
from sspr_core.ports.services import Services
from sspr_core.ports.storage import OperatorSettings
from sspr_core.runs.request import OmissionReason, OmittedRecipient, RunRequest

type Person = tuple[TenantId, UserId]

OLDEST_SNAPSHOT = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """`people` may still get emails from other runs. `waiting_count`: emails without a slot; the pacing row counts
    those that have one.
    """

    people: frozenset[Person]
    waiting_count: int


async def elsewhere(post: Mailing, *, before: datetime, now: datetime) -> Elsewhere:
    """Return what other runs still have to send. Emails of a run that begins after `before` wait behind this run's."""
    people: set[Person] = set()
    waiting_count = 0
    for run in await post.runs.unfinished(now=now):
        first = run.state.sends and (run.not_before or now) <= before
        if run.test or not (states := _may_be_mailed(run)):
            continue
        async for rows in post.deliveries.pages(run.run_id, states=states):
            people.update((one.tenant_id, one.user_id) for one in rows if one.to_user)
            if first:
                waiting_count += sum(one.state is not DeliveryState.CLAIMED and one.due_at == NEVER for one in rows)
        if run.state.unfinished and not run.expanded:
            async for some in _not_expanded(run, post):
                if run.report is None:
                    people.update((one.tenant_id, one.user_id) for one in some)
                waiting_count += len(some) if first else 0
    return Elsewhere(people=frozenset(people), waiting_count=waiting_count)


def _may_be_mailed(run: Run) -> frozenset[DeliveryState]:
    """States in which an email of this run may still be sent, or may have been sent without the app knowing."""
    if not run.state.unfinished:  # after a cancel, claimed rows are still looked up at the mail service
        return frozenset({DeliveryState.CLAIMED}) if run.state is RunState.CANCELLED else frozenset()
    states = {DeliveryState.PENDING, DeliveryState.CLAIMED}
    if run.number_of_pass and not run.expanded:  # this pass is about to retry them
        states |= {DeliveryState.FAILED, DeliveryState.UNSURE} if run.unsure_too else {DeliveryState.FAILED}
    return frozenset(states)


async def _not_expanded(run: Run, post: Mailing) -> AsyncIterator[list[PinnedRecipient]]:
    """Recipients of a first pass that may have no row yet. Some may have been mailed already, but none is missing."""
    if run.number_of_pass:
        return
    first = run.cursor // MOST_PER_PAGE
    for page in range(first, run.page_count):
        some = await post.runs.recipients(run.run_id, page)
        yield list(some[run.cursor - first * MOST_PER_PAGE :] if page == first else some)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Every chosen user is in exactly one of the two."""

    recipients: tuple[PinnedRecipient, ...]
    left_out: tuple[OmittedRecipient, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailHistory:
    """Earlier and planned emails to a tenant's users; users mailed after `mailed_since` are left out."""

    contacts: Mapping[UserId, Contact]
    elsewhere: Collection[Person]
    mailed_since: datetime


def tenant_block_reason(known: TenantRecord, *, now: datetime) -> OmissionReason | None:
    """Why no user of the tenant may be mailed; None: they may."""
    if known.lifecycle is not Lifecycle.ACTIVE:
        return OmissionReason.TENANT_INACTIVE
    at = known.status.last_success_at
    return OmissionReason.SNAPSHOT_STALE if at is None or now - at > OLDEST_SNAPSHOT else None


def audience(known: TenantRecord, chosen: Recipients, past: MailHistory) -> Audience:
    """Decide for each chosen user. Keeps their order, which is by display name."""
    tenant = known.tenant_id
    left_out = [
        OmittedRecipient(
            tenant_id=tenant,
            user_id=one.user_id,
            display_name=one.display_name,
            reason=OmissionReason(one.reason.value),
        )
        for one in chosen.left_out
    ]
    recipients: list[PinnedRecipient] = []
    for one in chosen.recipients:
        if why := _left_alone(tenant, one, past):
            left_out.append(
                OmittedRecipient(tenant_id=tenant, user_id=one.user_id, display_name=one.display_name, reason=why)
            )
        else:
            recipients.append(_pinned(tenant, one))
    return Audience(recipients=tuple(recipients), left_out=tuple(left_out))


def exclude_all(known: TenantRecord, chosen: Recipients, why: OmissionReason) -> Audience:
    """Leave out every chosen user of a blocked tenant; if there is none, one entry names the tenant itself."""
    tenant = known.tenant_id
    names: dict[UserId, str | None] = {one.user_id: one.display_name for one in chosen.recipients}
    names |= {one.user_id: one.display_name for one in chosen.left_out}
    users = [
        OmittedRecipient(tenant_id=tenant, user_id=one, display_name=name, reason=why) for one, name in names.items()
    ]
    itself = OmittedRecipient(tenant_id=tenant, user_id=None, display_name=known.display_name, reason=why)
    return Audience(recipients=(), left_out=tuple(users or [itself]))


def _left_alone(tenant: TenantId, one: Recipient, past: MailHistory) -> OmissionReason | None:
    contact = past.contacts.get(one.user_id)
    if contact and contact.is_suppressed(one.address):
        return OmissionReason.SUPPRESSED
    if (tenant, one.user_id) in past.elsewhere:
        return OmissionReason.IN_ANOTHER_RUN
    if contact and contact.last_emailed_at is not None and contact.last_emailed_at > past.mailed_since:
        return OmissionReason.COOLED_DOWN
    return None


def _pinned(tenant: TenantId, one: Recipient) -> PinnedRecipient:
    return PinnedRecipient(
        tenant_id=tenant,
        user_id=one.user_id,
        address=one.address,
        display_name=one.display_name,
        language=one.language,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantPlan:
    """One tenant's part of the plan. `missing`: chosen ids that no user of this tenant has."""

    audience: Audience
    missing: frozenset[UserId]
    pinned: Mapping[str, Pinned]

    @property
    def chosen_count(self) -> int:
        return len(self.audience.recipients) + len(self.audience.left_out)


async def of_tenant(
    known: TenantRecord,
    wanted: RunRequest,
    scope: Scope,
    services: Services,
    *,
    elsewhere: Collection[Person],
    most: int,
    now: datetime,
) -> TenantPlan:
    """Plan one tenant. Raises NotFound outside the scope, Invalid when the filter selects more than `most` users."""
    tenant = known.tenant_id
    chosen, terms = await asyncio.gather(
        _chosen(known, wanted, scope, services, most=most), terms_in_force(services.own, scope, tenant)
    )
    sorted_out = split_recipients(replace(chosen, missing=()), terms, language=wanted.language)
    if why := tenant_block_reason(known, now=now):
        found = exclude_all(known, sorted_out, why)
    else:
        past = MailHistory(
            contacts=await services.post.contacts.of(tenant, [one.user_id for one in sorted_out.recipients]),
            elsewhere=elsewhere,
            mailed_since=wanted.begins_at(now) - services.terms.cool_down,
        )
        found = audience(known, sorted_out, past)
    languages = {one.language for one in found.recipients}
    return TenantPlan(
        audience=found,
        missing=frozenset(chosen.missing),
        pinned=await pin(services.own, scope, tenant, wanted.template, languages),
    )


async def _chosen(known: TenantRecord, wanted: RunRequest, scope: Scope, services: Services, *, most: int) -> Chosen:
    match wanted.users:
        case UserFilter() as by:
            count = known.status.user_count or 0
            return await chosen_by_filter(
                services.registrations, scope, known.tenant_id, by, user_count=count, most=most
            )
        case None:
            return Chosen(users=())
        case ids:
            return await chosen_by_id(services.registrations, scope, known.tenant_id, ids)


async def pin(
    own: OperatorSettings, scope: Scope, tenant: TenantId, template: str, languages: Collection[str]
) -> dict[str, Pinned]:
    """The current branding and texts for each language, by the keys of `Run.pinned`."""
    made = {}
    for language in sorted(languages):
        branding, words = await message_settings(own, scope, tenant, template, language)
        made[pinned_key(tenant, language)] = Pinned(branding=branding, words=words)
    return made


def pinned_key(tenant: TenantId, language: str) -> str:
    return f"{tenant}:{language}"
