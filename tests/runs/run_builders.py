"""Builders for run requests: tenants with users, a mail service, a caller."""

from dataclasses import replace
from typing import Any

from sspr_core.model.ids import TenantId
from sspr_core.model.registration import StoredUser
from sspr_core.model.sending import SendingLimits
from sspr_core.model.tenant import TenantRecord
from sspr_core.model.user_filter import UserFilter
from sspr_core.ports.services import Services
from sspr_core.runs.accept import Submission
from sspr_core.runs.request import RequestedBy, RunRequest
from tests.builders import MONDAY, TERMS, a_known, a_world
from tests.fakes.mailing import MemoryContacts, MemoryDeliveries, MemoryPacing, MemoryRuns, a_post
from tests.fakes.storage import MemoryRegistrations, MemoryTenants, _UserRow
from tests.graph_rows import guid
from tests.mail.user_builders import a_stored_user
from tests.snapshot.snapshot_env import CONTOSO

FABRIKAM = TenantId(guid("fabrikam"))
NOW = MONDAY
OLGA = RequestedBy(
    object_id=guid("olga"), name="olga@partner.example", display_name="Olga", address="olga@partner.example"
)
ANA, BEN, CAS = a_stored_user("ana"), a_stored_user("ben"), a_stored_user("cas")


def a_desk(
    *users: StoredUser, known: TenantRecord | None = None, numbers: SendingLimits | None = None, **terms: Any
) -> Services:
    """Contoso with these users, no emails sent yet, and no run."""
    services = a_world(terms=replace(TERMS, **terms), post=a_post(numbers=numbers))
    staffed(services, known or a_known("contoso"), *users)
    return services


def staffed(services: Services, known: TenantRecord, *users: StoredUser) -> None:
    tenants, registrations = services.tenants, services.registrations
    assert isinstance(tenants, MemoryTenants)
    assert isinstance(registrations, MemoryRegistrations)
    tenants.rows[known.tenant_id], tenants.statuses[known.tenant_id] = known.tenant, known.status
    registrations.rows[known.tenant_id] = {one.user_id: _UserRow(one, "", "") for one in users}


def wanted(**said: Any) -> RunRequest:
    usual: dict[str, Any] = {"tenants": [CONTOSO], "users": UserFilter(), "template": "register_now"}
    return RunRequest(**{**usual, **said})


def request(key: str | None = None, *, body: bytes = b"{}", by: RequestedBy = OLGA, **said: Any) -> Submission:
    return Submission(wanted=wanted(**said), by=by, body=body, key=key)


def runs_of(services: Services) -> MemoryRuns:
    runs = services.post.runs
    assert isinstance(runs, MemoryRuns)
    return runs


def deliveries_of(services: Services) -> MemoryDeliveries:
    deliveries = services.post.deliveries
    assert isinstance(deliveries, MemoryDeliveries)
    return deliveries


def contacts_of(services: Services) -> MemoryContacts:
    contacts = services.post.contacts
    assert isinstance(contacts, MemoryContacts)
    return contacts


def pacing_of(services: Services) -> MemoryPacing:
    pacing = services.post.pacing
    assert isinstance(pacing, MemoryPacing)
    return pacing
