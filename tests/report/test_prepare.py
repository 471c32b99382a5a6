"""A report becomes one run, whatever fails on the way."""

import asyncio
import re
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as but

from sspr_core.model.branding import Branding
from sspr_core.model.errors import NotFound, TryAgain
from sspr_core.model.ids import EVERY_TENANT, Scope
from sspr_core.model.mail_service import Senders
from sspr_core.model.recipient import MailTerms
from sspr_core.model.report import Letter, PinnedLetter
from sspr_core.model.report_plan import ReportPlan
from sspr_core.model.run import ALL_TENANTS, RunId, first_run_id
from sspr_core.model.tenant import SwitchedOff
from sspr_core.ports.services import Services
from sspr_core.report import compose as compose_module
from sspr_core.report import prepare as prepare_module
from sspr_core.report.archive import ReportRefused
from sspr_core.report.compose import compose
from sspr_core.report.prepare import asked_for, id_of, prepare, scheduled
from sspr_core.report.triggers import handle_report_message
from tests.builders import DAY, HOUR, MONDAY, PARTNER
from tests.fakes.storage import _UserRow
from tests.mail.user_builders import a_stored_user
from tests.report.report_builders import a_report
from tests.report.report_env import (
    EIGHT,
    FAULTS,
    PLAN,
    TO,
    Killed,
    Storage,
    a_bureau,
    a_job,
    archive_of,
    expands_of,
    jobs_of,
    runs_of,
)
from tests.snapshot.snapshot_env import CONTOSO


async def prepared(services: Services, tenant=CONTOSO, **said: Any):
    return await prepare(scheduled(tenant, EIGHT), EVERY_TENANT, services, **{"now": EIGHT} | said)


async def letter_of(services: Services, run):
    return (await services.post.runs.letter(run.run_id)).letter


async def test_each_recipient_of_the_plan_gets_an_email_of_the_run():
    services = await a_bureau()

    run = await prepared(services)

    to = await services.post.runs.recipients(run.run_id, 0)
    assert tuple(one.address for one in to) == TO
    assert {one.tenant_id for one in to} == {CONTOSO}
    assert len({one.user_id for one in to}) == 2
    assert (run.report, run.recipient_count, run.tenants) == (CONTOSO, 2, {CONTOSO: "Contoso"})
    assert expands_of(services) == [run.run_id]


async def test_reports_of_one_millisecond_never_share_a_run_or_a_letter():
    services = await a_bureau()
    theirs = PinnedLetter(letter=Letter(subject="", text="", html=""), report=a_report())
    first = int(first_run_id(EIGHT), 16)
    taken = [RunId(f"{first + number:014x}") for number in range(256) if number != 77]
    for run_id in taken:
        await services.post.runs.save_letter(run_id, theirs)

    run = await prepared(services)

    assert run.run_id == f"{first + 77:014x}"
    assert [await services.post.runs.letter(one) for one in taken] == [theirs] * 255


async def test_a_report_never_takes_the_recipients_of_another_run():
    services = await a_bureau()
    first = int(first_run_id(EIGHT), 16)
    taken = [RunId(f"{first + number:014x}") for number in range(256) if number != 77]
    for run_id in taken:
        await services.post.runs.save_recipients(run_id, 0, [])

    run = await prepared(services)

    assert run.run_id == f"{first + 77:014x}"
    assert [await services.post.runs.recipients(one, 0) for one in taken] == [[]] * 255
    assert list(services.post.runs.letters) == [run.run_id]


async def test_the_report_over_all_is_a_run_of_the_partners_own_tenant():
    services = await a_bureau()

    run = await prepared(services, None)

    assert (run.report, run.tenants) == (ALL_TENANTS, {PARTNER: "All tenants"})
    assert {one.tenant_id for one in await services.post.runs.recipients(run.run_id, 0)} == {PARTNER}


async def test_what_is_sent_is_archived_with_its_figures_and_without_names():
    services = await a_bureau(plan=but(PLAN, names=True))

    run = await prepared(services)

    [sent] = archive_of(services).archived.values()
    assert sent.run_id == run.run_id
    assert sent.report.to_register.count == 4
    assert sent.report.to_register.named == ()
    assert "Ana" in (await letter_of(services, run)).text


async def test_without_names_in_the_plan_nobody_is_named_in_the_mail():
    services = await a_bureau()

    letter = await letter_of(services, await prepared(services))

    assert "Ana" not in letter.text
    assert "Ana" not in letter.html


async def test_the_next_report_tells_what_has_changed_since():
    services = await a_bureau()
    await prepared(services)
    registered = but(
        a_stored_user("ana", registered=True),
        seen_registered_at=EIGHT + DAY,
        registered_after_at=MONDAY,
        changed_at=EIGHT + DAY,
    )
    services.registrations.rows[CONTOSO][registered.user_id] = _UserRow(registered, "", "")

    await prepare(scheduled(CONTOSO, EIGHT + 7 * DAY), EVERY_TENANT, services, now=EIGHT + 7 * DAY)

    last = await services.reports.last(EVERY_TENANT, CONTOSO, before=EIGHT + 8 * DAY)
    assert last is not None
    assert (last.report.since, last.report.newly_registered.count) == (EIGHT, 1)


async def test_it_looks_and_is_sent_as_the_tenants_mails_in_its_language():
    services = await a_bureau()
    who = {"by": "olga", "at": MONDAY}
    await services.own.save_branding(None, Branding(company="Partner IT"), **who)
    await services.own.save_branding(CONTOSO, Branding(company="Contoso IT"), **who)
    await services.own.save_mail_terms(CONTOSO, MailTerms(language="de"), **who)

    run = await prepared(services)

    assert "Contoso IT" in (await letter_of(services, run)).html
    assert [one.language for one in await services.post.runs.recipients(run.run_id, 0)] == ["de", "de"]


@pytest.mark.parametrize(
    ("own", "sender"), [("it@contoso.example", None), ("IT@partner.example", "it@partner.example")]
)
async def test_it_leaves_from_its_brandings_sender_where_the_settings_name_that(own: str, sender: str | None):
    services = await a_bureau()
    listed = Senders(usual=services.post.senders.usual, others=("it@partner.example",))
    await services.own.save_branding(CONTOSO, Branding(sender_address=own), by="olga", at=MONDAY)

    run = await prepared(replace(services, post=replace(services.post, senders=listed)))

    assert run.pinned[f"{CONTOSO}:en"].branding.sender_address == sender
    assert run.sender_address == services.post.senders.usual


async def test_the_plans_language_comes_before_the_tenants():
    services = await a_bureau(plan=but(PLAN, language="fr"))
    await services.own.save_mail_terms(CONTOSO, MailTerms(language="de"), by="olga", at=MONDAY)

    run = await prepared(services)

    assert {one.language for one in await services.post.runs.recipients(run.run_id, 0)} == {"fr"}


async def test_asked_for_twice_with_the_same_key_it_is_one_run_and_with_another_it_is_two():
    services = await a_bureau()

    async def asked(key: str, by: str = "olga") -> str:
        occasion = asked_for(CONTOSO, key, by=by, by_name=by)
        return (await prepare(occasion, EVERY_TENANT, services, now=EIGHT + HOUR)).run_id

    assert await asked("a") == await asked("a")
    assert len({await asked("a"), await asked("b"), await asked("a", "ben")}) == 3
    assert len(runs_of(services)) == 3


async def test_a_report_asked_for_in_between_leaves_the_scheduled_one_due():
    services = await a_bureau()

    await prepare(asked_for(CONTOSO, "a", by="olga", by_name="Olga"), EVERY_TENANT, services, now=EIGHT - HOUR)
    await handle_report_message(a_job(), services, now=EIGHT)

    assert [run.created_by_name for run in runs_of(services)] == ["Olga", "schedule"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"plan": ReportPlan()}, "no_recipients"),
        ({"switched_off": SwitchedOff(by="olga", at=MONDAY, reason="left")}, "tenant_closed"),
        ({"removed_at": MONDAY}, "tenant_closed"),
    ],
)
async def test_what_cannot_be_sent_is_refused_and_leaves_nothing(said, code):
    services = await a_bureau(**said)

    with pytest.raises(ReportRefused) as refused:
        await prepared(services)

    assert refused.value.code == code
    assert (runs_of(services), services.post.runs.letters, archive_of(services).archived) == ([], {}, {})


async def test_a_tenant_that_was_never_read_gets_a_report_that_says_so():
    services = await a_bureau(read_at=None)

    await prepared(services)

    [sent] = archive_of(services).archived.values()
    assert (sent.report.counts, sent.report.fresh) == (None, False)


async def test_outside_the_scope_there_is_no_report():
    services = await a_bureau()
    some = Scope(tenants=frozenset({CONTOSO}))

    with pytest.raises(NotFound):
        await prepare(scheduled(None, EIGHT), some, services, now=EIGHT)
    with pytest.raises(NotFound):
        await prepare(scheduled(CONTOSO, EIGHT), Scope(tenants=frozenset()), services, now=EIGHT)


async def test_a_report_asked_for_before_the_scope_became_smaller_is_outside_too():
    services, again = await a_bureau(), asked_for(CONTOSO, "a key", by="olga", by_name="Olga")
    await prepare(again, EVERY_TENANT, services, now=EIGHT)

    with pytest.raises(NotFound):
        await prepare(again, Scope(tenants=frozenset()), services, now=EIGHT)


async def test_two_at_once_accept_one_run_and_leave_nothing_of_the_other():
    services = await a_bureau()
    both_have_looked = asyncio.Barrier(2)
    look = services.post.runs.known_key

    async def slow_look(key: str):
        found = await look(key)
        if found is None:
            await both_have_looked.wait()
        return found

    services.post.runs.known_key = slow_look

    one, other = await asyncio.gather(prepared(services), prepared(services))

    assert one.run_id == other.run_id
    assert list(services.post.runs.letters) == [one.run_id]
    assert [run for run, _ in services.post.runs.pinned_recipients] == [one.run_id]
    assert len(archive_of(services).archived) == 1


async def _calls() -> int:
    storage = Storage(None, done=False, error=TryAgain)
    await handle_report_message(a_job(), storage.around(await a_bureau()), now=EIGHT)
    return storage.count


CALLS = asyncio.run(_calls())


@pytest.mark.parametrize("number", range(1, CALLS + 1))
@pytest.mark.parametrize(("error", "done"), FAULTS)
async def test_wherever_storage_fails_or_the_process_dies_the_message_again_makes_it_one_run(number, error, done):
    services = await a_bureau()
    storage = Storage(number, done=done, error=error)
    with suppress(Killed):
        await handle_report_message(a_job(), storage.around(services), now=EIGHT)
    assert storage.count >= number

    for minutes in (1, 2):
        await handle_report_message(a_job(), services, now=EIGHT + minutes * (HOUR / 60))

    [run] = runs_of(services)
    assert [sent.run_id for sent in archive_of(services).archived.values()] == [run.run_id]
    assert (await services.post.runs.letter(run.run_id)).letter.subject
    assert len(await services.post.runs.recipients(run.run_id, 0)) == 2
    assert (await services.reports.state(EVERY_TENANT, CONTOSO)).due_at == EIGHT


async def test_storage_that_is_away_brings_a_copy_of_the_message_later():
    services = await a_bureau()

    await handle_report_message(a_job(), Storage(3, done=False, error=TryAgain).around(services), now=EIGHT)

    [(copy, after)] = jobs_of(services).sent
    assert copy == replace(a_job(), attempt=1)
    assert after.total_seconds() == 60


async def test_after_a_day_there_are_no_more_copies_and_the_sweep_asks_anew():
    services = await a_bureau()

    await handle_report_message(a_job(), Storage(1, done=False, error=TryAgain).around(services), now=EIGHT + DAY)

    assert jobs_of(services).sent == []


def test_a_recipient_is_the_same_however_the_address_is_written():
    assert id_of("IT@contoso.example") == id_of("it@contoso.example") != id_of("it@fabrikam.example")


async def test_files_lie_beside_the_mail_where_the_plan_wants_names_and_files():
    services = await a_bureau(a_stored_user("ana"), plan=but(PLAN, names=True, attachments=("csv", "xlsx")))

    letter = await letter_of(services, await prepared(services))

    assert [one.name.rpartition(".")[2] for one in letter.attachments] == ["csv", "xlsx"]
    assert "ana@contoso.example" in letter.attachments[0].content.decode()


async def test_beside_the_report_over_all_lie_the_tenants():
    services = await a_bureau(plan=but(PLAN, attachments=("csv",)))

    [file] = (await letter_of(services, await prepared(services, None))).attachments

    assert CONTOSO in file.content.decode()


async def test_without_names_there_is_no_file_of_users():
    services = await a_bureau(plan=but(PLAN, attachments=("csv",)))

    assert (await letter_of(services, await prepared(services))).attachments == ()


async def test_what_is_too_large_for_a_mail_is_left_out_and_the_letter_says_where_it_is(monkeypatch):
    monkeypatch.setattr(prepare_module, "MOST_ATTACHED", 10)
    services = await a_bureau(plan=but(PLAN, names=True, attachments=("csv",)))

    letter = await letter_of(services, await prepared(services))

    assert letter.attachments == ()
    assert f"https://sspr.partner.example/p/tenants/{CONTOSO}" in letter.text


async def test_a_report_that_is_only_looked_at_has_no_files():
    services = await a_bureau()
    plan = but(PLAN, names=True, attachments=("csv",))

    made = await compose(plan, CONTOSO, EVERY_TENANT, services, now=EIGHT)

    assert made.letter.attachments == ()
    assert "/p/tenants/" not in made.letter.text


async def test_whoever_only_looks_does_not_wait_for_every_user_of_a_large_tenant(monkeypatch):
    monkeypatch.setattr(compose_module, "MOST_LOOKED_AT", 1)
    monkeypatch.setattr(compose_module, "_PAGE", 1)
    services = await a_bureau(a_stored_user("ana"), a_stored_user("ben"), plan=but(PLAN, names=True))

    looked_at = await compose(but(PLAN, names=True), CONTOSO, EVERY_TENANT, services, now=EIGHT)
    letter = await letter_of(services, await prepared(services))

    assert len(looked_at.report.to_register.named) == 1
    assert {"Ana", "Ben"} <= set(re.findall(r"Ana|Ben", letter.text))
