"""Erasing one user's name and addresses from the app's tables."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dev import __main__ as command_line
from dev.azurite import Azurite
from sspr_core.adapters.storage import Storage
from sspr_core.model.delivery import DeliveryState
from sspr_core.model.ids import EVERY_TENANT, TenantId, UserId
from sspr_core.model.run import RunState
from tests.admin.mailed import ANA, BEN, LATER, accept, delivery, report
from tests.graph_rows import guid
from tests.runs.delivery_builders import RUN, TENANT, a_recipient


def forget(emulator: Azurite, user: UserId = ANA) -> int:
    return command_line.main(["forget", TENANT, user, "--storage", emulator.connection])


async def test_nothing_names_them_any_more_and_everybody_else_is_as_before(
    mailed: Storage, emulator: Azurite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert forget(emulator) == 0

    said = capsys.readouterr().out
    assert {line.split()[-1] for line in said.splitlines()} == {"Deliveries", "Runs", "Contacts", "Registrations"}
    ana = await mailed.deliveries.get(RUN, delivery("ana").key)
    assert ana
    assert replace(ana, etag=None) == replace(delivery("ana"), address="", display_name="")
    assert await mailed.runs.recipients(RUN, 0) == [
        replace(a_recipient("ana"), address="", display_name=""),
        a_recipient("ben"),
    ]
    assert await mailed.contacts.of(TENANT, [ANA]) == {}
    users, _ = await mailed.registrations.users(EVERY_TENANT, TENANT, after=None, limit=10)
    assert [one.user_id for one in users] == [BEN]
    ben = await mailed.deliveries.get(RUN, delivery("ben").key)
    assert ben
    assert ben.address == "ben@contoso.example"


async def test_a_second_time_there_is_nothing_left(
    mailed: Storage, emulator: Azurite, capsys: pytest.CaptureFixture[str]
) -> None:
    forget(emulator)
    capsys.readouterr()

    assert forget(emulator) == 0
    assert capsys.readouterr().out == "Nothing is known of them.\n"


async def test_an_email_on_its_way_keeps_its_row(
    mailed: Storage, emulator: Azurite, capsys: pytest.CaptureFixture[str]
) -> None:
    row = await mailed.deliveries.get(RUN, delivery("ana").key)
    assert row
    await mailed.deliveries.replace(replace(row, state=DeliveryState.CLAIMED))

    assert forget(emulator) == 1
    assert f"run {RUN} has an email to this user" in capsys.readouterr().err
    assert (await mailed.contacts.of(TENANT, [ANA]))[ANA].bounced_address == "ana@contoso.example"


async def test_a_run_that_was_cancelled_before_it_began_forgets_them_too(mailed: Storage, emulator: Azurite) -> None:
    await accept(mailed, LATER, RunState.CANCELLED, expanded=False)

    assert forget(emulator) == 0

    assert await mailed.runs.recipients(LATER, 0) == [
        replace(a_recipient("ana"), address="", display_name=""),
        a_recipient("ben"),
    ]


async def test_a_run_that_has_yet_to_begin_is_waited_for(
    mailed: Storage, emulator: Azurite, capsys: pytest.CaptureFixture[str]
) -> None:
    await accept(mailed, LATER, RunState.QUEUED, expanded=False)

    assert forget(emulator) == 1
    assert f"run {LATER} has an email to this user" in capsys.readouterr().err
    assert (await mailed.runs.recipients(RUN, 0))[0] == a_recipient("ana")


async def test_a_report_that_named_users_keeps_its_figures_alone(mailed: Storage, emulator: Azurite) -> None:
    sent = await report(mailed, RunState.FINISHED)

    assert forget(emulator) == 0

    assert await mailed.runs.letter(LATER) == sent.without_letter()


@pytest.mark.parametrize("of", [{"names": False}, {"tenant": TenantId(guid("fabrikam"))}])
async def test_a_report_without_names_or_of_another_tenant_stays(
    mailed: Storage, emulator: Azurite, of: dict[str, Any]
) -> None:
    sent = await report(mailed, RunState.FINISHED, **of)

    assert forget(emulator) == 0
    assert await mailed.runs.letter(LATER) == sent


async def test_a_report_that_is_being_sent_is_waited_for(
    mailed: Storage, emulator: Azurite, capsys: pytest.CaptureFixture[str]
) -> None:
    sent = await report(mailed, RunState.SENDING)

    assert forget(emulator) == 1
    assert f"run {LATER} is sending a report" in capsys.readouterr().err
    assert await mailed.runs.letter(LATER) == sent
    assert await mailed.contacts.of(TENANT, [ANA])
