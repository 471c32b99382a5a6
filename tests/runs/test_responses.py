"""The JSON of runs and deliveries."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from sspr_core.formats.csv import escape_formula
from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.delivery import NEVER, Delivery, DeliveryState
from sspr_core.model.ids import EVERY_TENANT
from sspr_core.model.mail_service import Senders
from sspr_core.model.run import Run, RunState
from sspr_core.model.sending import Pacing
from sspr_core.runs import responses as module
from sspr_core.runs.accept import dry_run
from sspr_core.runs.queries import at_last_scan
from sspr_core.runs.responses import COLUMNS, Json, as_csv, delivery_view, plan_view, run_view
from tests.hostile_names import HOSTILE_NAMES
from tests.mail.user_builders import a_stored_user
from tests.runs.delivery_builders import HOUR, NOON, NUMBERS, a_delivery, a_run, claimed, ended
from tests.runs.run_builders import ANA, BEN, NOW, OLGA, a_desk, wanted
from tests.snapshot.snapshot_env import CONTOSO

SENDERS = Senders(usual="us@msp.example", others=("it@msp.example",))


def shown(run: Run, pacing: Pacing | None = None) -> Json:
    return run_view(run, at_last_scan(run), pacing or Pacing(), now=NOON, numbers=NUMBERS)


def test_a_hold_is_told_while_it_lasts_and_only_to_runs_it_holds_back() -> None:
    held = Pacing(hold_until=NOON + HOUR)

    assert shown(a_run(), held)["held_until"] == "2026-11-23T13:00:00.000Z"
    assert shown(a_run(), Pacing(hold_until=NOON))["held_until"] is None
    assert shown(a_run(state=RunState.FINISHED), held)["held_until"] is None


@pytest.mark.parametrize(
    ("state", "off"), [(RunState.SENDING, True), (RunState.PAUSED, True), (RunState.FINISHED, False)]
)
def test_where_sending_is_off_an_unfinished_run_says_so_and_foresees_nothing(state: RunState, off: bool) -> None:
    run, held = a_run(state=state, expanded=True, counts={"pending": 2}), Pacing(hold_until=NOON + HOUR)

    told = run_view(run, at_last_scan(run), held, now=NOON, numbers=NUMBERS, sending_off=True)

    assert (told["sending_off"], told["eta_at"], told["held_until"]) == (off, None, None)


def test_every_state_has_its_count() -> None:
    assert shown(a_run(counts={"accepted": 3}))["counts"] == dict.fromkeys(DeliveryState, 0) | {"accepted": 3}


def test_a_delivery_without_a_slot_is_due_at_no_time() -> None:
    assert delivery_view(a_delivery(due_at=NEVER), now=NOON)["due_at"] is None
    assert delivery_view(a_delivery(), now=NOON)["due_at"] == "2026-11-23T12:00:00.000Z"


def test_a_delivery_says_whether_it_is_in_doubt() -> None:
    assert delivery_view(claimed(), now=NOON)["in_doubt"] is True
    assert delivery_view(ended(DeliveryState.UNSURE, doubt_since=NOON), now=NOON)["in_doubt"] is False


async def file_of(*rows: Delivery) -> list[dict[str, str]]:
    async def pages() -> AsyncIterator[list[Delivery]]:
        yield list(rows)

    content = await as_csv(pages(), now=NOON)
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def test_a_file_has_the_columns_of_the_api_and_nothing_for_null() -> None:
    (row,) = await file_of(a_delivery("ana", state=DeliveryState.ACCEPTED, accepted_at=NOON, due_at=NEVER, attempts=1))

    assert list(row) == list(COLUMNS)
    assert (row["display_name"], row["state"], row["accepted_at"]) == ("Ana", "accepted", "2026-11-23T12:00:00.000Z")
    assert (row["due_at"], row["in_doubt"], row["attempt_count"]) == ("", "false", "1")


@pytest.mark.parametrize("name", HOSTILE_NAMES)
async def test_no_name_runs_in_a_file(name: str) -> None:
    (row,) = await file_of(a_delivery("ana", display_name=name))

    assert row["display_name"] == escape_formula(name)


async def test_a_plan_says_who_gets_which_mail_and_who_does_not() -> None:
    services = a_desk(ANA, BEN, a_stored_user("cas", preferred_language="de"), a_stored_user("dee", registered=True))
    await services.own.save_words(CONTOSO, "register_now", "de", Words(subject="{tenant}: bitte"), by="o", at=NOW)

    told = plan_view(await dry_run(wanted(), OLGA, EVERY_TENANT, services, now=NOW), "register_now", SENDERS)

    mails = told["mails"]
    assert isinstance(mails, list)
    assert [(one["tenant_id"], one["language"], one["recipient_count"]) for one in mails] == [
        (CONTOSO, "en", 2),
        (CONTOSO, "de", 1),
    ]
    assert mails[1]["subject"] == "Contoso: bitte"
    assert (told["recipient_count"], told["left_out_by_reason"]) == (3, {"registered_meanwhile": 1})
    assert told["seconds_between"] == timedelta(seconds=37.2).total_seconds()
    assert told["refusal"] is None


@pytest.mark.parametrize(
    ("own", "sender", "not_used"),
    [
        (None, "us@msp.example", None),
        ("it@contoso.example", "us@msp.example", "it@contoso.example"),
        ("IT@msp.example", "it@msp.example", None),
    ],
)
async def test_a_plan_says_where_a_mail_leaves_from_and_which_address_it_does_not(
    own: str | None, sender: str, not_used: str | None
) -> None:
    services = a_desk(ANA)
    await services.own.save_branding(CONTOSO, Branding(sender_address=own), by="o", at=NOW)

    told = plan_view(await dry_run(wanted(), OLGA, EVERY_TENANT, services, now=NOW), "register_now", SENDERS)

    assert isinstance(told["mails"], list)
    assert [(one["sender"], one["sender_not_used"]) for one in told["mails"]] == [(sender, not_used)]


async def test_a_long_list_is_cut_and_its_numbers_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sspr_core.runs.responses.MOST_LISTED", 1)
    monkeypatch.setattr(module, "MOST_LISTED", 1)
    services = a_desk(ANA, BEN, *(a_stored_user(name, mail=None) for name in ("cas", "dee")))

    told = plan_view(await dry_run(wanted(), OLGA, EVERY_TENANT, services, now=NOW), "register_now", SENDERS)

    recipients, left_out = told["recipients"], told["left_out"]
    assert isinstance(recipients, list)
    assert isinstance(left_out, list)
    assert (len(recipients), told["recipient_count"]) == (1, 2)
    assert (len(left_out), told["left_out_by_reason"]) == (1, {"no_address": 2})
