"""What the queues' messages request, and how messages without a target are handled."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast

import pytest

from sspr_core.adapters.queues import Queue, QueueNudges
from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.delivery import DeliveryState
from sspr_core.model.errors import Conflict, TryAgain
from sspr_core.model.queue_messages import Foreign, delivery_in, run_in
from sspr_core.model.run import Pinned, Run, RunId
from sspr_core.runs.triggers import (
    handle_delivery_report,
    handle_expand_message,
    handle_send_message,
    note_foreign,
    sender,
)
from tests.builders import a_known, a_world
from tests.fakes.mailing import MemoryMailer, MemoryRuns
from tests.fakes.storage import MemoryTenants
from tests.mail.user_builders import a_stored_user, on_the_books
from tests.runs.accepted_run import RunAtNoon, run_at_noon
from tests.runs.delivery_builders import NOON, NUMBERS, RUN, TENANT, a_delivery
from tests.runs.test_event_grid import of_event_grid

ROW = a_delivery("user0")
GARBAGE = [
    b"",
    b"garbage",
    b"\xff\xfe",
    b"[]",
    b"{}",
    b'{"run": 7}',
    b'{"run": "0019a1b2c3d4"}',
    b'{"run": "0019A1B2C3D4E5", "key": "0123456789abcde"}',
    b'{"tenant_id": "0019a1b2-0000-4000-8000-000000000000"}',
]


def a_message(run: str = RUN, **said: str) -> bytes:
    return json.dumps({"run": run, **said}).encode()


def foreign(found: RunAtNoon) -> dict[str, int]:
    return dict(found.runs.foreign_row.counts)


def test_a_message_names_a_run_and_perhaps_a_delivery_of_it():
    assert run_in(a_message()) == RUN
    assert delivery_in(a_message(key=ROW.key)) == (RUN, ROW.key)
    assert delivery_in(a_message(key=ROW.key, more="later")) == (RUN, ROW.key)


@pytest.mark.parametrize("body", [*GARBAGE, a_message(), a_message(key="x"), a_message(key="0123456789abcdef")])
def test_what_names_no_delivery_is_none_of_ours(body):
    assert delivery_in(body) is None


@pytest.mark.parametrize("body", GARBAGE)
def test_what_names_no_run_is_none_of_ours(body):
    assert run_in(body) is None


class Texts:
    """A queue that records the messages sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    async def send(self, texts: Iterable[str], *, after: timedelta) -> None:
        self.sent += [text.encode() for text in texts]


async def test_what_the_adapter_sends_is_what_the_doors_read():
    emails, runs = Texts(), Texts()
    send_queue = QueueNudges(emails=cast(Queue, emails), runs=cast(Queue, runs))

    await send_queue.deliver([(RUN, ROW.key)], after=timedelta(0))
    await send_queue.expand(RUN)

    assert [delivery_in(body) for body in emails.sent] == [(RUN, ROW.key)]
    assert [run_in(body) for body in runs.sent] == [RUN]


async def test_a_message_sends_the_email_it_is_for():
    pinned = {f"{TENANT}:en": Pinned(branding=Branding(), words=Words())}
    found = await run_at_noon(1, template="register_now", pinned=pinned)
    await found.expand()
    found.clock.forward(NUMBERS.clock_error)
    known = a_known("contoso")
    services = a_world(
        post=found.post,
        tenants=MemoryTenants(rows={TENANT: known.tenant}, statuses={TENANT: known.status}),
        registrations=on_the_books(a_stored_user("user0"), tenant=TENANT),
    )

    await handle_send_message(a_message(key=ROW.key), sender(services, clock=found.clock))

    assert isinstance(found.post.mailer, MemoryMailer)
    assert [mail.to for _, mail in found.post.mailer.mailbox] == ["user0@contoso.example"]
    assert [row.state for row in found.rows] == [DeliveryState.ACCEPTED]


async def test_a_message_expands_the_run_it_is_for():
    found = await run_at_noon(2)

    await handle_expand_message(a_message(), found.post, clock=found.clock)

    assert len(found.rows) == 2
    assert foreign(found) == {}


@pytest.mark.parametrize("body", [*GARBAGE, a_message("0" * 14)])
async def test_expand_drops_and_counts_what_leads_to_no_run(body):
    found = await run_at_noon(2)

    await handle_expand_message(body, found.post, clock=found.clock)

    assert foreign(found) == {"expand-runs": 1}
    assert found.runs.foreign_row.last_at == NOON


@dataclass
class Away(MemoryRuns):
    async def get(self, run: RunId) -> Run:
        raise TryAgain


async def test_while_storage_is_away_expand_lets_the_message_go_for_the_sweep_asks_anew():
    found = await run_at_noon(2)
    away = replace(found.post, runs=Away(rows=found.runs.rows))

    await handle_expand_message(a_message(), away, clock=found.clock)

    assert (found.rows, foreign(found)) == ([], {})


@pytest.mark.parametrize("body", [*GARBAGE, a_message(key="0" * 15)])
async def test_deliver_drops_and_counts_what_leads_to_no_delivery(body):
    found = await run_at_noon(1)

    await handle_send_message(body, sender(a_world(post=found.post), clock=found.clock))

    assert foreign(found) == {"send-emails": 1}


# Reports


def a_report(**said: object) -> dict[str, object]:
    data = {
        "messageId": ROW.operation_id,
        "sender": "it@msp.example",
        "recipient": ROW.address,
        "status": "Delivered",
        "deliveryAttemptTimeStamp": NOON.isoformat(),
    }
    return of_event_grid({**data, **said})


async def test_a_report_is_written_on_its_delivery():
    found = await run_at_noon(1)
    found.put([ROW])

    await handle_delivery_report(json.dumps(a_report()).encode(), found.post, clock=found.clock)

    assert [(row.state, row.receipt) for row in found.rows] == [(DeliveryState.DELIVERED, "Delivered")]
    assert foreign(found) == {}


async def test_of_a_batch_every_report_counts_whatever_the_others_are():
    found = await run_at_noon(1)
    found.put([ROW])
    stranger = a_report(messageId="5a0b4d1e-0000-4000-8000-000000000001")
    validation = of_event_grid({}, "Microsoft.EventGrid.SubscriptionValidationEvent")
    batch = [stranger, 7, validation, a_report()]

    await handle_delivery_report(json.dumps(batch).encode(), found.post, clock=found.clock)

    assert [row.state for row in found.rows] == [DeliveryState.DELIVERED]
    assert foreign(found) == {"delivery-reports": 3}


@pytest.mark.parametrize("body", [b"", b"garbage", b"7"])
async def test_garbage_among_the_reports_is_counted(body):
    found = await run_at_noon(1)

    await handle_delivery_report(body, found.post, clock=found.clock)

    assert foreign(found) == {"delivery-reports": 1}


# Counting


async def test_each_queue_is_counted_apart_and_told_in_the_log(caplog):
    runs = MemoryRuns()

    for queue in ("send-emails", "send-emails", "delivery-reports"):
        await note_foreign(runs, queue, "7 bytes", now=NOON)

    assert runs.foreign_row.counts == {"send-emails": 2, "delivery-reports": 1}
    assert caplog.text.count("none of ours") == 3


@dataclass
class Crowded(MemoryRuns):
    tries: int = 0

    async def save_foreign(self, foreign: Foreign) -> Foreign:
        self.tries += 1
        raise Conflict("foreign")


async def test_where_many_count_at_once_the_log_is_enough(caplog):
    runs = Crowded()

    await note_foreign(runs, "send-emails", "7 bytes", now=NOON)

    assert (runs.tries, caplog.text.count("none of ours")) == (5, 1)
