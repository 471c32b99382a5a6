"""One user's name and addresses out of the app's tables."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace as but

from dev import __main__ as command_line
from dev import backup
from dev.azurite import Azurite
from sspr_core.adapters.storage import Storage, open_storage
from sspr_core.mail_ports import Accepting
from sspr_core.model.delivery import Delivery, DeliveryState
from sspr_core.model.ids import TenantId, UserId
from sspr_core.model.report import Attachment, Letter, PinnedLetter
from sspr_core.model.run import RunId, RunState
from sspr_core.model.scope import EVERY_TENANT
from tests.builders import MONDAY
from tests.conftest import an_azurite
from tests.contract.test_storage import a_claim, a_put, write
from tests.graph_rows import guid
from tests.notify.runs.rows import RUN, TENANT, a_delivery, a_recipient, a_run
from tests.report.reports import a_report

ANA, BEN = UserId(guid("ana")), UserId(guid("ben"))
LATER = RunId("0019a1b2c3d4ff")


@pytest.fixture(scope="module")
def emulator() -> Iterator[Azurite]:
    """An account of its own: the command knows no prefix."""
    with an_azurite() as one:
        yield one


@pytest.fixture
async def stored(emulator: Azurite) -> AsyncIterator[Storage]:
    """Ana and Ben were mailed, Ana's address bounced."""
    storage = open_storage(connection=emulator.connection)
    claim = await a_claim(storage, TENANT, now=MONDAY)
    await write(storage, claim, a_put(ANA), a_put(BEN))
    await storage.claims.release(claim)
    await accept(storage, RUN, RunState.FINISHED, expanded=True)
    await storage.deliveries.insert([delivery("ana"), delivery("ben")])
    await storage.contacts.bounced(TENANT, ANA, address="ana@contoso.example", word="bounced", at=MONDAY)
    yield storage
    with backup.TableServiceClient.from_connection_string(emulator.connection) as tables:
        for one in list(tables.list_tables()):
            tables.delete_table(one.name)
    await storage.close()


async def accept(storage: Storage, run: RunId, state: RunState, *, expanded: bool) -> None:
    """A run for Ana and Ben, as far as that."""
    await storage.runs.save_recipients(run, 0, [a_recipient("ana"), a_recipient("ben")])
    one = a_run(run_id=run, state=state, expanded=expanded, recipient_count=2)
    await storage.runs.accept(
        Accepting(run=one, key_hash=None, body_hash="", admission_etag=await storage.runs.admission())
    )


def delivery(name: str, state: DeliveryState = DeliveryState.BOUNCED) -> Delivery:
    return a_delivery(name, state=state, accepted_at=MONDAY)


def forget(emulator: Azurite, user: UserId = ANA) -> int:
    return command_line.main(["forget", TENANT, user, "--storage", emulator.connection])


async def test_nothing_names_them_any_more_and_everybody_else_is_as_before(
    stored: Storage, emulator: Azurite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert forget(emulator) == 0

    said = capsys.readouterr().out
    assert {line.split()[-1] for line in said.splitlines()} == {"Deliveries", "Runs", "Contacts", "Registrations"}
    ana = await stored.deliveries.get(RUN, delivery("ana").key)
    assert ana
    assert replace(ana, etag=None) == replace(delivery("ana"), address="", display_name="")
    assert await stored.runs.recipients(RUN, 0) == [
        replace(a_recipient("ana"), address="", display_name=""),
        a_recipient("ben"),
    ]
    assert await stored.contacts.of(TENANT, [ANA]) == {}
    users, _ = await stored.registrations.users(EVERY_TENANT, TENANT, after=None, limit=10)
    assert [one.user_id for one in users] == [BEN]
    ben = await stored.deliveries.get(RUN, delivery("ben").key)
    assert ben
    assert ben.address == "ben@contoso.example"


async def test_a_second_time_there_is_nothing_left(
    stored: Storage, emulator: Azurite, capsys: pytest.CaptureFixture[str]
) -> None:
    forget(emulator)
    capsys.readouterr()

    assert forget(emulator) == 0
    assert capsys.readouterr().out == "Nothing is known of them.\n"


async def test_an_email_on_its_way_keeps_its_row(
    stored: Storage, emulator: Azurite, capsys: pytest.CaptureFixture[str]
) -> None:
    row = await stored.deliveries.get(RUN, delivery("ana").key)
    assert row
    await stored.deliveries.replace(replace(row, state=DeliveryState.CLAIMED))

    assert forget(emulator) == 1
    assert f"run {RUN} has an email to this user" in capsys.readouterr().err
    assert (await stored.contacts.of(TENANT, [ANA]))[ANA].bounced_address == "ana@contoso.example"


async def test_a_run_that_was_cancelled_before_it_began_forgets_them_too(stored: Storage, emulator: Azurite) -> None:
    await accept(stored, LATER, RunState.CANCELLED, expanded=False)

    assert forget(emulator) == 0

    assert await stored.runs.recipients(LATER, 0) == [
        replace(a_recipient("ana"), address="", display_name=""),
        a_recipient("ben"),
    ]


async def test_a_run_that_has_yet_to_begin_is_waited_for(
    stored: Storage, emulator: Azurite, capsys: pytest.CaptureFixture[str]
) -> None:
    await accept(stored, LATER, RunState.QUEUED, expanded=False)

    assert forget(emulator) == 1
    assert f"run {LATER} has an email to this user" in capsys.readouterr().err
    assert (await stored.runs.recipients(RUN, 0))[0] == a_recipient("ana")


async def report(storage: Storage, state: RunState, *, names: bool = True, tenant: TenantId = TENANT) -> PinnedLetter:
    """A report's run as far as that; its letter takes more than a row."""
    file = Attachment(name="users.xlsx", content_type="application/zip", content=Random(7).randbytes(1_500_000))
    letter = PinnedLetter(
        letter=Letter(subject="Report", text="Ana", html="<p>Ana</p>", attachments=(file,)),
        report=but(a_report(), tenant_id=tenant, named=names),
    )
    await storage.runs.save_letter(LATER, letter)
    one = a_run(run_id=LATER, state=state, expanded=True, report=tenant)
    await storage.runs.accept(Accepting(run=one, key_hash=None, body_hash="", aside=True))
    return letter


async def test_a_report_that_named_users_keeps_its_figures_alone(stored: Storage, emulator: Azurite) -> None:
    sent = await report(stored, RunState.FINISHED)

    assert forget(emulator) == 0

    assert await stored.runs.letter(LATER) == sent.without_letter()


@pytest.mark.parametrize("of", [{"names": False}, {"tenant": TenantId(guid("fabrikam"))}])
async def test_a_report_without_names_or_of_another_tenant_stays(
    stored: Storage, emulator: Azurite, of: dict[str, Any]
) -> None:
    sent = await report(stored, RunState.FINISHED, **of)

    assert forget(emulator) == 0
    assert await stored.runs.letter(LATER) == sent


async def test_a_report_that_is_being_sent_is_waited_for(
    stored: Storage, emulator: Azurite, capsys: pytest.CaptureFixture[str]
) -> None:
    sent = await report(stored, RunState.SENDING)

    assert forget(emulator) == 1
    assert f"run {LATER} is sending a report" in capsys.readouterr().err
    assert await stored.runs.letter(LATER) == sent
    assert await stored.contacts.of(TENANT, [ANA])
