"""What a run would be in one tenant, read from its users, its settings and what was sent before."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sspr_core.mail.chosen import Chosen, chosen_by_filter, chosen_by_id
from sspr_core.mail.compose import message_settings
from sspr_core.mail.in_force import terms_in_force
from sspr_core.mail.selection import sort_out
from sspr_core.model.ids import TenantId, UserId
from sspr_core.model.run import Pinned
from sspr_core.model.scope import Scope
from sspr_core.model.tenant import Known
from sspr_core.model.user_filter import UserFilter
from sspr_core.ports.services import World
from sspr_core.ports.storage import OwnSettings
from sspr_core.runs.audience import Audience, Past, audience, closed, nobody
from sspr_core.runs.elsewhere import Person
from sspr_core.runs.request import Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class OfTenant:
    """`missing`: chosen ids that no user of this tenant has."""

    audience: Audience
    missing: frozenset[UserId]
    pinned: Mapping[str, Pinned]

    @property
    def chosen_count(self) -> int:
        return len(self.audience.recipients) + len(self.audience.left_out)


async def of_tenant(
    known: Known,
    wanted: Wanted,
    scope: Scope,
    world: World,
    *,
    elsewhere: Collection[Person],
    most: int,
    now: datetime,
) -> OfTenant:
    """Raises NotFound outside the scope, Invalid when the filter lets through more than `most`."""
    tenant = known.tenant_id
    chosen, terms = await asyncio.gather(
        _chosen(known, wanted, scope, world, most=most), terms_in_force(world.own, scope, tenant)
    )
    sorted_out = sort_out(replace(chosen, missing=()), terms, language=wanted.language)
    if why := closed(known, now=now):
        found = nobody(known, sorted_out, why)
    else:
        past = Past(
            contacts=await world.post.contacts.of(tenant, [one.user_id for one in sorted_out.recipients]),
            elsewhere=elsewhere,
            mailed_since=wanted.begins_at(now) - world.terms.cool_down,
        )
        found = audience(known, sorted_out, past)
    languages = {one.language for one in found.recipients}
    return OfTenant(
        audience=found,
        missing=frozenset(chosen.missing),
        pinned=await pin(world.own, scope, tenant, wanted.template, languages),
    )


async def _chosen(known: Known, wanted: Wanted, scope: Scope, world: World, *, most: int) -> Chosen:
    match wanted.users:
        case UserFilter() as by:
            count = known.status.user_count or 0
            return await chosen_by_filter(world.registrations, scope, known.tenant_id, by, user_count=count, most=most)
        case None:
            return Chosen(users=())
        case ids:
            return await chosen_by_id(world.registrations, scope, known.tenant_id, ids)


async def pin(
    own: OwnSettings, scope: Scope, tenant: TenantId, template: str, languages: Collection[str]
) -> dict[str, Pinned]:
    """Branding and words of each language as they are now, by the keys of `Run.pinned`."""
    made = {}
    for language in sorted(languages):
        branding, words = await message_settings(own, scope, tenant, template, language)
        made[pinned_key(tenant, language)] = Pinned(branding=branding, words=words)
    return made


def pinned_key(tenant: TenantId, language: str) -> str:
    return f"{tenant}:{language}"
