"""Before each email, the app checks again whether it is still wanted."""

from dataclasses import replace

import pytest

from sspr_core.model.recipient import Contact
from sspr_core.model.run import ALL_TENANTS
from sspr_core.model.tenant import SwitchedOff
from sspr_core.runs.recheck import looking_again
from tests.builders import MONDAY, a_known
from tests.fakes.mailing import MemoryContacts
from tests.fakes.storage import MemoryRegistrations, MemoryTenants
from tests.mail.user_builders import a_stored_user, on_the_books
from tests.runs.delivery_builders import NOON, NUMBERS, TENANT, a_delivery, a_run

ANA = a_delivery("ana")
MOMENT = NUMBERS.moment
SWITCHED_OFF = SwitchedOff(by="olga", at=MONDAY, reason="left us")


def the_tenants(**said: object) -> MemoryTenants:
    known = a_known("contoso", **said)
    return MemoryTenants(rows={TENANT: known.tenant}, statuses={TENANT: known.status})


async def reason(
    *users, tenants: MemoryTenants | None = None, contacts: MemoryContacts | None = None, **said: object
) -> str | None:
    """Why Ana gets no email after all, in a run with these properties."""
    books = on_the_books(*users, tenant=TENANT) if users else MemoryRegistrations(rows={TENANT: {}})
    look_again = looking_again(tenants or the_tenants(), books, contacts or MemoryContacts(), moment=MOMENT)
    return await look_again(a_run(**said), ANA)


def remembered(**said: object) -> MemoryContacts:
    contact = Contact(tenant_id=TENANT, user_id=ANA.user_id, **said)
    return MemoryContacts(rows={(TENANT, ANA.user_id): contact})


async def test_somebody_who_is_still_not_registered_gets_the_email():
    assert await reason(a_stored_user("ana")) is None


async def test_whose_registration_nobody_knows_gets_it_too():
    assert await reason(a_stored_user("ana", registered=None)) is None


async def test_whoever_has_registered_meanwhile_does_not():
    assert await reason(a_stored_user("ana", registered=True)) == "registered meanwhile"


async def test_whoever_is_excluded_now_does_not():
    disabled = a_stored_user("ana", account_enabled=False)

    assert await reason(disabled) == "the user is excluded: disabled"


async def test_whoever_is_gone_does_not():
    assert await reason(a_stored_user("ben")) == "the user is gone"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"removed_at": MONDAY}, "the tenant is no customer any more"),
        ({"switched_off": SWITCHED_OFF}, "the tenant was switched off"),
    ],
)
async def test_nobody_of_a_tenant_that_is_closed_does(said, told):
    assert await reason(a_stored_user("ana"), tenants=the_tenants(**said)) == told


async def test_nobody_of_a_tenant_that_is_not_known_any_more_does():
    assert await reason(a_stored_user("ana"), tenants=MemoryTenants()) == "the tenant is not known any more"


async def test_an_address_that_bounced_since_is_left_alone():
    contacts = remembered(bounced_address=ANA.address.upper(), bounced_at=NOON, bounce="bounced")

    assert await reason(a_stored_user("ana"), contacts=contacts) == "the address has bounced before"


async def test_another_address_that_bounced_does_not_matter():
    contacts = remembered(bounced_address="old@contoso.example", bounced_at=NOON, bounce="bounced")

    assert await reason(a_stored_user("ana"), contacts=contacts) is None


async def test_having_been_emailed_is_no_reason_for_the_run_itself_may_have_done_it():
    contacts = remembered(last_emailed_at=NOON, emailed_count=1)

    assert await reason(a_stored_user("ana"), contacts=contacts) is None


async def test_a_sample_goes_to_whoever_asked_for_it():
    assert await reason(a_stored_user("ana", registered=True), tenants=MemoryTenants(), test=True) is None


async def test_a_report_goes_to_its_recipients_whoever_they_are_and_whatever_bounced():
    contacts = remembered(bounced_address=ANA.address, bounced_at=NOON, bounce="bounced")

    assert await reason(a_stored_user("ana", registered=True), contacts=contacts, report=TENANT) is None
    assert await reason(a_stored_user("ben"), report=TENANT) is None


async def test_a_report_on_a_tenant_that_left_meanwhile_does_not():
    off = the_tenants(switched_off=SWITCHED_OFF)

    assert await reason(tenants=off, report=TENANT) == "the tenant was switched off"


async def test_the_report_over_all_tenants_is_no_tenants_in_particular():
    assert await reason(tenants=MemoryTenants(), report=ALL_TENANTS) is None


async def test_the_row_is_looked_up_in_its_own_tenant():
    """The same user id in another tenant is a different user."""
    other = replace(ANA, tenant_id=a_known("fabrikam").tenant_id)
    books = on_the_books(a_stored_user("ana"), tenant=TENANT)
    look_again = looking_again(the_tenants(), books, MemoryContacts(), moment=MOMENT)

    assert await look_again(a_run(), other) == "the tenant is not known any more"


# Tenants of which nothing else was read since


def with_digest(digest: str | None, **said: object) -> MemoryTenants:
    found = the_tenants(**said)
    found.statuses[TENANT] = replace(found.statuses[TENANT], digest=digest)
    return found


async def test_of_a_tenant_whose_users_are_as_when_the_run_was_accepted_nobody_is_read():
    """The user's row would give the opposite answer."""
    unread = a_stored_user("ana", registered=True)

    assert await reason(unread, tenants=with_digest("1..2.ff"), digests={TENANT: "1..2.ff"}) is None


@pytest.mark.parametrize("now", ["1..2.00", None])
async def test_of_a_tenant_that_has_changed_since_everybody_is_read(now):
    registered = a_stored_user("ana", registered=True)

    assert await reason(registered, tenants=with_digest(now), digests={TENANT: "1..2.ff"}) == "registered meanwhile"


async def test_where_nobody_knows_what_the_tenant_was_like_everybody_is_read():
    registered = a_stored_user("ana", registered=True)

    assert await reason(registered, tenants=with_digest(None), digests={}) == "registered meanwhile"


async def test_a_tenant_that_is_as_before_may_have_been_closed():
    off = with_digest("1..2.ff", switched_off=SWITCHED_OFF)

    assert await reason(a_stored_user("ana"), tenants=off, digests={TENANT: "1..2.ff"}) == "the tenant was switched off"


async def test_an_address_may_bounce_without_a_snapshot():
    contacts = remembered(bounced_address=ANA.address, bounced_at=NOON, bounce="bounced")
    same = with_digest("1..2.ff")

    assert (
        await reason(tenants=same, contacts=contacts, digests={TENANT: "1..2.ff"}) == "the address has bounced before"
    )
