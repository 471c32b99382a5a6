"""A run of one email, to whoever asks: what the first tenant's people would get, on the same quota."""

from datetime import datetime

from sspr_core.mail.in_force import terms_in_force
from sspr_core.mail.languages import choose
from sspr_core.model.errors import Invalid
from sspr_core.model.ids import UserId
from sspr_core.model.run import PinnedRecipient
from sspr_core.model.scope import Scope
from sspr_core.ports.services import World
from sspr_core.runs.elsewhere import elsewhere
from sspr_core.runs.of_tenant import pin
from sspr_core.runs.plan import Plan, sending_off, when_sent
from sspr_core.runs.request import Requester, Wanted


async def sample_plan(wanted: Wanted, by: Requester, scope: Scope, world: World, *, now: datetime) -> Plan:
    """Never too long: one email waits its turn. Raises NotFound outside the scope, Invalid without an address."""
    if by.address is None:
        raise Invalid("test_to_me", "the sign-in of this account says no mail address")
    known = await world.tenants.get(scope, wanted.tenants[0])
    tenant = known.tenant_id
    terms = await terms_in_force(world.own, scope, tenant)
    recipient = PinnedRecipient(
        tenant_id=tenant,
        user_id=UserId(by.object_id),
        address=by.address,
        display_name=by.display_name,
        language=wanted.language or choose(None, terms.language),
    )
    others = await elsewhere(world.post, before=wanted.begins_at(now), now=now)
    return Plan(
        tenants={tenant: known.display_name},
        recipients=(recipient,),
        left_out=(),
        pinned=await pin(world.own, scope, tenant, wanted.template, {recipient.language}),
        timing=await when_sent(wanted, world, count=1, waiting_count=others.waiting_count, now=now),
        refusal=sending_off(world),
    )
