"""Runs, deliveries, pacing, contacts and send queue: one suite for the fakes and for tables and queues on Azurite."""

import asyncio
import base64
import json
from dataclasses import replace
from datetime import timedelta
from itertools import batched
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from azure.storage.queue.aio import QueueClient

from sspr_core.adapters.storage import Storage
from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.delivery import NEVER, Counted, Delivery, DeliveryState, delivery_key
from sspr_core.model.errors import Conflict, NotFound
from sspr_core.model.ids import EVERY_TENANT, Scope, TenantId, UserId
from sspr_core.model.queue_messages import EXPAND_RUNS, SEND_EMAILS
from sspr_core.model.report import Attachment, Letter, Picture, PinnedLetter, Report
from sspr_core.model.run import Pinned, PinnedRecipient, Run, RunId, RunState, first_run_id, new_run_id
from sspr_core.model.sending import Pacing
from sspr_core.ports.mail import MOST_PER_INSERT, MOST_PER_PAGE, Accepting, Mailing
from tests.builders import DAY, HOUR, MONDAY
from tests.fakes.mailing import SetClock, a_post
from tests.graph_rows import guid

CONTOSO, FABRIKAM = TenantId(guid("contoso")), TenantId(guid("fabrikam"))
SECOND = timedelta(seconds=1)
ANA = UserId(guid("ana"))


@pytest.fixture(params=["memory", "azurite"])
def post(request: pytest.FixtureRequest) -> Mailing:
    if request.param == "memory":
        return a_post()
    storage: Storage = request.getfixturevalue("storage")
    return storage.post(mailer=None)


def a_run(at=MONDAY, **said: Any) -> Run:
    usual: dict[str, Any] = {
        "run_id": new_run_id(at),
        "template": "reminder",
        "created_at": at,
        "created_by": guid("olga"),
        "created_by_name": "Olga „Ö“",
        "tenants": {CONTOSO: "Contoso", FABRIKAM: "Fabrikam"},
        "pinned": {
            f"{tenant}:de": Pinned(branding=Branding(company="Partner"), words=Words(subject=subject, version=3))
            for tenant, subject in ((CONTOSO, "Bitte"), (FABRIKAM, "Bitte"))
        },
        "digests": {CONTOSO: "1..2.00000000000000ff"},
        "sender_address": "donotreply@partner.example",
        "recipient_count": 2,
        "page_count": 1,
        "touched_at": at,
    }
    return Run(**{**usual, **said})


async def accepted(post: Mailing, run: Run, key: str | None = None, body: str = "body") -> Run:
    etag = await post.runs.admission()
    return await post.runs.accept(Accepting(run=run, key_hash=key, body_hash=body, admission_etag=etag))


def a_row(run: RunId, name: str = "ana", tenant: TenantId = CONTOSO, **said: Any) -> Delivery:
    usual: dict[str, Any] = {
        "run_id": run,
        "key": delivery_key(tenant, UserId(guid(name))),
        "tenant_id": tenant,
        "user_id": UserId(guid(name)),
        "address": f"{name}@contoso.example",
        "display_name": name.title(),
        "language": "de",
        "due_at": MONDAY,
    }
    return Delivery(**{**usual, **said})


async def all_rows(post: Mailing, run: RunId, **asked: Any) -> list[Delivery]:
    return [row async for page in post.deliveries.pages(run, **asked) for row in page]


def a_letter(size: int = 3) -> PinnedLetter:
    """An email of bytes that do not compress."""
    picture = Picture(name="course.png", content_type="image/png", content=b"\x89PNG", content_id="course")
    file = Attachment(name="users.xlsx", content_type="application/zip", content=Random(7).randbytes(size))
    letter = Letter(subject="Bericht „Ö“", text="…", html="<p>…</p>", pictures=(picture,), attachments=(file,))
    report = Report(tenant_id=CONTOSO, tenant_name="Contoso", language="de", zone="Etc/UTC", as_of=MONDAY)
    return PinnedLetter(letter=letter, report=report)


# Runs


async def test_an_accepted_run_is_read_as_it_was_accepted(post):
    run = a_run(not_before=MONDAY + HOUR, test=True)

    saved = await accepted(post, run)

    assert await post.runs.get(run.run_id) == saved
    assert replace(saved, etag=None) == run


@pytest.mark.parametrize("size", [3, 2_000_000])
async def test_a_reports_letter_is_read_as_it_was_written_however_large(post, size):
    run, letter = new_run_id(MONDAY), a_letter(size)
    await post.runs.save_letter(run, letter)
    await post.runs.save_letter(run, letter)

    assert await post.runs.letter(run) == letter
    with pytest.raises(NotFound):
        await post.runs.letter(new_run_id(MONDAY + DAY))


@pytest.mark.parametrize("size", [3, 2_000_000])
async def test_a_letter_never_goes_over_that_of_another_report(post, size):
    run, first, other = new_run_id(MONDAY), a_letter(size), a_letter(size + 1)
    await post.runs.save_letter(run, first)

    with pytest.raises(Conflict):
        await post.runs.save_letter(run, other)

    assert await post.runs.letter(run) == first


@pytest.mark.parametrize("page", [0, 1])
async def test_recipients_never_go_over_those_of_another_run(post, page):
    run, first = new_run_id(MONDAY), recipients(2)
    await post.runs.save_recipients(run, page, first)
    await post.runs.save_recipients(run, page, first)

    with pytest.raises(Conflict):
        await post.runs.save_recipients(run, page, recipients(2))

    assert await post.runs.recipients(run, page) == first


async def test_who_accepts_once_more_what_they_accepted_gets_their_run(post):
    run, etag = a_run(), await post.runs.admission()
    accepting = Accepting(run=run, key_hash="k1", body_hash="body", admission_etag=etag)

    first, again = [await post.runs.accept(accepting) for _ in range(2)]

    assert first == again == await post.runs.get(run.run_id)


async def test_what_is_pinned_of_a_run_never_goes_over_that_of_another_of_the_same_id(post):
    run = await accepted(post, a_run(), key="k1")

    for other in ({"template": "register_now"}, {"pinned": {}}, {"digests": {}}):
        with pytest.raises(Conflict):
            await accepted(post, replace(run, **other, created_at=MONDAY + SECOND), key="k2")

    assert await post.runs.get(run.run_id) == run
    assert await post.runs.known_key("k2") is None


async def test_a_letter_of_which_a_row_is_missing_is_none(storage):
    run = new_run_id(MONDAY)
    await storage.runs.save_letter(run, a_letter(2_000_000))
    await storage.tables.get_table_client(f"{storage.prefix}Runs").delete_entity(f"{run}:letter", "000001")

    with pytest.raises(NotFound):
        await storage.runs.letter(run)


async def test_a_letter_that_would_fill_too_many_rows_is_refused(storage):
    with pytest.raises(ValueError, match="too many"):
        await storage.runs.save_letter(new_run_id(MONDAY), a_letter(16_000_000))


async def test_the_letter_of_a_run_that_was_never_accepted_is_found_and_deleted_with_its_recipients(post):
    run, later = new_run_id(MONDAY), new_run_id(MONDAY + HOUR)
    await post.runs.save_letter(run, a_letter())
    await post.runs.save_recipients(run, 0, [])
    await post.runs.save_letter(later, a_letter())

    assert await post.runs.pinned(first=first_run_id(MONDAY), last=first_run_id(MONDAY + DAY)) == [run, later]
    await post.runs.delete_recipients(run)
    await post.runs.delete_recipients(later)

    assert await post.runs.pinned(first=first_run_id(MONDAY), last=first_run_id(MONDAY + DAY)) == []


async def test_what_is_accepted_aside_is_once_by_its_key_and_in_nobodys_way(post):
    mine, yours = a_run(), a_run(MONDAY + DAY)
    etag = await post.runs.admission()
    accepting = Accepting(run=mine, key_hash="a report", body_hash="", aside=True)
    saved = await post.runs.accept(accepting)

    with pytest.raises(Conflict):
        await post.runs.accept(replace(accepting, run=yours))

    assert await post.runs.known_key("a report") == (mine.run_id, "")
    assert replace(saved, etag=None) == mine
    assert await post.runs.admission() == etag


async def test_a_run_nobody_accepted_is_not_found(post):
    with pytest.raises(NotFound):
        await post.runs.get(new_run_id(MONDAY))


async def test_a_run_is_read_as_it_is_now_whatever_was_seen_of_it_lately(post):
    first = await accepted(post, a_run())
    assert await post.runs.lately(first.run_id, within=HOUR) == first
    second = await post.runs.save(replace(first, state=RunState.PAUSED))

    assert await post.runs.get(first.run_id) == second
    assert await post.runs.lately(first.run_id, within=timedelta(0)) == second


async def test_a_run_is_only_written_over_the_one_that_was_read(post):
    first = await accepted(post, a_run())
    second = await post.runs.save(replace(first, state=RunState.SENDING, cursor=7, problem="401 Denied"))

    with pytest.raises(Conflict):
        await post.runs.save(replace(first, state=RunState.PAUSED))

    assert await post.runs.get(first.run_id) == second
    assert (second.state, second.cursor, second.pinned) == (RunState.SENDING, 7, first.pinned)


async def test_what_a_run_no_longer_says_is_cleared(post):
    saved = await post.runs.save(replace(await accepted(post, a_run()), problem="401 Denied", finished_at=MONDAY))

    await post.runs.save(replace(saved, problem=None, finished_at=None))

    again = await post.runs.get(saved.run_id)
    assert (again.problem, again.finished_at) == (None, None)


async def test_a_run_that_was_never_accepted_cannot_be_saved(post):
    with pytest.raises(Conflict):
        await post.runs.save(a_run())


async def test_runs_come_newest_first_page_by_page(post):
    runs = [await accepted(post, a_run(MONDAY + hours * HOUR), key=f"{hours}") for hours in range(5)]

    first, before = await post.runs.recent(before=None, limit=2)
    second, before_that = await post.runs.recent(before=before, limit=2)
    rest, end = await post.runs.recent(before=before_that, limit=2)

    assert first + second + rest == runs[::-1]
    assert end is None
    assert await post.runs.recent(before=None, limit=5) == (runs[::-1], None)


async def test_the_same_key_accepts_one_run_and_leads_to_it_with_its_body(post):
    run, other = a_run(), a_run(MONDAY + HOUR)
    await accepted(post, run, key="olga-1", body="first")

    with pytest.raises(Conflict):
        await accepted(post, other, key="olga-1", body="second")

    assert await post.runs.known_key("olga-1") == (run.run_id, "first")
    assert await post.runs.known_key("olga-2") is None
    with pytest.raises(NotFound):
        await post.runs.get(other.run_id)


async def test_of_two_runs_checked_at_the_same_time_one_is_accepted_and_the_other_checks_again(post):
    for first in (0, 2):  # with no admission row before, and with one
        etag = await post.runs.admission()
        tries = [
            post.runs.accept(Accepting(run=a_run(MONDAY + n * DAY), key_hash=None, body_hash="", admission_etag=etag))
            for n in (first, first + 1)
        ]

        outcomes = await asyncio.gather(*tries, return_exceptions=True)

        assert sorted(isinstance(one, Conflict) for one in outcomes) == [False, True]
        assert await post.runs.admission() not in (None, etag)
    assert len((await post.runs.recent(before=None, limit=10))[0]) == 2


async def test_runs_without_a_key_are_each_a_run(post):
    await accepted(post, a_run())
    await accepted(post, a_run(MONDAY + HOUR))

    assert len((await post.runs.recent(before=None, limit=10))[0]) == 2


@pytest.mark.parametrize("state", RunState)
async def test_a_run_is_swept_until_a_week_after_its_end(post, state):
    ended = None if state.unfinished else MONDAY
    run = await post.runs.save(replace(await accepted(post, a_run()), state=state, finished_at=ended))

    assert await post.runs.unfinished(now=MONDAY + 7 * DAY) == [run]
    assert await post.runs.unfinished(now=MONDAY + 7 * DAY + SECOND) == ([run] if state.unfinished else [])


# Recipients


def recipients(count: int, name: str = "Ana Ödegård", address: str = "ana@contoso.example") -> list[PinnedRecipient]:
    return [
        PinnedRecipient(
            tenant_id=TenantId(str(uuid4())), user_id=UserId(str(uuid4())), address=address, display_name=name,
            language="pt-BR",
        )
        for _ in range(count)
    ]  # fmt: skip


async def test_pages_of_recipients_are_read_as_they_were_pinned_however_often_they_were_written(post):
    run, first, last = new_run_id(MONDAY), recipients(MOST_PER_PAGE), recipients(3)
    for _ in range(2):
        await post.runs.save_recipients(run, 0, first)
        await post.runs.save_recipients(run, 12, last)

    assert list(await post.runs.recipients(run, 0)) == first
    assert list(await post.runs.recipients(run, 12)) == last
    with pytest.raises(NotFound):
        await post.runs.recipients(run, 1)
    with pytest.raises(NotFound):
        await post.runs.recipients(new_run_id(MONDAY + DAY), 0)


async def test_a_page_fits_whatever_names_and_addresses_are_like(post):
    run = new_run_id(MONDAY)
    page = [
        replace(one, display_name="".join(chr(0x4E00 + (n * 7 + i * i) % 20_000) for i in range(256)),
                address=f"{uuid4().hex}{uuid4().hex}@{uuid4().hex}.{uuid4().hex}.example")
        for n, one in enumerate(recipients(MOST_PER_PAGE))
    ]  # fmt: skip

    await post.runs.save_recipients(run, 0, page)

    assert list(await post.runs.recipients(run, 0)) == page


async def test_more_recipients_than_a_page_holds_are_refused(post):
    with pytest.raises(ValueError, match="too many"):
        await post.runs.save_recipients(new_run_id(MONDAY), 0, recipients(MOST_PER_PAGE + 1))


async def test_recipients_of_a_run_that_was_not_accepted_can_be_deleted_and_only_those(post):
    run, other = new_run_id(MONDAY), new_run_id(MONDAY + DAY)
    for page in range(120):
        await post.runs.save_recipients(run, page, recipients(1))
    await post.runs.save_recipients(other, 0, recipients(1))

    for _ in range(2):
        await post.runs.delete_recipients(run)

    for page in (0, 119):
        with pytest.raises(NotFound):
            await post.runs.recipients(run, page)
    assert len(await post.runs.recipients(other, 0)) == 1


async def test_runs_with_recipients_are_found_by_their_time_whether_accepted_or_not(post):
    early, late, later = (first_run_id(MONDAY + hours * HOUR) for hours in (0, 1, 2))
    for run in (early, late, later):
        for page in (0, 1):
            await post.runs.save_recipients(run, page, recipients(1))
    await accepted(post, a_run(run_id=late))

    assert await post.runs.pinned(first=early, last=later) == [early, late]
    assert await post.runs.pinned(first=late, last=first_run_id(MONDAY + DAY)) == [late, later]


async def test_a_run_is_deleted_with_its_key_if_it_is_still_the_one_that_was_read(post):
    stale = await accepted(post, a_run(), key="k1")
    other = await accepted(post, a_run(MONDAY + DAY), key="k2")
    without_key = await accepted(post, a_run(MONDAY + 2 * DAY))
    run = await post.runs.save(replace(stale, state=RunState.FINISHED))
    with pytest.raises(Conflict):
        await post.runs.delete(stale)

    assert await post.runs.known_key("k1") == (run.run_id, "body")
    for one in (run, without_key):
        await post.runs.delete(one)
        with pytest.raises(NotFound):
            await post.runs.get(one.run_id)

    assert await post.runs.known_key("k1") is None
    assert await post.runs.known_key("k2") == (other.run_id, "body")
    assert await post.runs.get(other.run_id) == other
    with pytest.raises(Conflict):
        await post.runs.delete(run)


async def test_what_was_none_of_ours_is_counted_by_whoever_read_it_last(post):
    nothing = await post.runs.foreign()
    first = await post.runs.save_foreign(replace(nothing, counts={"send-emails": 1}, last_at=MONDAY))

    with pytest.raises(Conflict):
        await post.runs.save_foreign(replace(nothing, counts={"send-emails": 1}))
    second = await post.runs.save_foreign(replace(first, counts={"send-emails": 2, "delivery-reports": 1}))

    assert nothing.counts == {}
    assert await post.runs.foreign() == second
    assert (second.counts, second.last_at) == ({"send-emails": 2, "delivery-reports": 1}, MONDAY)


# Deliveries

RUN = new_run_id(MONDAY)


async def test_a_delivery_is_read_as_it_was_written_and_its_columns_can_be_cleared(post):
    [row] = await post.deliveries.insert([a_row(RUN)])
    full = replace(
        row, state=DeliveryState.UNSURE, claim="c", doubt_since=MONDAY, posted_at=MONDAY, attempts=3,
        contradicted=True, epoch=2, failed_in=1, reason="„why“", asked_at=MONDAY, questions=2, receipt="Bounced",
        receipt_at=MONDAY, arrived_after_all=True, poisonings=1, accepted_at=MONDAY, due_at=NEVER,
    )  # fmt: skip

    saved = await post.deliveries.replace(full)
    assert replace(saved, etag=None) == replace(full, etag=None)
    assert await post.deliveries.get(RUN, row.key) == saved

    await post.deliveries.replace(replace(row, etag=saved.etag))
    assert replace(await post.deliveries.get(RUN, row.key), etag=None) == a_row(RUN)


async def test_a_delivery_is_only_written_over_the_one_that_was_read(post):
    [row] = await post.deliveries.insert([a_row(RUN)])
    claimed = await post.deliveries.replace(replace(row, claim="first"))

    for stale in (row, a_row(RUN), a_row(RUN, "bo")):
        with pytest.raises(Conflict):
            await post.deliveries.replace(replace(stale, claim="second"))

    assert await post.deliveries.get(RUN, row.key) == claimed
    assert await post.deliveries.get(RUN, a_row(RUN, "bo").key) is None


async def test_inserting_again_leaves_what_is_there_and_adds_what_is_missing(post):
    [ana] = await post.deliveries.insert([a_row(RUN)])
    accepted_ana = await post.deliveries.replace(replace(ana, state=DeliveryState.ACCEPTED))

    found = await post.deliveries.insert([a_row(RUN, "bo"), a_row(RUN), a_row(RUN, "cas")])

    assert [one.user_id for one in found] == [guid(name) for name in ("bo", "ana", "cas")]
    assert found[1] == accepted_ana
    assert sorted(await all_rows(post, RUN), key=lambda one: one.key) == sorted(found, key=lambda one: one.key)


async def test_two_that_insert_the_same_rows_at_once_find_the_same(post):
    rows = [a_row(RUN, str(number)) for number in range(MOST_PER_INSERT)]

    first, second = await asyncio.gather(*(post.deliveries.insert(part) for part in (rows, rows[::-1])))

    assert first == second[::-1]
    assert [replace(one, etag=None) for one in first] == rows


async def test_two_users_that_meet_in_one_key_are_refused_and_neither_row_is_touched(post):
    [ana] = await post.deliveries.insert([a_row(RUN)])
    bo = replace(a_row(RUN, "bo"), key=ana.key)

    for rows in ([a_row(RUN, "cas"), bo], [replace(bo, run_id=new_run_id(MONDAY + DAY), tenant_id=FABRIKAM), bo]):
        with pytest.raises(Conflict):
            await post.deliveries.insert(rows)

    assert await all_rows(post, RUN) == [ana]


async def test_more_rows_than_a_transaction_holds_are_refused_and_none_is_nothing(post):
    with pytest.raises(ValueError, match="too many"):
        await post.deliveries.insert([a_row(RUN, str(number)) for number in range(MOST_PER_INSERT + 1)])

    assert await post.deliveries.insert([]) == []


async def test_deliveries_are_listed_in_key_order_by_state_by_time_and_from_a_key_on(post):
    names = [str(number) for number in range(8)]
    rows = [
        a_row(RUN, name, due_at=MONDAY + number * timedelta(milliseconds=1), state=list(DeliveryState)[number % 3])
        for number, name in enumerate(names)
    ]
    await post.deliveries.insert(rows)
    await post.deliveries.insert([a_row(new_run_id(MONDAY + DAY), "another run's")])
    in_order = sorted(rows, key=lambda one: one.key)

    async def found(**asked):
        return [replace(one, etag=None) for one in await all_rows(post, RUN, **asked)]

    two = {DeliveryState.PENDING, DeliveryState.CLAIMED}
    assert await found() == in_order
    assert await found(states=two) == [one for one in in_order if one.state in two]
    assert await found(states=[]) == []
    assert await found(after=in_order[2].key) == in_order[3:]
    soon = MONDAY + timedelta(milliseconds=4)
    assert await found(due_before=soon) == [one for one in in_order if one.due_at < soon]
    assert await found(due_before=soon, states=[DeliveryState.PENDING]) == [
        one for one in in_order if one.due_at < soon and one.state is DeliveryState.PENDING
    ]
    assert await found(tenant=CONTOSO, states=two) == [one for one in in_order if one.state in two]
    assert await found(tenant=FABRIKAM) == []


async def test_a_reader_sees_deliveries_of_its_tenants_only_page_by_page(post):
    rows = [a_row(RUN, str(n), FABRIKAM if n % 3 else CONTOSO, state=list(DeliveryState)[n % 2]) for n in range(30)]
    await post.deliveries.insert(rows)
    mine = sorted((one for one in rows if one.tenant_id == CONTOSO), key=lambda one: one.key)

    async def pages(scope: Scope, states: Any = None) -> list[Delivery]:
        found, after = [], None
        while True:
            some, after = await post.deliveries.page(scope, RUN, states=states, after=after, limit=4)
            found += [replace(one, etag=None) for one in some]
            if after is None:
                return found
            assert len(some) == 4

    only_contoso = Scope(tenants=frozenset({CONTOSO}))
    assert await pages(only_contoso) == mine
    claimed = [one for one in mine if one.state is DeliveryState.CLAIMED]
    assert await pages(only_contoso, [DeliveryState.CLAIMED]) == claimed
    assert await pages(Scope(tenants=frozenset())) == []
    assert len(await pages(EVERY_TENANT)) == 30


async def test_deliveries_are_counted_by_state_and_those_in_doubt_beyond_a_page(post):
    rows = [a_row(RUN, str(number)) for number in range(1_100)]
    for start in range(0, len(rows), MOST_PER_INSERT):
        await post.deliveries.insert(rows[start : start + MOST_PER_INSERT])
    bounced, asked = [await post.deliveries.get(RUN, row.key) for row in rows[:2]]
    await post.deliveries.replace(replace(bounced, state=DeliveryState.BOUNCED, doubt_since=MONDAY))
    await post.deliveries.replace(replace(asked, state=DeliveryState.CLAIMED, doubt_since=MONDAY, questions=1))

    counted = await post.deliveries.counts(RUN)
    assert counted.by_state == {DeliveryState.PENDING: 1_098, DeliveryState.BOUNCED: 1, DeliveryState.CLAIMED: 1}
    assert counted.in_doubt_count == 1
    assert await post.deliveries.counts(new_run_id(MONDAY + DAY)) == Counted()


async def test_all_deliveries_of_a_run_can_be_deleted_and_only_those(post):
    run, other = new_run_id(MONDAY), new_run_id(MONDAY + DAY)
    rows = [a_row(run, f"user{number}") for number in range(1_100)]  # more than a page
    for some in batched(rows, MOST_PER_INSERT, strict=True):
        await post.deliveries.insert(some)
    await post.deliveries.insert([a_row(other)])

    await asyncio.gather(*(post.deliveries.delete(run) for _ in range(2)))

    assert await all_rows(post, run) == []
    assert len(await all_rows(post, other)) == 1
    await post.deliveries.delete(run)


# Pacing


async def test_pacing_begins_empty_and_comes_back_as_it_was_written(post):
    assert await post.pacing.read() == Pacing()
    full = Pacing(next_free=MONDAY, hold_until=MONDAY + HOUR, hold_step=3, last_by="w1", wasted_count=100)

    saved = await post.pacing.save(full)

    assert replace(saved, etag=None) == full
    assert await post.pacing.read() == saved
    assert await post.pacing.save(replace(saved, hold_until=None, last_by=None)) == await post.pacing.read()


async def test_who_has_saved_the_pacing_sees_it_at_once(post):
    await post.pacing.save(Pacing(last_by="w1"))
    await post.pacing.lately(within=HOUR)
    saved = await post.pacing.save(replace(await post.pacing.read(), hold_until=MONDAY))

    assert await post.pacing.lately(within=HOUR) == saved


async def test_slots_are_only_given_out_by_who_read_last(post):
    for before in (Pacing(), None):  # before the first admission, and later
        read = before or await post.pacing.read()
        tries = [post.pacing.save(replace(read, last_by=worker)) for worker in ("w1", "w2", "w3")]

        outcomes = await asyncio.gather(*tries, return_exceptions=True)

        assert sorted(isinstance(one, Conflict) for one in outcomes) == [False, True, True]


# Contacts


async def test_a_contact_remembers_the_last_email_and_how_often_each_time_once(post):
    for at in (MONDAY, MONDAY, MONDAY + DAY, MONDAY, MONDAY + DAY):
        await post.contacts.emailed(CONTOSO, ANA, at=at)

    [ana] = (await post.contacts.of(CONTOSO, [ANA])).values()

    assert (ana.last_emailed_at, ana.emailed_count, ana.bounced_at) == (MONDAY + DAY, 2, None)


async def test_a_bounce_stands_beside_the_emails_and_the_latest_counts(post):
    await post.contacts.bounced(CONTOSO, ANA, address="new@x.example", word="bounced", at=MONDAY + DAY)
    await post.contacts.emailed(CONTOSO, ANA, at=MONDAY)
    await post.contacts.bounced(CONTOSO, ANA, address="old@x.example", word="suppressed", at=MONDAY)

    [ana] = (await post.contacts.of(CONTOSO, [ANA])).values()

    assert (ana.bounced_at, ana.bounced_address, ana.bounce) == (MONDAY + DAY, "new@x.example", "bounced")
    assert (ana.last_emailed_at, ana.emailed_count) == (MONDAY, 1)
    assert ana.is_suppressed("New@x.example")


async def test_what_many_say_of_a_contact_at_once_is_all_kept(post):
    times = [MONDAY + n * SECOND for n in range(6)]
    for at in times[:1]:
        await post.contacts.emailed(CONTOSO, ANA, at=at)

    bounce = post.contacts.bounced(CONTOSO, ANA, address="a@x.example", word="bounced", at=MONDAY)
    await asyncio.gather(*(post.contacts.emailed(CONTOSO, ANA, at=times[5]) for _ in range(5)), bounce)

    [ana] = (await post.contacts.of(CONTOSO, [ANA])).values()
    assert (ana.last_emailed_at, ana.emailed_count, ana.bounce) == (times[5], 2, "bounced")


@pytest.mark.parametrize("count", [3, 150])
async def test_contacts_of_few_or_many_users_are_those_known_in_that_tenant(post, count):
    users = [UserId(guid(str(number))) for number in range(count)]
    known = users[::3]
    for user in [*known, UserId(guid("nobody asked for"))]:
        await post.contacts.emailed(CONTOSO, user, at=MONDAY)

    found = await post.contacts.of(CONTOSO, users)

    assert {user: one.user_id for user, one in found.items()} == {user: user for user in known}
    assert await post.contacts.of(FABRIKAM, users) == {}
    assert await post.contacts.of(CONTOSO, []) == {}


# Send queue


async def visible(queue: QueueClient) -> list[Any]:
    return [json.loads(base64.b64decode(one.content)) async for one in queue.receive_messages(messages_per_page=32)]


async def test_nudges_lie_in_their_queues_as_the_host_reads_them(storage):
    emails, runs = (storage.queues.get_queue_client(storage.prefix + name) for name in (SEND_EMAILS, EXPAND_RUNS))
    keys = [a_row(RUN, str(number)).key for number in range(40)]

    await storage.send_queue.deliver([(RUN, key) for key in keys], after=timedelta(0))
    await storage.send_queue.expand(RUN)

    assert sorted(one["key"] for one in await visible(emails)) == sorted(keys)
    assert await visible(runs) == [{"run": RUN}]


async def test_a_nudge_for_later_is_not_seen_before_and_one_for_much_later_within_what_the_service_takes(storage):
    emails, runs = (storage.queues.get_queue_client(storage.prefix + name) for name in (SEND_EMAILS, EXPAND_RUNS))
    key = a_row(RUN).key

    await storage.send_queue.deliver([(RUN, key)], after=5 * SECOND)
    assert await visible(emails) == []
    await storage.send_queue.expand(RUN, after=timedelta(days=400))
    assert await visible(runs) == []
    async with asyncio.timeout(60):
        while not (seen := await visible(emails)):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)

    assert seen == [{"run": RUN, "key": key}]
    assert (await runs.get_queue_properties()).approximate_message_count == 1


async def test_the_fakes_nudges_are_seen_when_their_time_has_come():
    clock = SetClock(MONDAY)
    send_queue = a_post(clock=clock).send_queue
    await send_queue.deliver([(RUN, a_row(RUN).key)], after=HOUR)
    await send_queue.expand(RUN)

    assert [send_queue.take(number).key for number in send_queue.due()] == [None]
    clock.forward(HOUR)
    assert [send_queue.take(number).key for number in send_queue.due()] == [a_row(RUN).key]
    assert send_queue.messages == {}
