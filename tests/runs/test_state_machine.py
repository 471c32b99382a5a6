"""The next state of a delivery: every state, every event, and the preconditions of the protocol's section 3."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sspr_core.model.delivery import MOST_EPOCHS, NEVER, Delivery, DeliveryState, of_operation, operation_id
from sspr_core.model.run import RunId
from sspr_core.runs.state_machine import (
    Claimed,
    Event,
    LookupInconclusive,
    NewSlot,
    NotAsked,
    NotSent,
    Omitted,
    OutcomeUnknown,
    Poisoned,
    Reported,
    Rescheduled,
    RetryAsked,
    RunCancelled,
    ServiceFailed,
    WasAccepted,
    WasRefused,
    after,
    may_be_claimed,
)
from tests.runs.delivery_builders import (
    HOUR,
    MINUTE,
    NOON,
    NUMBERS,
    SECOND,
    a_delivery,
    a_receipt,
    claimed,
    ended,
    in_doubt,
)

S = DeliveryState
BEFORE = a_delivery()

ROWS: dict[str, Delivery] = {
    "pending": a_delivery(),
    "in_doubt": in_doubt(),
    "claimed": claimed(),
    "accepted": ended(S.ACCEPTED, accepted_at=NOON - HOUR),
    "delivered": ended(S.DELIVERED, receipt="Delivered", receipt_at=NOON - HOUR),
    "bounced": ended(S.BOUNCED, receipt="Bounced", receipt_at=NOON - HOUR),
    "suppressed": ended(S.SUPPRESSED, receipt="Suppressed", receipt_at=NOON - HOUR),
    "failed": ended(S.FAILED, failed_in=0, reason="refused"),
    "skipped": ended(S.SKIPPED, reason="registered meanwhile"),
    "cancelled": ended(S.CANCELLED, reason="the run was cancelled"),
    "unsure": ended(S.UNSURE, failed_in=0, doubt_since=NOON - HOUR, reason="nobody knows"),
}

EVENTS: dict[str, Event] = {
    "Intended": Claimed("another claim"),
    "WasAccepted": WasAccepted(),
    "NotSent": NotSent(BEFORE, NOON + HOUR),
    "WasRefused": WasRefused(BEFORE, "no such address", 0),
    "WasRefused, in doubt before": WasRefused(in_doubt(), "known already", 0),
    "NotClear": OutcomeUnknown(),
    "AskedInVain, no answer": LookupInconclusive(knows_nothing=False, run_goes_on=True),
    "AskedInVain, 404": LookupInconclusive(knows_nothing=True, run_goes_on=True),
    "AskedInVain, 404, cancelled": LookupInconclusive(knows_nothing=True, run_goes_on=False),
    "NotAsked": NotAsked(),
    "GivenUp": ServiceFailed("EmailDropped", 0),
    "NewSlot": NewSlot(NOON + HOUR),
    "LeftOut": Omitted("registered meanwhile"),
    "RunCancelled": RunCancelled(),
    "Reported delivered": Reported(a_receipt(BEFORE), 0),
    "Reported bounced": Reported(a_receipt(BEFORE, "Bounced"), 0),
    "Reported suppressed": Reported(a_receipt(BEFORE, "Suppressed"), 0),
    "Reported filtered": Reported(a_receipt(BEFORE, "FilteredSpam"), 0),
    "RetryAsked": RetryAsked(1),
    "RetryAsked, unsure too": RetryAsked(1, unsure_too=True),
    "LookAgainAt": Rescheduled(NOON + 5 * MINUTE),
    "Poisoned": Poisoned(0),
}

# The resulting state; "." where the event changes nothing.
TABLE = """
                             pending    in_doubt   claimed    accepted   delivered  bounced    suppressed failed     skipped    cancelled  unsure
Intended                     claimed    claimed    .          .          .          .          .          .          .          .          .
WasAccepted                  accepted   accepted   accepted   .          .          .          .          accepted   accepted   accepted   accepted
NotSent                      .          .          pending    .          .          .          .          .          .          .          .
WasRefused                   .          .          failed     .          .          .          .          .          .          .          .
WasRefused, in doubt before  .          .          claimed    .          .          .          .          .          .          .          .
NotClear                     .          .          claimed    .          .          .          .          .          .          .          .
AskedInVain, no answer       .          .          claimed    .          .          .          .          .          .          .          .
AskedInVain, 404             .          .          pending    .          .          .          .          .          .          .          .
AskedInVain, 404, cancelled  .          .          unsure     .          .          .          .          .          .          .          .
NotAsked                     .          .          .          .          .          .          .          .          .          .          .
GivenUp                      .          .          failed     failed     .          .          .          .          .          .          .
NewSlot                      pending    pending    .          .          .          .          .          .          .          .          .
LeftOut                      skipped    unsure     .          .          .          .          .          .          .          .          .
RunCancelled                 cancelled  unsure     .          .          .          .          .          .          .          .          .
Reported delivered           delivered  delivered  delivered  delivered  delivered  delivered  delivered  delivered  delivered  delivered  delivered
Reported bounced             bounced    bounced    bounced    bounced    bounced    bounced    bounced    bounced    bounced    bounced    bounced
Reported suppressed          suppressed suppressed suppressed suppressed suppressed suppressed suppressed suppressed suppressed suppressed suppressed
Reported filtered            failed     failed     failed     failed     failed     failed     failed     failed     failed     failed     failed
RetryAsked                   .          .          .          .          .          .          .          pending    .          .          .
RetryAsked, unsure too       .          .          .          .          .          .          .          pending    .          .          pending
LookAgainAt                  .          .          claimed    .          .          .          .          .          .          .          .
Poisoned                     pending    pending    claimed    .          .          .          .          .          .          .          .
"""  # noqa: E501 - a table


def cells() -> list[tuple[str, str, str]]:
    header, *lines = TABLE.strip("\n").splitlines()
    columns = header.split()
    return [
        (line[:29].strip(), column, word)
        for line in lines
        for column, word in zip(columns, line[29:].split(), strict=True)
    ]


def becomes(row: Delivery, event: Event, *, now: datetime = NOON) -> Delivery:
    changed = after(row, event, now=now, numbers=NUMBERS)
    assert changed is not None
    return changed


def stays(row: Delivery, event: Event, *, now: datetime = NOON) -> bool:
    return after(row, event, now=now, numbers=NUMBERS) is None


@pytest.mark.parametrize(("event", "state", "comes_out"), cells())
def test_each_state_and_event_come_to_what_the_table_says(event: str, state: str, comes_out: str) -> None:
    changed = after(ROWS[state], EVENTS[event], now=NOON, numbers=NUMBERS)

    assert ("." if changed is None else changed.state) == comes_out


def test_the_table_leaves_out_no_state_and_no_event() -> None:
    assert {row.state for row in ROWS.values()} == set(DeliveryState)
    assert {type(event) for event in EVENTS.values()} == set(get_args(Event.__value__))
    assert len(cells()) == len(EVENTS) * len(ROWS)


def test_no_event_changes_who_is_written_to() -> None:
    pinned = ("run_id", "key", "tenant_id", "user_id", "address", "display_name", "language", "etag")

    for row in ROWS.values():
        for event in EVENTS.values():
            changed = after(row, event, now=NOON, numbers=NUMBERS) or row
            assert all(getattr(changed, field) == getattr(row, field) for field in pinned)


def test_what_is_final_or_pending_is_nobodys_claim() -> None:
    for row in ROWS.values():
        for event in EVENTS.values():
            changed = after(row, event, now=NOON, numbers=NUMBERS) or row
            assert (changed.claim is not None) == (changed.state is S.CLAIMED)


# Transition 1: the intent


def test_an_intent_is_written_with_its_time_its_end_and_its_attempt() -> None:
    intent = becomes(a_delivery(), Claimed("mine"), now=NOON + SECOND)

    assert intent == a_delivery(
        state=S.CLAIMED,
        claim="mine",
        due_at=NOON + SECOND + NUMBERS.lease,
        posted_at=NOON + SECOND,
        doubt_since=NOON + SECOND,
        attempts=1,
    )


def test_an_intent_in_doubt_keeps_the_first_doubt() -> None:
    intent = becomes(in_doubt(since=NOON - HOUR, attempts=2), Claimed("mine"))

    assert (intent.doubt_since, intent.posted_at, intent.attempts) == (NOON - HOUR, NOON, 3)


@pytest.mark.parametrize(
    ("late", "good"),
    [(-SECOND, False), (0 * SECOND, True), (NUMBERS.grace, True), (NUMBERS.grace + SECOND, False)],
)
def test_a_slot_is_good_from_its_time_to_the_end_of_its_grace(late: timedelta, good: bool) -> None:
    assert may_be_claimed(a_delivery(), now=NOON + late, numbers=NUMBERS) is good
    assert stays(a_delivery(), Claimed("mine"), now=NOON + late) is not good


def test_without_a_quota_a_late_message_sends_all_the_same() -> None:
    no_quota = replace(NUMBERS, per_minute=None, per_hour=None)

    assert may_be_claimed(a_delivery(), now=NOON + HOUR, numbers=no_quota)
    assert not may_be_claimed(a_delivery(), now=NOON - SECOND, numbers=no_quota)


@pytest.mark.parametrize(("old", "young"), [(NUMBERS.memory_safe - SECOND, True), (NUMBERS.memory_safe, False)])
def test_old_doubt_is_never_followed_by_a_post(old: timedelta, young: bool) -> None:
    assert may_be_claimed(in_doubt(since=NOON - old), now=NOON, numbers=NUMBERS) is young


# Transition 2 and receipts: proof


def test_acceptance_ends_claim_and_doubt_whatever_was_believed() -> None:
    for row in ROWS.values():
        accepted = after(row, WasAccepted(), now=NOON, numbers=NUMBERS)
        if accepted:
            assert (accepted.claim, accepted.in_doubt, accepted.reason, accepted.failed_in) == (None, False, None, None)
            assert accepted.accepted_at == NOON


def test_a_late_202_does_not_undo_what_a_receipt_said() -> None:
    bounced = becomes(claimed(), Reported(a_receipt(BEFORE, "Bounced"), 0))

    assert stays(bounced, WasAccepted())


# Transition 3: certainly not accepted


def test_a_post_that_was_not_accepted_leaves_no_trace_but_its_slot() -> None:
    for before in (a_delivery(), in_doubt(attempts=2, questions=3)):
        intent = becomes(before, Claimed("mine"))
        assert becomes(intent, NotSent(before, NOON + HOUR)) == replace(before, due_at=NOON + HOUR)


# Transition 4: refused


def test_a_refused_email_fails_with_reason_and_pass() -> None:
    failed = becomes(claimed(), WasRefused(BEFORE, "no such address", 3))

    assert (failed.state, failed.reason, failed.failed_in) == (S.FAILED, "no such address", 3)
    assert not failed.in_doubt


def test_a_refusal_after_doubt_contradicts_and_is_asked_about() -> None:
    contradicted = becomes(claimed(), WasRefused(in_doubt(), "known already", 0))

    assert contradicted.contradicted
    assert contradicted.state is S.CLAIMED
    assert contradicted.due_at == NOON + 30 * SECOND


# Transition 5: looked up


def test_questions_come_after_30_seconds_2_minutes_and_when_a_404_can_be_believed() -> None:
    row = becomes(a_delivery(), Claimed("mine"))
    asked = []
    for _ in range(4):
        row = becomes(row, OutcomeUnknown(), now=row.due_at if asked else NOON + NUMBERS.post_timeout)
        asked.append(row.due_at - NOON)

    assert asked[:3] == [60 * SECOND, 3 * MINUTE, NUMBERS.settle]
    assert asked[3] == 3 * NUMBERS.settle  # then less and less often: lookups have a quota
    assert row.questions == 4


# Transitions 6 and 7: the lookup answers 404

SETTLED = claimed(at=NOON - NUMBERS.settle)
NOT_KNOWN = LookupInconclusive(knows_nothing=True, run_goes_on=True)


def test_a_404_is_believed_from_settle_on_and_doubt_is_kept() -> None:
    again = becomes(SETTLED, NOT_KNOWN)

    assert (again.state, again.claim, again.due_at) == (S.PENDING, None, NEVER)
    assert (again.doubt_since, again.posted_at, again.attempts) == (SETTLED.doubt_since, SETTLED.posted_at, 1)


def test_a_404_before_settle_is_asked_again() -> None:
    assert becomes(SETTLED, NOT_KNOWN, now=NOON - SECOND).state is S.CLAIMED


@pytest.mark.parametrize(
    ("row", "event"),
    [
        (replace(SETTLED, contradicted=True), NOT_KNOWN),
        (replace(SETTLED, attempts=NUMBERS.attempts), NOT_KNOWN),
        (SETTLED, LookupInconclusive(knows_nothing=True, run_goes_on=False)),
        (replace(SETTLED, doubt_since=NOON - NUMBERS.memory_safe), NOT_KNOWN),
        (
            replace(SETTLED, doubt_since=NOON - NUMBERS.memory_safe),
            LookupInconclusive(knows_nothing=False, run_goes_on=True),
        ),
        (replace(SETTLED, doubt_since=NOON - NUMBERS.memory_safe), NotAsked()),
    ],
    ids=["contradicted", "out of attempts", "cancelled", "doubt too old", "doubt too old, no answer", "not asked"],
)
def test_nobody_knows_then_and_nobody_pretends(row: Delivery, event: Event) -> None:
    unsure = becomes(row, event)

    assert unsure.state is S.UNSURE
    assert unsure.reason
    assert unsure.in_doubt


@pytest.mark.parametrize(
    "row",
    [
        claimed(at=NOON - NUMBERS.memory_safe + SECOND),
        claimed(at=NOON - MINUTE, doubt_since=NOON - NUMBERS.memory_safe),  # its claim is still valid
    ],
)
def test_where_nothing_is_asked_a_claim_waits_while_it_lives_or_could_still_be_answered(row: Delivery) -> None:
    assert stays(row, NotAsked())


def test_when_it_was_last_asked_is_written_by_questions_alone_and_stays_with_what_is_unsure() -> None:
    assert becomes(claimed(), OutcomeUnknown()).asked_at is None

    early = becomes(claimed(at=NOON - MINUTE), LookupInconclusive(knows_nothing=True, run_goes_on=True))
    unsure = becomes(claimed(attempts=6), LookupInconclusive(knows_nothing=True, run_goes_on=True))

    assert (early.state, early.asked_at) == (S.CLAIMED, NOON)
    assert (unsure.state, unsure.asked_at) == (S.UNSURE, NOON)


def test_no_answer_is_no_404_however_late() -> None:
    silent = LookupInconclusive(knows_nothing=False, run_goes_on=True)

    assert becomes(SETTLED, silent, now=NOON + HOUR).state is S.CLAIMED


# retry-failed


def test_a_retry_is_a_new_operation_without_the_old_ones_past() -> None:
    past = {"attempts": 6, "questions": 4, "asked_at": NOON, "posted_at": NOON, "poisonings": 3, "contradicted": True}
    receipt = {"receipt": "Failed", "receipt_at": NOON, "accepted_at": NOON, "reason": "refused"}
    failed = ended(S.FAILED, failed_in=0, **past, **receipt)
    again = becomes(failed, RetryAsked(1))

    assert again == a_delivery(epoch=1, due_at=NEVER)
    assert again.operation_id != failed.operation_id


@pytest.mark.parametrize(
    "ends",
    [
        (claimed(), WasRefused(BEFORE, "no", 1)),
        (claimed(), ServiceFailed("EmailDropped", 1)),
        (SETTLED, LookupInconclusive(knows_nothing=True, run_goes_on=False, number_of_pass=1)),
        (claimed(at=NOON - NUMBERS.memory_safe), NotAsked(1)),
        (in_doubt(), Omitted("registered meanwhile", 1)),
        (in_doubt(poisonings=2), Poisoned(1)),
    ],
    ids=["refused", "given up", "asked in vain", "not asked", "left out in doubt", "poisoned"],
)
def test_a_row_that_ended_in_this_pass_is_left_to_the_next(ends: tuple[Delivery, Event]) -> None:
    ended = becomes(*ends)

    assert stays(ended, RetryAsked(1, unsure_too=True))
    assert becomes(ended, RetryAsked(2, unsure_too=True)).state is S.PENDING


def test_there_are_as_many_tries_as_the_operation_id_has_room_for() -> None:
    assert stays(ended(S.FAILED, failed_in=0, epoch=MOST_EPOCHS), RetryAsked(99))


# Poisoned messages


def test_the_third_poisoning_gives_up_what_is_certain_and_is_unsure_of_what_is_not() -> None:
    assert becomes(a_delivery(poisonings=2), Poisoned(4)).state is S.FAILED
    assert becomes(a_delivery(poisonings=2), Poisoned(4)).failed_in == 4
    assert becomes(in_doubt(poisonings=2), Poisoned(4)).state is S.UNSURE
    assert becomes(claimed(poisonings=2), Poisoned(4)).state is S.UNSURE


def test_a_poisoning_is_recorded_and_changes_nothing_else() -> None:
    assert becomes(claimed(), Poisoned(0)) == claimed(poisonings=1)


# Receipts

STATUSES = ("Delivered", "Bounced", "Suppressed", "Failed", "FilteredSpam", "Quarantined", "Expanded", "new to us")


def told(row: Delivery, *events: Event) -> Delivery:
    for event in events:
        row = after(row, event, now=NOON, numbers=NUMBERS) or row
    return row


@given(
    st.lists(st.tuples(st.sampled_from(STATUSES), st.integers(0, 2)), min_size=1, max_size=4),
    st.sampled_from(sorted(ROWS)),
    st.data(),
)
def test_receipts_in_any_order_and_doubled_come_to_the_same(
    said: list[tuple[str, int]], state: str, data: st.DataObject
) -> None:
    row = replace(ROWS[state], receipt=None, receipt_at=None)
    reports = [Reported(a_receipt(row, status, at=NOON + minute * MINUTE), 0) for status, minute in said]
    shuffled = data.draw(st.permutations(reports + reports))

    one, other = told(row, *reports), told(row, *shuffled)

    def outcome(row: Delivery) -> tuple[Any, ...]:
        return row.state, row.receipt, row.receipt_at

    assert outcome(one) == outcome(other)


def test_a_receipt_that_comes_before_the_202_makes_it_superfluous() -> None:
    orders = permutations((WasAccepted(), Reported(a_receipt(BEFORE), 0)))

    assert {told(claimed(), *events).state for events in orders} == {S.DELIVERED}


def test_a_receipt_clears_doubt_and_contradiction() -> None:
    delivered = becomes(claimed(contradicted=True), Reported(a_receipt(BEFORE), 0))

    assert not delivered.in_doubt
    assert not delivered.contradicted
    assert delivered.due_at == NEVER


def test_a_failure_that_a_receipt_tells_can_be_tried_again_in_the_next_pass() -> None:
    failed = becomes(ended(S.ACCEPTED), Reported(a_receipt(BEFORE, "Failed"), 0, 2))

    assert stays(failed, RetryAsked(2))
    assert becomes(failed, RetryAsked(3)).state is S.PENDING


def test_a_receipt_of_a_later_try_than_there_was_is_not_believed() -> None:
    for row in ROWS.values():
        assert stays(row, Reported(a_receipt(row), 1))


# Receipts of an earlier try

ARRIVED = Reported(a_receipt(BEFORE), 0)


@pytest.mark.parametrize("row", [a_delivery(epoch=1), in_doubt(epoch=1)], ids=["pending", "in doubt"])
def test_an_earlier_try_that_arrived_after_all_is_enough(row: Delivery) -> None:
    accepted = becomes(row, ARRIVED)

    assert (accepted.state, accepted.arrived_after_all, accepted.in_doubt) == (S.ACCEPTED, True, False)
    assert stays(accepted, ARRIVED)


def test_an_earlier_try_that_arrived_while_the_next_goes_on_is_not_followed_by_a_third() -> None:
    going_on = becomes(claimed(epoch=1), ARRIVED)

    assert (going_on.state, going_on.arrived_after_all) == (S.CLAIMED, True)
    assert becomes(going_on, NotSent(a_delivery(epoch=1), NOON + HOUR)).state is S.ACCEPTED
    assert becomes(going_on, NOT_KNOWN).state is S.ACCEPTED
    refused = becomes(going_on, WasRefused(a_delivery(epoch=1), "no", 1))
    assert stays(refused, RetryAsked(2))


@pytest.mark.parametrize(("status", "state"), [("Bounced", S.BOUNCED), ("Suppressed", S.SUPPRESSED)])
def test_an_earlier_try_that_bounced_is_not_followed_by_another(status: str, state: DeliveryState) -> None:
    assert becomes(a_delivery(epoch=1), Reported(a_receipt(BEFORE, status), 0)).state is state


def test_the_report_of_a_failure_that_is_being_tried_again_stops_nothing() -> None:
    assert stays(a_delivery(epoch=1), Reported(a_receipt(BEFORE, "Failed"), 0))


# Operation ids

HEX = "0123456789abcdef"


@given(st.text(HEX, min_size=14, max_size=14), st.text(HEX, min_size=15, max_size=15), st.integers(0, MOST_EPOCHS))
def test_an_operation_id_leads_back_to_its_delivery(run: str, key: str, epoch: int) -> None:
    row = a_delivery(run_id=RunId(run), key=key, epoch=epoch)

    assert of_operation(row.operation_id) == (run, key, epoch)
    assert of_operation(row.operation_id.upper()) == (run, key, epoch)


@given(st.uuids())
def test_an_operation_id_of_ours_is_the_only_one_for_its_delivery(uuid: Any) -> None:
    try:
        parts = of_operation(str(uuid))
    except ValueError:
        return
    assert operation_id(*parts) == str(uuid)


@pytest.mark.parametrize(
    "text", ["", "x", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "00000000-0000-4000-0000-000000000000"]
)
def test_another_id_is_none_of_ours(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - uuid's own words
        of_operation(text)
