"""Who of a tenant's chosen users is to be mailed, why the others are not, and what their mails are made of."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sspr_core.mail.selection import Recipients
from sspr_core.model.contact import Contact
from sspr_core.model.ids import TenantId, UserId
from sspr_core.model.recipient import Recipient
from sspr_core.model.run import PinnedRecipient
from sspr_core.model.tenant import Known, Lifecycle
from sspr_core.runs.elsewhere import Person
from sspr_core.runs.left_out import LeftOut, Why

OLDEST_SNAPSHOT = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Everybody chosen, in exactly one of both."""

    recipients: tuple[PinnedRecipient, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What other emails say of a tenant's users; who was mailed after `mailed_since` is left in peace."""

    contacts: Mapping[UserId, Contact]
    elsewhere: Collection[Person]
    mailed_since: datetime


def closed(known: Known, *, now: datetime) -> Why | None:
    """Why nobody of the tenant is to be mailed."""
    if known.lifecycle is not Lifecycle.ACTIVE:
        return Why.TENANT_INACTIVE
    at = known.status.last_success_at
    return Why.SNAPSHOT_STALE if at is None or now - at > OLDEST_SNAPSHOT else None


def audience(known: Known, chosen: Recipients, past: Past) -> Audience:
    """The decision; by display name, as they come."""
    tenant = known.tenant_id
    left_out = [
        LeftOut(tenant_id=tenant, user_id=one.user_id, display_name=one.display_name, reason=Why(one.reason.value))
        for one in chosen.left_out
    ]
    recipients: list[PinnedRecipient] = []
    for one in chosen.recipients:
        if why := _left_alone(tenant, one, past):
            left_out.append(LeftOut(tenant_id=tenant, user_id=one.user_id, display_name=one.display_name, reason=why))
        else:
            recipients.append(_pinned(tenant, one))
    return Audience(recipients=tuple(recipients), left_out=tuple(left_out))


def nobody(known: Known, chosen: Recipients, why: Why) -> Audience:
    """A closed tenant: every one of its users is left out, and if there is none it is named by itself."""
    tenant = known.tenant_id
    names: dict[UserId, str | None] = {one.user_id: one.display_name for one in chosen.recipients}
    names |= {one.user_id: one.display_name for one in chosen.left_out}
    users = [LeftOut(tenant_id=tenant, user_id=one, display_name=name, reason=why) for one, name in names.items()]
    itself = LeftOut(tenant_id=tenant, user_id=None, display_name=known.display_name, reason=why)
    return Audience(recipients=(), left_out=tuple(users or [itself]))


def _left_alone(tenant: TenantId, one: Recipient, past: Past) -> Why | None:
    contact = past.contacts.get(one.user_id)
    if contact and contact.is_suppressed(one.address):
        return Why.SUPPRESSED
    if (tenant, one.user_id) in past.elsewhere:
        return Why.IN_ANOTHER_RUN
    if contact and contact.last_emailed_at is not None and contact.last_emailed_at > past.mailed_since:
        return Why.COOLED_DOWN
    return None


def _pinned(tenant: TenantId, one: Recipient) -> PinnedRecipient:
    return PinnedRecipient(
        tenant_id=tenant,
        user_id=one.user_id,
        address=one.address,
        display_name=one.display_name,
        language=one.language,
    )
