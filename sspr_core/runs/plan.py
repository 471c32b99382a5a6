"""Plans a run: its recipients, contents and times, and why it would be refused. Writes nothing."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import batched

from sspr_core.mail.brand_settings import terms_in_force
from sspr_core.mail.languages import choose
from sspr_core.model.errors import Invalid
from sspr_core.model.ids import Scope, TenantId, UserId
from sspr_core.model.mail_service import SENDING_IS_OFF, SENDING_OFF, TO_SEND
from sspr_core.model.run import Pinned, PinnedRecipient
from sspr_core.model.sending import Pacing, SendingLimits
from sspr_core.ports.services import Services
from sspr_core.runs import request
from sspr_core.runs.audience import TenantPlan, elsewhere, of_tenant, pin
from sspr_core.runs.pacing import first_slot
from sspr_core.runs.request import OmissionReason, OmittedRecipient, Refusal, RequestedBy, RunRequest, by_reason

_HOUR = timedelta(hours=1)

MOST_CHOSEN = 50_000  # users of one run, those left out included: they are in memory together
_TENANTS_AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The expected times of `count` emails: other runs may be paused, and the mail service may ask to wait."""

    count: int
    wait: timedelta  # until the first, because of what is queued already
    spacing: timedelta
    first_send_at: datetime
    last_send_at: datetime

    @property
    def sending(self) -> timedelta:
        return self.last_send_at - self.first_send_at


def timing(
    count: int,
    pacing: Pacing,
    *,
    waiting_count: int,
    not_before: datetime | None,
    now: datetime,
    numbers: SendingLimits,
) -> Timing:
    """Begins after every slot already given out, and after the `waiting_count` emails that still wait for one."""
    begin = max(now, not_before or now)
    first = max(begin, first_slot(pacing, now=now, numbers=numbers) + waiting_count * numbers.spacing)
    return Timing(
        count=count,
        wait=first - begin,
        spacing=numbers.spacing,
        first_send_at=first,
        last_send_at=first + max(0, count - 1) * numbers.spacing,
    )


def too_long(found: Timing, *, longest: timedelta) -> str | None:
    """The calculation and what to do, if the run would take longer than `longest`; else None."""
    if found.wait + found.sending <= longest:
        return None
    queued = f", after what is queued already ({_hours(found.wait)})" if found.wait >= timedelta(minutes=3) else ""
    return (
        f"{found.count:,} emails at one every {found.spacing.total_seconds():.1f} s take {_hours(found.sending)}"
        f"{queued}; a run may take {_hours(longest)}. Ask Microsoft for a higher quota, or choose fewer users."
    )


def _hours(time: timedelta) -> str:
    return f"{time / _HOUR:,.1f} hours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`recipients` by tenant, then by name; `refusal` None: the run can be accepted."""

    tenants: Mapping[TenantId, str]  # names of those with recipients
    recipients: tuple[PinnedRecipient, ...]
    left_out: tuple[OmittedRecipient, ...]
    pinned: Mapping[str, Pinned]
    timing: Timing
    refusal: Refusal | None
    digests: Mapping[TenantId, str] = field(default_factory=dict)  # of those tenants' users; absent where there is none


async def plan(wanted: RunRequest, scope: Scope, services: Services, *, now: datetime) -> Plan:
    """The run that would be accepted now. Raises NotFound outside the scope, Invalid for too many."""
    known = [await services.tenants.get(scope, tenant) for tenant in dict.fromkeys(wanted.tenants)]
    others = await elsewhere(services.post, before=wanted.begins_at(now), now=now)
    made: list[TenantPlan] = []
    for some in batched(known, _TENANTS_AT_ONCE, strict=False):
        most = MOST_CHOSEN - sum(one.chosen_count for one in made)
        made += await asyncio.gather(
            *(of_tenant(one, wanted, scope, services, elsewhere=others.people, most=most, now=now) for one in some)
        )
        if (count := sum(one.chosen_count for one in made)) > MOST_CHOSEN:
            raise Invalid("filter", f"lets through {count} users of {len(made)} tenants, at most {MOST_CHOSEN}")
    recipients = tuple(to for one in made for to in one.audience.recipients)
    left_out = (*_unknown(wanted, made), *(who for one in made for who in one.audience.left_out))
    when = await when_sent(wanted, services, count=len(recipients), waiting_count=others.waiting_count, now=now)
    mailed = {to.tenant_id for to in recipients}
    return Plan(
        tenants={one.tenant_id: one.display_name for one in known if one.tenant_id in mailed},
        recipients=recipients,
        left_out=left_out,
        pinned={key: value for one in made for key, value in one.pinned.items()},
        timing=when,
        refusal=sending_off(services) or _nobody(recipients, left_out) or _too_long(when, services),
        digests={one.tenant_id: one.status.digest for one in known if one.tenant_id in mailed and one.status.digest},
    )


async def when_sent(wanted: RunRequest, services: Services, *, count: int, waiting_count: int, now: datetime) -> Timing:
    return timing(
        count,
        await services.post.pacing.read(),
        waiting_count=waiting_count,
        not_before=wanted.not_before,
        now=now,
        numbers=services.post.numbers,
    )


def _unknown(wanted: RunRequest, made: Sequence[TenantPlan]) -> list[OmittedRecipient]:
    """Ids that no tenant has; their `tenant_id` is None if the run is for several tenants."""
    missing = frozenset.intersection(*(one.missing for one in made))
    tenant = wanted.tenants[0] if len(made) == 1 else None
    return [
        OmittedRecipient(tenant_id=tenant, user_id=one, display_name=None, reason=OmissionReason.UNKNOWN)
        for one in sorted(missing)
    ]


def sending_off(services: Services) -> Refusal | None:
    if not services.post.sending_off:
        return None
    return Refusal(code=SENDING_OFF, detail=f"{SENDING_IS_OFF} {TO_SEND}")


def _nobody(recipients: Sequence[PinnedRecipient], left_out: Sequence[OmittedRecipient]) -> Refusal | None:
    if recipients:
        return None
    if not left_out:
        return Refusal(code=request.NOBODY, detail="Nobody is chosen: no user is as the filter says.")
    reasons = ", ".join(f"{count} {reason}" for reason, count in by_reason(left_out).items())
    return Refusal(code=request.NOBODY, detail=f"All who are chosen are left out: {reasons}. A dry run names them.")


def _too_long(when: Timing, services: Services) -> Refusal | None:
    told = too_long(when, longest=services.post.numbers.longest_run)
    return Refusal(code=request.TOO_LONG, detail=told) if told else None


async def sample_plan(wanted: RunRequest, by: RequestedBy, scope: Scope, services: Services, *, now: datetime) -> Plan:
    """The plan of one email to the caller; never refused as too long.

    Raises NotFound outside the scope, Invalid if the caller has no address.
    """
    if by.address is None:
        raise Invalid("test_to_me", "the sign-in of this account says no mail address")
    known = await services.tenants.get(scope, wanted.tenants[0])
    tenant = known.tenant_id
    terms = await terms_in_force(services.own, scope, tenant)
    recipient = PinnedRecipient(
        tenant_id=tenant,
        user_id=UserId(by.object_id),
        address=by.address,
        display_name=by.display_name,
        language=wanted.language or choose(None, terms.language),
    )
    others = await elsewhere(services.post, before=wanted.begins_at(now), now=now)
    return Plan(
        tenants={tenant: known.display_name},
        recipients=(recipient,),
        left_out=(),
        pinned=await pin(services.own, scope, tenant, wanted.template, {recipient.language}),
        timing=await when_sent(wanted, services, count=1, waiting_count=others.waiting_count, now=now),
        refusal=sending_off(services),
    )
