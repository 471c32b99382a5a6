"""Erasing all data of a former customer from the app's tables, and no other data."""

from dataclasses import replace
from typing import Any

import pytest

from dev import __main__ as command_line
from dev.azurite import Azurite
from sspr_core.adapters.storage import Storage
from sspr_core.model.branding import Branding
from sspr_core.model.delivery import DeliveryState
from sspr_core.model.errors import NotFound
from sspr_core.model.ids import EVERY_TENANT, TenantId
from sspr_core.model.report_plan import ReportState, SentReport
from sspr_core.model.run import RunState
from sspr_core.model.tenant import SwitchedOff, Tenant, TenantStatus
from tests.admin.mailed import ANA, LATER, delivery, report
from tests.builders import DAY, MONDAY, a_header
from tests.contract.test_storage import a_claim, a_put, write
from tests.graph_rows import guid
from tests.report.report_builders import a_report
from tests.runs.delivery_builders import RUN, TENANT, a_recipient

FABRIKAM = TenantId(guid("fabrikam"))
OFF = SwitchedOff(by="olga", at=MONDAY, reason="Contract ended")


def forget(emulator: Azurite) -> int:
    return command_line.main(["forget-customer", TENANT, "--storage", emulator.connection])


@pytest.fixture
async def left(mailed: Storage) -> Storage:
    """All data of two tenants; the first is no longer a customer."""
    removed = Tenant(tenant_id=TENANT, found_at=MONDAY, removed_at=MONDAY)
    await mailed.tenants.save_found([removed, Tenant(tenant_id=FABRIKAM, found_at=MONDAY, listed=True)])
    claim = await a_claim(mailed, FABRIKAM, now=MONDAY)
    await write(mailed, claim, a_put(ANA))
    for tenant in (TENANT, FABRIKAM):
        await mailed.tenants.save_status(TenantStatus(tenant_id=tenant))
        await mailed.coverage.save_snapshot(tenant, a_header())
        await mailed.own.save_branding(tenant, Branding(company="Contoso"), by="olga", at=MONDAY)
        await mailed.reports.archive(SentReport(run_id=LATER, report=a_report(tenant_id=tenant)))
        await mailed.reports.save_state(ReportState(tenant_id=tenant, due_at=MONDAY))
        await mailed.contacts.emailed(tenant, ANA, at=MONDAY)
    return mailed


async def what_is_there(storage: Storage, tenant: TenantId) -> dict[str, Any]:
    day = MONDAY.date()
    return {
        "users": [
            one.user_id for one in (await storage.registrations.users(EVERY_TENANT, tenant, after=None, limit=9))[0]
        ],
        "changes": len((await storage.registrations.changes(EVERY_TENANT, tenant, after=None, limit=9))[0]),
        "days": len(await storage.coverage.days(EVERY_TENANT, tenant, first=day, last=day)),
        "company": (await storage.own.branding(EVERY_TENANT, tenant)).company,
        "reports": len((await storage.reports.sent(EVERY_TENANT, tenant, after=None, limit=9))[0]),
        "due": (await storage.reports.state(EVERY_TENANT, tenant)).due_at,
        "contacts": len(await storage.contacts.of(tenant, [ANA])),
    }


NOTHING = {"users": [], "changes": 0, "days": 0, "company": None, "reports": 0, "due": None, "contacts": 0}


async def test_of_the_customer_nothing_is_left_and_of_the_others_everything(
    left: Storage,
    emulator: Azurite,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = await what_is_there(left, FABRIKAM)
    there = await what_is_there(left, TENANT)
    assert [name for name in NOTHING if there[name] == NOTHING[name]] == []

    assert forget(emulator) == 0

    assert await what_is_there(left, TENANT) == NOTHING
    assert await what_is_there(left, FABRIKAM) == before
    assert [one.tenant_id for one in await left.tenants.known(EVERY_TENANT)] == [FABRIKAM]
    said = {line.split()[-1] for line in capsys.readouterr().out.splitlines()}
    assert said == {"Deliveries", "Runs", "Registrations", "Coverage", "Contacts", "Settings", "Reports", "Tenants"}
    assert forget(emulator) == 0
    assert capsys.readouterr().out == "Nothing is known of them.\n"


async def test_emails_keep_their_counts_and_no_name_or_address(left: Storage, emulator: Azurite) -> None:
    assert forget(emulator) == 0

    rows = [row async for page in left.deliveries.pages(RUN) for row in page]
    assert [(row.state, row.address, row.display_name) for row in rows] == [(DeliveryState.BOUNCED, "", "")] * 2
    nobody = [replace(a_recipient(name), address="", display_name="") for name in ("ana", "ben")]
    assert await left.runs.recipients(RUN, 0) == nobody


async def test_who_is_switched_off_stays_in_the_list_as_discovery_would_find_them_anew(
    left: Storage,
    emulator: Azurite,
) -> None:
    back = Tenant(tenant_id=TENANT, found_at=MONDAY, listed=True, setting_name="Contoso")
    await left.tenants.save_found([back])
    await left.tenants.save_switch(TENANT, OFF)

    assert forget(emulator) == 0

    known = await left.tenants.get(EVERY_TENANT, TENANT)
    assert known.tenant == replace(back, switched_off=OFF)
    assert known.status == TenantStatus(tenant_id=TENANT)


async def test_a_customer_who_has_not_left_is_not_forgotten(
    left: Storage,
    emulator: Azurite,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await left.tenants.save_found([Tenant(tenant_id=TENANT, found_at=MONDAY, listed=True)])
    before = await what_is_there(left, TENANT)

    assert forget(emulator) == 1

    assert "it is a customer still: end the relationship" in capsys.readouterr().err
    assert await what_is_there(left, TENANT) == before


async def test_nor_one_that_is_being_read(
    left: Storage,
    emulator: Azurite,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await a_claim(left, TENANT, now=MONDAY + 36_500 * DAY)

    assert forget(emulator) == 1

    assert "it is being read, until" in capsys.readouterr().err
    assert (await what_is_there(left, TENANT))["users"]


async def test_nor_one_to_whom_an_email_or_a_report_is_on_its_way(
    left: Storage,
    emulator: Azurite,
    capsys: pytest.CaptureFixture[str],
) -> None:
    row = await left.deliveries.get(RUN, delivery("ana").key)
    assert row
    claimed = await left.deliveries.replace(replace(row, state=DeliveryState.CLAIMED))
    assert forget(emulator) == 1
    assert f"run {RUN} has an email to a user of this tenant" in capsys.readouterr().err
    await left.deliveries.replace(replace(claimed, state=DeliveryState.ACCEPTED))

    await report(left, RunState.SENDING)
    assert forget(emulator) == 1

    assert f"run {LATER} is sending a report that may name a user of this tenant" in capsys.readouterr().err
    assert (await what_is_there(left, TENANT))["users"]


async def test_a_tenant_nobody_knows_is_nothing(emulator: Azurite, capsys: pytest.CaptureFixture[str]) -> None:
    assert forget(emulator) == 0
    assert capsys.readouterr().out == "Nothing is known of them.\n"


async def test_the_report_that_named_its_users_keeps_its_figures_alone(left: Storage, emulator: Azurite) -> None:
    sent = await report(left, RunState.FINISHED)

    assert forget(emulator) == 0

    assert await left.runs.letter(LATER) == sent.without_letter()
    with pytest.raises(NotFound):
        await left.tenants.get(EVERY_TENANT, TENANT)
