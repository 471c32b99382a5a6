"""Checks before each email whether it is still wanted: hours or days may have passed since the run was accepted."""

import asyncio
from datetime import timedelta

from sspr_core.model.delivery import Delivery
from sspr_core.model.errors import NotFound
from sspr_core.model.ids import EVERY_TENANT, TenantId
from sspr_core.model.recipient import Contact
from sspr_core.model.registration import Registration, User
from sspr_core.model.run import ALL_TENANTS, Run
from sspr_core.model.tenant import Lifecycle, TenantRecord
from sspr_core.ports.mail import Contacts
from sspr_core.ports.storage import Registrations, Tenants
from sspr_core.runs.deliver import LookAgain

_CLOSED = {
    Lifecycle.REMOVED: "the tenant is no customer any more",
    Lifecycle.INACTIVE: "the tenant was switched off",
}


def looking_again(
    tenants: Tenants, registrations: Registrations, contacts: Contacts, *, moment: timedelta
) -> LookAgain:
    """The check for deliver(): it returns the reason to send no email after all, or None. It raises TryAgain.

    The tenant comes from a cache for all its users' deliveries and may be `moment` old.
    """

    async def look_again(run: Run, row: Delivery) -> str | None:
        if run.test:
            return None  # goes to the caller who asked for it, whatever the snapshot contains
        if run.report is not None:
            return (
                None if run.report == ALL_TENANTS else tenant_stop_reason(await _tenant(tenants, row.tenant_id, moment))
            )
        tenant, contact = await asyncio.gather(_tenant(tenants, row.tenant_id, moment), _contact(contacts, row))
        if tenant is not None and is_as_accepted(run, tenant):
            return tenant_stop_reason(tenant) or bounced(contact, row.address)
        return unwanted(tenant, await _user(registrations, row), contact, address=row.address)

    return look_again


def unwanted(tenant: TenantRecord | None, user: User | None, contact: Contact | None, *, address: str) -> str | None:
    """The first reason that applies; None: none does. `tenant` or `user` None: it no longer exists."""
    if why := tenant_stop_reason(tenant):
        return why
    if user is None:
        return "the user is gone"
    if user.excluded:
        return f"the user is excluded: {user.excluded}"
    if user.registration is Registration.REGISTERED:
        return "registered meanwhile"
    return bounced(contact, address)


def is_as_accepted(run: Run, tenant: TenantRecord) -> bool:
    """Whether every user of the tenant is as when the run was accepted: then no user's row needs to be read."""
    digest = run.digests.get(tenant.tenant_id)
    return digest is not None and digest == tenant.status.digest


def tenant_stop_reason(tenant: TenantRecord | None) -> str | None:
    if tenant is None:
        return "the tenant is not known any more"
    return _CLOSED.get(tenant.lifecycle)


def bounced(contact: Contact | None, address: str) -> str | None:
    if contact is None or not contact.is_suppressed(address):
        return None
    return f"the address has {contact.bounce or 'bounced'} before"


async def _tenant(tenants: Tenants, tenant: TenantId, moment: timedelta) -> TenantRecord | None:
    try:
        return await tenants.lately(EVERY_TENANT, tenant, within=moment)
    except NotFound:
        return None


async def _user(registrations: Registrations, row: Delivery) -> User | None:
    try:
        return (await registrations.user(EVERY_TENANT, row.tenant_id, row.user_id)).user
    except NotFound:
        return None


async def _contact(contacts: Contacts, row: Delivery) -> Contact | None:
    return (await contacts.of(row.tenant_id, [row.user_id])).get(row.user_id)
