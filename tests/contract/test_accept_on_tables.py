"""Accepting runs on real tables: the transaction, the key and the row that serialises."""

import asyncio
import secrets
from dataclasses import replace

import pytest

from sspr_core.adapters.storage import Storage
from sspr_core.model.ids import EVERY_TENANT
from sspr_core.model.mail_service import Senders
from sspr_core.ports.services import Services
from sspr_core.runs.accept import AcceptedRun, accept
from sspr_core.runs.request import RunRefused
from tests.fakes.mailing import MemoryMailer
from tests.runs.run_builders import ANA, BEN, NOW, a_desk, request
from tests.snapshot.snapshot_env import CONTOSO


@pytest.fixture
def services(storage: Storage) -> Services:
    return replace(a_desk(ANA, BEN), post=storage.post(MemoryMailer(), Senders(usual="it@msp.example")))


async def test_a_run_is_read_as_it_was_accepted(services: Services) -> None:
    accepted = await accept(request("k"), EVERY_TENANT, services, now=NOW)
    again = await accept(request("k"), EVERY_TENANT, services, now=NOW)

    run = accepted.run
    assert run == again.run == await services.post.runs.get(run.run_id)
    assert (run.tenants, set(run.pinned), run.sender_address) == (
        {CONTOSO: "Contoso"},
        {f"{CONTOSO}:en"},
        "it@msp.example",
    )
    assert [to.display_name for to in await services.post.runs.recipients(run.run_id, 0)] == ["Ana", "Ben"]


@pytest.mark.parametrize("dice", [None, [0, 0, 0, 0, 1, 2, 3]])  # some draw the same id
async def test_of_many_requests_at_once_one_is_accepted_and_nobody_is_in_two_runs(
    services: Services, monkeypatch: pytest.MonkeyPatch, dice: list[int] | None
) -> None:
    if dice:
        monkeypatch.setattr(secrets, "randbelow", lambda _: dice.pop(0))
    asked = [accept(request(f"k{number}"), EVERY_TENANT, services, now=NOW) for number in range(4)]

    found = await asyncio.gather(*asked, return_exceptions=True)

    assert [type(one) for one in found].count(AcceptedRun) == 1
    assert [type(one) for one in found].count(RunRefused) == 3
    runs, _ = await services.post.runs.recent(before=None, limit=10)
    [accepted] = [one for one in found if isinstance(one, AcceptedRun)]
    assert runs == [accepted.run]
    assert [to.display_name for to in await services.post.runs.recipients(accepted.run.run_id, 0)] == ["Ana", "Ben"]
