"""Accepting a run: all or nothing, once per Idempotency-Key, and no user in two runs."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sspr_core.model.branding import Branding
from sspr_core.model.errors import Conflict, Invalid, TryAgain
from sspr_core.model.ids import EVERY_TENANT, UserId
from sspr_core.model.mail_service import Senders
from sspr_core.model.recipient import MailTerms
from sspr_core.model.run import PinnedRecipient, Run, RunId, RunState
from sspr_core.model.sending import SendingLimits
from sspr_core.ports.mail import Accepting
from sspr_core.ports.services import Services
from sspr_core.runs import accept as module
from sspr_core.runs.accept import AcceptedRun, Submission, accept, dry_run
from sspr_core.runs.expand import first_delivery
from sspr_core.runs.recovery import delete_orphans
from sspr_core.runs.request import RunRefused
from sspr_core.runs.sender import sender_of
from tests.builders import DAY, HOUR, a_known
from tests.fakes.mailing import MemoryNudges, MemoryRuns, SetClock
from tests.graph_rows import guid
from tests.mail.user_builders import a_stored_user
from tests.runs.run_builders import ANA, BEN, CAS, FABRIKAM, NOW, OLGA, a_desk, request, runs_of, staffed, wanted
from tests.snapshot.snapshot_env import CONTOSO


async def accepted(services: Services, asked: Submission | None = None, *, now: datetime = NOW) -> AcceptedRun:
    return await accept(asked or request(), EVERY_TENANT, services, now=now)


async def recipients(services: Services, run: Run) -> list[str]:
    pages = [await services.post.runs.recipients(run.run_id, page) for page in range(run.page_count)]
    return [one.display_name for some in pages for one in some]


def nudged(services: Services) -> list[tuple[RunId, timedelta]]:
    send_queue = services.post.send_queue
    assert isinstance(send_queue, MemoryNudges)
    return [(one.run_id, one.due_at - SetClock().now) for one in send_queue.messages.values()]


async def test_an_accepted_run_is_queued_with_whom_it_is_for_and_nudged() -> None:
    services = a_desk(ANA, BEN, a_stored_user("cas", registered=True))

    found = await accepted(services)

    run = await services.post.runs.get(found.run.run_id)
    assert (run.state, run.recipient_count, run.left_out) == (RunState.QUEUED, 2, {"registered_meanwhile": 1})
    assert (run.created_by, run.created_by_name, run.sender_address) == (
        OLGA.object_id,
        OLGA.name,
        services.post.senders.usual,
    )
    assert (run.first_send_at, run.last_send_at) == (
        NOW + timedelta(seconds=5),
        NOW + timedelta(seconds=5 + 37.2),
    )
    assert run.tenants == {CONTOSO: "Contoso"}
    assert set(run.pinned) == {f"{CONTOSO}:en"}
    assert await recipients(services, run) == ["Ana", "Ben"]
    assert nudged(services) == [(run.run_id, timedelta(0))]
    assert [one.display_name for one in found.left_out or ()] == ["Cas"]


@pytest.mark.parametrize(("digest", "pinned"), [("1..1.ff", {CONTOSO: "1..1.ff"}), (None, {})])
async def test_what_the_users_of_its_tenants_were_like_is_pinned(digest: str | None, pinned: dict[str, str]) -> None:
    services = a_desk(ANA, known=a_known("contoso", digest=digest))

    assert (await accepted(services)).run.digests == pinned


async def test_recipients_go_in_pages_and_none_is_lost_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PER_PAGE", 2)
    services = a_desk(ANA, BEN, CAS, a_stored_user("dee"), a_stored_user("eva"))

    run = (await accepted(services)).run

    assert run.page_count == 3
    assert await recipients(services, run) == ["Ana", "Ben", "Cas", "Dee", "Eva"]


async def test_a_run_for_later_says_when_and_is_nudged_at_once_all_the_same() -> None:
    services = a_desk(ANA)

    run = (await accepted(services, request(not_before=NOW + 2 * DAY))).run

    assert run.not_before == run.first_send_at == NOW + 2 * DAY
    assert nudged(services) == [(run.run_id, timedelta(0))]


async def test_a_refused_run_leaves_nothing_behind() -> None:
    services = a_desk(a_stored_user("ana", registered=True))

    with pytest.raises(RunRefused, match="left out: 1 registered_meanwhile"):
        await accepted(services)

    assert (runs_of(services).rows, runs_of(services).pinned_recipients, nudged(services)) == ({}, {}, [])


async def test_the_same_request_under_the_same_key_is_the_same_run() -> None:
    services = a_desk(ANA)

    first = await accepted(services, request("k"))
    again = await accepted(services, request("k"), now=NOW + DAY)

    assert (first.run, first.left_out) == (again.run, ())
    assert again.left_out is None
    assert len(runs_of(services).rows) == 1


async def test_another_request_under_the_same_key_is_refused() -> None:
    services = a_desk(ANA)
    await accepted(services, request("k"))

    with pytest.raises(Invalid, match="another request") as caught:
        await accepted(services, request("k", body=b'{"template": "reminder"}'))

    assert caught.value.field == "Idempotency-Key"


async def test_a_key_is_its_callers_own() -> None:
    services = a_desk(ANA)
    await accepted(services, request("k"))
    staffed(services, a_known("contoso"), BEN)

    run = (await accepted(services, request("k", by=replace(OLGA, object_id=guid("otto"))))).run

    assert await recipients(services, run) == ["Ben"]


async def test_without_a_key_each_request_is_a_run_and_nobody_is_in_two() -> None:
    services = a_desk(ANA)
    await accepted(services)

    with pytest.raises(RunRefused, match="1 in_another_run"):
        await accepted(services)

    staffed(services, a_known("contoso"), ANA, BEN)
    second = await accepted(services)
    assert await recipients(services, second.run) == ["Ben"]


async def test_a_number_that_was_agreed_to_must_still_be_right() -> None:
    services = a_desk(ANA)
    agreed = replace(request("k"), recipient_count=1)
    staffed(services, a_known("contoso"), ANA, BEN)

    with pytest.raises(RunRefused, match="2 recipients now, no longer 1"):
        await accepted(services, agreed)

    assert runs_of(services).rows == {}
    run = (await accepted(services, replace(agreed, recipient_count=2))).run
    assert (await accepted(services, replace(agreed, recipient_count=2))).run == run


class Meeting(MemoryRuns):
    """Requests that have all checked before the first is accepted."""

    def __init__(self, *, count: int) -> None:
        super().__init__()
        self.everybody = asyncio.Barrier(count)
        self.met = False

    async def accept(self, accepting: Accepting) -> Run:
        if not self.met:
            await self.everybody.wait()
            self.met = True
        return await super().accept(accepting)


async def test_of_two_requests_at_once_one_is_looked_at_again() -> None:
    services = a_desk(ANA, BEN)
    services = replace(services, post=replace(services.post, runs=Meeting(count=2)))

    found = await asyncio.gather(accepted(services), accepted(services), return_exceptions=True)

    (run,) = [one.run for one in found if isinstance(one, AcceptedRun)]
    assert [str(one) for one in found if isinstance(one, RunRefused)] == [
        "All who are chosen are left out: 2 in_another_run. A dry run names them."
    ]
    await delete_orphans(runs_of(services), now=NOW + 2 * HOUR)
    assert {of for of, _ in runs_of(services).pinned_recipients} == {run.run_id}


async def test_of_two_requests_at_once_under_one_key_both_get_the_run() -> None:
    services = a_desk(ANA)
    services = replace(services, post=replace(services.post, runs=Meeting(count=2)))

    one, other = await asyncio.gather(accepted(services, request("k")), accepted(services, request("k")))

    assert one.run.run_id == other.run.run_id
    assert len(runs_of(services).rows) == 1


class LostAnswer(MemoryRuns):
    """The transaction is written but its answer is lost; the retry meets its own rows."""

    async def accept(self, accepting: Accepting) -> Run:
        await super().accept(accepting)
        return await super().accept(accepting)


async def test_an_answer_of_storage_that_was_lost_makes_no_second_run() -> None:
    services = a_desk(ANA)
    services = replace(services, post=replace(services.post, runs=LostAnswer()))

    run = (await accepted(services)).run

    assert list(runs_of(services).rows) == [run.run_id]
    assert await recipients(services, run) == ["Ana"]


async def test_a_run_never_takes_the_recipients_of_another_one() -> None:
    services, taken = a_desk(ANA), []
    save = runs_of(services).save_recipients

    async def drawn_by_another_first(run: RunId, page: int, some: Sequence[PinnedRecipient]) -> None:
        if not taken:
            taken.append(run)
            await save(run, 0, [])
        await save(run, page, some)

    runs_of(services).save_recipients = drawn_by_another_first  # type: ignore[method-assign]
    done = await accepted(services)

    assert done.run.run_id not in taken
    assert await runs_of(services).recipients(taken[0], 0) == []


class AlwaysQuicker(MemoryRuns):
    async def accept(self, accepting: Accepting) -> Run:
        raise Conflict("admission")


async def test_when_others_are_always_quicker_the_caller_is_told_to_come_back() -> None:
    services = a_desk(ANA)
    services = replace(services, post=replace(services.post, runs=AlwaysQuicker()))

    with pytest.raises(TryAgain):
        await accepted(services)

    await delete_orphans(runs_of(services), now=NOW + 2 * HOUR)
    assert runs_of(services).pinned_recipients == {}


class SilentQueue(MemoryNudges):
    async def expand(self, run: RunId, *, after: timedelta = timedelta(0)) -> None:
        raise TryAgain


async def test_a_run_whose_nudge_is_lost_is_accepted_all_the_same() -> None:
    services = a_desk(ANA)
    services = replace(services, post=replace(services.post, send_queue=SilentQueue()))

    run = (await accepted(services)).run

    assert (await services.post.runs.get(run.run_id)).state is RunState.QUEUED


async def test_a_sample_goes_to_whoever_asks_with_the_first_tenants_look() -> None:
    services = a_desk(ANA)
    staffed(services, a_known("fabrikam"), BEN)
    await services.own.save_mail_terms(CONTOSO, MailTerms(language="de"), by="o", at=NOW)

    run = (await accepted(services, request(sample=True, users=None, tenants=[CONTOSO, FABRIKAM]))).run

    assert (run.test, run.recipient_count, run.left_out) == (True, 1, {})
    (to,) = await services.post.runs.recipients(run.run_id, 0)
    assert (to.tenant_id, to.user_id, to.address, to.display_name, to.language) == (
        CONTOSO,
        UserId(OLGA.object_id),
        OLGA.address,
        "Olga",
        "de",
    )
    assert set(run.pinned) == {f"{CONTOSO}:de"}


async def test_a_sample_waits_its_turn_however_long_the_queue_is() -> None:
    services = a_desk(ANA, numbers=SendingLimits(longest_run=timedelta(hours=1)))
    pacing = await services.post.pacing.read()
    await services.post.pacing.save(replace(pacing, next_free=NOW + 2 * DAY))

    assert (await accepted(services, request(sample=True))).run.first_send_at == NOW + 2 * DAY


async def test_a_sample_for_somebody_without_an_address_is_refused() -> None:
    with pytest.raises(Invalid) as caught:
        await accepted(a_desk(ANA), request(sample=True, by=replace(OLGA, address=None)))

    assert caught.value.field == "test_to_me"


async def test_where_sending_is_off_there_is_no_sample_either() -> None:
    services = a_desk(ANA)
    services = replace(services, post=replace(services.post, mailer=None))

    with pytest.raises(RunRefused, match="Sending is off"):
        await accepted(services, request(sample=True))


@pytest.mark.parametrize(
    ("own", "sender"),
    [
        (None, "donotreply@partner.example"),
        ("security@contoso.example", "donotreply@partner.example"),  # not listed
        ("Security@partner.example", "security@partner.example"),
    ],
)
@pytest.mark.parametrize("said", [{}, {"sample": True}])
async def test_the_sender_in_effect_is_pinned_and_not_one_that_the_mail_service_may_not_know(
    said: dict[str, Any], own: str | None, sender: str
) -> None:
    services = a_desk(ANA)
    listed = Senders(usual=services.post.senders.usual, others=("security@partner.example",))
    services = replace(services, post=replace(services.post, senders=listed))
    await services.own.save_branding(CONTOSO, Branding(company="Contoso", sender_address=own), by="o", at=NOW)

    run = (await accepted(services, request(**said))).run

    row = first_delivery(run, (await services.post.runs.recipients(run.run_id, 0))[0], NOW)
    assert sender_of(run, row) == sender
    assert run.pinned[f"{CONTOSO}:en"].branding.company == "Contoso"


@pytest.mark.parametrize("said", [{}, {"sample": True}])
async def test_looking_ahead_writes_nothing(said: dict[str, Any]) -> None:
    services = a_desk(ANA)

    await dry_run(wanted(**said), OLGA, EVERY_TENANT, services, now=NOW)

    assert (runs_of(services).rows, runs_of(services).pinned_recipients, nudged(services)) == ({}, {}, [])
