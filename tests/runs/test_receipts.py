"""What a receipt changes in its delivery, and in the user's contact row."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.delivery import Delivery, DeliveryState
from sspr_core.model.mail import Receipt
from sspr_core.model.recipient import Contact
from sspr_core.model.run import Pinned
from sspr_core.ports.mail import Mailing
from sspr_core.runs.audience import pinned_key
from sspr_core.runs.receipts import record
from sspr_core.runs.state_machine import ServiceFailed, after
from tests.fakes.mailing import MemoryDeliveries, MemoryRuns, a_post
from tests.runs.delivery_builders import HOUR, MINUTE, NOON, NUMBERS, a_delivery, a_receipt, a_run, claimed, ended

S = DeliveryState
ACCEPTED = ended(S.ACCEPTED, posted_at=NOON - HOUR)


async def a_post_with(row: Delivery, *, number_of_pass: int = 0) -> Mailing:
    post = a_post()
    assert isinstance(post.runs, MemoryRuns)
    post.runs.rows[row.run_id] = a_run(number_of_pass=number_of_pass)
    await post.deliveries.insert([row])
    return post


async def row_in(post: Mailing) -> Delivery:
    row = await post.deliveries.get(ACCEPTED.run_id, ACCEPTED.key)
    assert row is not None
    return row


async def recorded(post: Mailing, receipt: Receipt) -> bool:
    return await record(receipt, post, now=NOON)


async def contact_in(post: Mailing) -> Contact:
    return (await post.contacts.of(ACCEPTED.tenant_id, [ACCEPTED.user_id]))[ACCEPTED.user_id]


async def test_a_receipt_finds_its_row_by_the_operation_alone() -> None:
    post = await a_post_with(ACCEPTED)

    assert await recorded(post, a_receipt(ACCEPTED))
    assert (await row_in(post)).state is S.DELIVERED


@pytest.mark.parametrize(
    "foreign",
    [
        a_receipt(ACCEPTED, operation_id="x"),
        a_receipt(ACCEPTED, operation_id="6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
        a_receipt(a_delivery("ben")),
        a_receipt(replace(ACCEPTED, epoch=1)),
        a_receipt(ACCEPTED, recipient="someone.else@contoso.example"),
        a_receipt(ACCEPTED, sender="it@other.example"),
        replace(a_receipt(ACCEPTED), at="yesterday"),
        replace(a_receipt(ACCEPTED), at="2026-11-23T12:00:00"),
    ],
    ids=[
        "no id",
        "another's id",
        "no row",
        "a try there was not",
        "another's address",
        "another's sender",
        "no time",
        "no time zone",
    ],
)
async def test_what_is_none_of_ours_changes_nothing(foreign: Receipt) -> None:
    post = await a_post_with(ACCEPTED)
    before = await row_in(post)

    assert not await recorded(post, foreign)
    assert await row_in(post) == before


async def test_the_sender_is_its_tenants_own_where_it_has_one_however_it_is_written() -> None:
    post = await a_post_with(ACCEPTED)
    assert isinstance(post.runs, MemoryRuns)
    own = Pinned(
        branding=Branding(company="Contoso", support_contact="", sender_address="it@contoso.example"), words=Words()
    )
    pinned = {pinned_key(ACCEPTED.tenant_id, ACCEPTED.language): own}
    post.runs.rows[ACCEPTED.run_id] = a_run(pinned=pinned)

    assert not await recorded(post, a_receipt(ACCEPTED))
    assert await recorded(post, a_receipt(ACCEPTED, sender="IT@Contoso.example"))


async def test_a_receipt_that_outlives_its_run_is_still_recorded() -> None:
    post = await a_post_with(ACCEPTED)
    assert isinstance(post.runs, MemoryRuns)
    del post.runs.rows[ACCEPTED.run_id]

    assert await recorded(post, a_receipt(ACCEPTED))


async def test_a_failure_is_stamped_with_the_runs_pass() -> None:
    post = await a_post_with(ACCEPTED, number_of_pass=2)

    await recorded(post, a_receipt(ACCEPTED, "Quarantined"))

    assert ((await row_in(post)).state, (await row_in(post)).failed_in) == (S.FAILED, 2)


async def test_a_bounce_is_remembered_of_the_address_once() -> None:
    post = await a_post_with(ACCEPTED)

    for _ in range(2):
        await recorded(post, a_receipt(ACCEPTED, "Bounced", at=NOON - MINUTE))

    contact = await contact_in(post)
    assert contact.is_suppressed(ACCEPTED.address)
    assert (contact.bounce, contact.bounced_at) == ("bounced", NOON - MINUTE)
    assert (contact.emailed_count, contact.last_emailed_at) == (1, NOON - HOUR)


async def test_a_receipt_beats_whoever_writes_the_row_at_the_same_time() -> None:
    post = await a_post_with(claimed())

    class Overtaken(MemoryDeliveries):
        """Another writer changes the row between its first read and first write."""

        overtaken = False

        async def replace(self, row: Delivery) -> Delivery:
            if not self.overtaken:
                self.overtaken = True
                there = await self.get(row.run_id, row.key)
                assert there is not None
                await super().replace(replace(there, due_at=there.due_at + timedelta(minutes=1)))
            return await super().replace(row)

    assert isinstance(post.deliveries, MemoryDeliveries)
    post = replace(post, deliveries=Overtaken(rows=post.deliveries.rows))

    assert await recorded(post, a_receipt(claimed()))
    assert (await row_in(post)).state is S.DELIVERED


@pytest.mark.parametrize("state", [S.CANCELLED, S.SKIPPED, S.UNSURE, S.FAILED])
async def test_a_surprise_is_logged_as_an_error_without_the_address(
    state: DeliveryState, caplog: pytest.LogCaptureFixture
) -> None:
    post = await a_post_with(ended(state))

    await recorded(post, a_receipt(ACCEPTED))

    assert [one.levelname for one in caplog.records] == ["ERROR"]
    assert ACCEPTED.key in caplog.text
    assert ACCEPTED.address not in caplog.text


async def test_what_the_service_failed_itself_surprises_nobody(caplog: pytest.LogCaptureFixture) -> None:
    failed = after(claimed(), ServiceFailed("EmailDropped", 0), now=NOON, numbers=NUMBERS)
    assert failed is not None
    post = await a_post_with(failed)

    await recorded(post, a_receipt(ACCEPTED, "Failed"))

    assert caplog.records == []


async def test_a_reports_recipient_is_nobodys_user_and_is_not_remembered_as_one() -> None:
    row = replace(ACCEPTED, to_user=False)
    post = await a_post_with(row)

    assert await recorded(post, a_receipt(row, "Bounced"))

    assert (await row_in(post)).state is S.BOUNCED
    assert await post.contacts.of(row.tenant_id, [row.user_id]) == {}
