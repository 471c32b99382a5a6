"""Which users a run would mail, and why it omits the others."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.delivery import NEVER, DeliveryState
from sspr_core.model.errors import Invalid, NotFound
from sspr_core.model.ids import EVERY_TENANT, Scope, UserId
from sspr_core.model.run import RunId, RunState
from sspr_core.model.sending import SendingLimits
from sspr_core.model.tenant import Eligibility, SwitchedOff, TenantRecord
from sspr_core.model.user_filter import UserFilter
from sspr_core.ports.services import Services
from sspr_core.runs import plan as module
from sspr_core.runs.accept import dry_run
from sspr_core.runs.plan import Plan
from tests.builders import DAY, HOUR, a_known
from tests.graph_rows import guid
from tests.mail.user_builders import a_stored_user
from tests.runs.delivery_builders import a_delivery, a_recipient, a_run
from tests.runs.run_builders import (
    ANA,
    BEN,
    CAS,
    FABRIKAM,
    NOW,
    OLGA,
    a_desk,
    contacts_of,
    deliveries_of,
    runs_of,
    staffed,
    wanted,
)
from tests.snapshot.snapshot_env import CONTOSO

GONE = UserId(guid("gone"))


async def planned(services: Services, *, scope: Scope = EVERY_TENANT, **said: Any) -> Plan:
    return await dry_run(wanted(**said), OLGA, scope, services, now=NOW)


def who(found: Plan) -> list[str]:
    return [one.display_name for one in found.recipients]


def why(found: Plan) -> list[tuple[str | None, str]]:
    return [(one.display_name, one.reason) for one in found.left_out]


async def test_whom_the_filter_lets_through_is_mailed_by_name_in_their_language() -> None:
    services = a_desk(BEN, a_stored_user("ana", preferred_language="de-AT"), a_stored_user("cas", registered=True))

    found = await planned(services, users=UserFilter(to_register=True))

    assert [(one.display_name, one.address, one.language) for one in found.recipients] == [
        ("Ana", "ana@contoso.example", "de"),
        ("Ben", "ben@contoso.example", "en"),
    ]
    assert found.tenants == {CONTOSO: "Contoso"}
    assert (found.left_out, found.refusal) == ((), None)


async def test_whom_drafts_would_leave_out_a_run_leaves_out_for_the_same_reason() -> None:
    services = a_desk(
        ANA,
        a_stored_user("ben", registered=True),
        a_stored_user("cas", user_type="Guest"),
        a_stored_user("dee", mail=None),
        a_stored_user("eva", mail="ana@contoso.example"),
    )

    found = await planned(services)

    assert who(found) == ["Ana"]
    assert sorted(why(found), key=str) == [
        ("Ben", "registered_meanwhile"),
        ("Cas", "excluded"),
        ("Dee", "no_address"),
        ("Eva", "same_address"),
    ]


async def test_an_id_that_nobody_has_is_unknown() -> None:
    found = await planned(a_desk(ANA), users=[ANA.user_id, GONE])

    assert [(one.tenant_id, one.user_id, one.reason) for one in found.left_out] == [(CONTOSO, GONE, "unknown")]


async def test_ids_are_looked_for_in_every_tenant_and_unknown_only_when_none_has_them() -> None:
    services = a_desk(ANA)
    staffed(services, a_known("fabrikam"), BEN)

    found = await planned(services, tenants=[CONTOSO, FABRIKAM], users=[ANA.user_id, BEN.user_id, GONE])

    assert [(one.tenant_id, one.display_name) for one in found.recipients] == [(CONTOSO, "Ana"), (FABRIKAM, "Ben")]
    assert [(one.tenant_id, one.user_id, one.reason) for one in found.left_out] == [(None, GONE, "unknown")]


@pytest.mark.parametrize(
    ("days", "expected"), [(6.9, [("Ana", "cooled_down")]), (7, [])], ids=["within a week", "a week ago"]
)
async def test_who_was_emailed_within_the_cool_down_is_left_in_peace(
    days: float, expected: list[tuple[str, str]]
) -> None:
    services = a_desk(ANA, BEN)
    await services.post.contacts.emailed(CONTOSO, ANA.user_id, at=NOW - days * DAY)

    assert why(await planned(services)) == expected


async def test_the_cool_down_is_a_setting_and_counts_until_the_run_begins() -> None:
    services = a_desk(ANA, BEN, cool_down=DAY)
    await services.post.contacts.emailed(CONTOSO, ANA.user_id, at=NOW - HOUR)

    assert who(await planned(services)) == ["Ben"]
    assert who(await planned(services, not_before=NOW + DAY)) == ["Ana", "Ben"]


async def test_an_address_that_bounced_is_left_alone_until_it_is_another() -> None:
    services = a_desk(ANA, BEN)
    for user, address in ((ANA, "ANA@contoso.example"), (BEN, "ben@old.example")):
        await services.post.contacts.bounced(CONTOSO, user.user_id, address=address, word="bounced", at=NOW - 90 * DAY)

    found = await planned(services)

    assert (who(found), why(found)) == (["Ben"], [("Ana", "suppressed")])


@pytest.mark.parametrize(
    "known",
    [
        a_known("contoso", switched_off=SwitchedOff(by="olga", at=NOW, reason="Contract ended")),
        a_known("contoso", removed_at=NOW),
        a_known("contoso", eligibility=Eligibility.INELIGIBLE),
        a_known("contoso", read_at=None),
    ],
    ids=["switched off", "removed", "ineligible", "in process"],
)
async def test_nobody_of_a_tenant_that_is_not_active_is_mailed(known: TenantRecord) -> None:
    found = await planned(a_desk(ANA, a_stored_user("ben", registered=True), known=known))

    assert (who(found), why(found)) == ([], [("Ana", "tenant_inactive"), ("Ben", "tenant_inactive")])


@pytest.mark.parametrize(("age", "expected"), [(3 * DAY, []), (3 * DAY + HOUR, [("Ana", "snapshot_stale")])])
async def test_nor_is_anybody_whose_tenant_was_not_read_for_three_days(
    age: timedelta, expected: list[tuple[str, str]]
) -> None:
    assert why(await planned(a_desk(ANA, known=a_known("contoso", read_at=NOW - age)))) == expected


async def test_a_tenant_that_cannot_be_mailed_is_named_also_when_nobody_is_chosen_of_it() -> None:
    services = a_desk(ANA)
    staffed(services, a_known("fabrikam", read_at=None))

    found = await planned(services, tenants=[CONTOSO, FABRIKAM])

    assert [(one.tenant_id, one.user_id, one.display_name, one.reason) for one in found.left_out] == [
        (FABRIKAM, None, "Fabrikam", "tenant_inactive")
    ]
    assert found.tenants == {CONTOSO: "Contoso"}


@pytest.mark.parametrize(
    ("state", "run_state", "expected"),
    [
        (DeliveryState.PENDING, RunState.SENDING, ["Ben"]),
        (DeliveryState.CLAIMED, RunState.SENDING, ["Ben"]),
        (DeliveryState.PENDING, RunState.PAUSED, ["Ben"]),
        (DeliveryState.CLAIMED, RunState.CANCELLED, ["Ben"]),
        (DeliveryState.PENDING, RunState.CANCELLED, ["Ana", "Ben"]),
        (DeliveryState.FAILED, RunState.SENDING, ["Ana", "Ben"]),
        (DeliveryState.UNSURE, RunState.FINISHED_WITH_FAILURES, ["Ana", "Ben"]),
    ],
)
async def test_who_may_still_be_mailed_by_another_run_is_left_to_it(
    state: DeliveryState, run_state: RunState, expected: list[str]
) -> None:
    services = a_desk(ANA, BEN)
    runs_of(services).rows[a_run().run_id] = a_run(state=run_state, expanded=True, touched_at=NOW)
    await deliveries_of(services).insert([a_delivery("ana", state=state)])

    found = await planned(services)

    assert who(found) == expected
    assert {reason for _, reason in why(found)} <= {"in_another_run"}


async def test_who_is_accepted_elsewhere_counts_before_their_delivery_is_written() -> None:
    services = a_desk(ANA, BEN, CAS)
    run = a_run(recipient_count=2, page_count=1, cursor=1)
    runs_of(services).rows[run.run_id] = run
    await runs_of(services).save_recipients(run.run_id, 0, [a_recipient("ana"), a_recipient("ben")])
    await deliveries_of(services).insert([a_delivery("ana", state=DeliveryState.ACCEPTED)])

    found = await planned(services)

    assert (who(found), why(found)) == (["Ana", "Cas"], [("Ben", "in_another_run")])


async def test_a_run_that_begins_only_later_does_not_hold_up_one_that_begins_now() -> None:
    services = a_desk(ANA)
    runs_of(services).rows[a_run().run_id] = a_run(state=RunState.SENDING, expanded=True, not_before=NOW + DAY)
    await deliveries_of(services).insert([a_delivery("dee", due_at=NEVER)])

    assert (await planned(services)).timing.first_send_at == NOW + timedelta(seconds=5)
    assert (await planned(services, not_before=NOW + DAY)).timing.first_send_at == NOW + DAY


async def test_what_failed_and_is_about_to_be_tried_again_is_left_to_its_run() -> None:
    services = a_desk(ANA, BEN)
    runs_of(services).rows[a_run().run_id] = a_run(state=RunState.EXPANDING, number_of_pass=1, page_count=1)
    await deliveries_of(services).insert(
        [a_delivery("ana", state=DeliveryState.FAILED), a_delivery("ben", state=DeliveryState.DELIVERED)]
    )

    assert why(await planned(services)) == [("Ana", "in_another_run")]


@pytest.mark.parametrize(("unsure_too", "expected"), [(False, ["Cas"]), (True, [])])
async def test_who_may_have_been_mailed_is_left_to_a_run_that_tries_them_again(
    unsure_too: bool, expected: list[str]
) -> None:
    services = a_desk(CAS)
    runs_of(services).rows[a_run().run_id] = a_run(
        state=RunState.EXPANDING, number_of_pass=1, unsure_too=unsure_too, page_count=1
    )
    await deliveries_of(services).insert([a_delivery("cas", state=DeliveryState.UNSURE)])

    assert who(await planned(services)) == expected


async def test_a_sample_that_somebody_sent_to_themselves_is_in_nobodys_way() -> None:
    services = a_desk(ANA)
    runs_of(services).rows[a_run().run_id] = a_run(state=RunState.SENDING, test=True, expanded=True)
    await deliveries_of(services).insert([a_delivery("ana")])

    assert who(await planned(services)) == ["Ana"]


async def test_a_reports_recipients_are_nobodys_users_but_their_emails_wait_in_the_same_line() -> None:
    services = a_desk(ANA)
    runs_of(services).rows[a_run().run_id] = a_run(report=CONTOSO, state=RunState.SENDING, expanded=True)
    await deliveries_of(services).insert([a_delivery("ana", due_at=NEVER, to_user=False)])
    queued = a_run(run_id=RunId("0019a1b2c3d4e6"), report=CONTOSO)
    runs_of(services).rows[queued.run_id] = queued
    await runs_of(services).save_recipients(queued.run_id, 0, [a_recipient("ana")])

    found = await planned(services)

    assert (who(found), why(found)) == (["Ana"], [])
    assert found.timing.first_send_at == NOW + timedelta(seconds=5 + 2 * 37.2)


async def test_the_first_reason_that_applies_is_told() -> None:
    services = a_desk(ANA, known=a_known("contoso", read_at=NOW - 30 * DAY))
    await services.post.contacts.emailed(CONTOSO, ANA.user_id, at=NOW)
    await services.post.contacts.bounced(CONTOSO, ANA.user_id, address="ana@contoso.example", word="bounced", at=NOW)

    assert why(await planned(services)) == [("Ana", "snapshot_stale")]
    staffed(services, a_known("contoso"), ANA)
    assert why(await planned(services)) == [("Ana", "suppressed")]
    contacts_of(services).rows[CONTOSO, ANA.user_id] = replace(
        contacts_of(services).rows[CONTOSO, ANA.user_id], bounced_address=None
    )
    assert why(await planned(services)) == [("Ana", "cooled_down")]


async def test_looks_and_words_of_each_language_are_pinned_as_they_are_now() -> None:
    services = a_desk(ANA, a_stored_user("ben", preferred_language="de"))
    await services.own.save_branding(None, Branding(company="The MSP"), by="o", at=NOW)
    await services.own.save_words(CONTOSO, "register_now", "de", Words(subject="Bitte"), by="o", at=NOW)

    pinned = (await planned(services)).pinned

    assert set(pinned) == {f"{CONTOSO}:de", f"{CONTOSO}:en"}
    assert pinned[f"{CONTOSO}:de"].words == Words(subject="Bitte", version=1)
    assert {one.branding.company for one in pinned.values()} == {"The MSP"}


async def test_when_it_would_be_sent_comes_after_what_waits_for_a_slot() -> None:
    services = a_desk(ANA, BEN)
    run = a_run(state=RunState.SENDING, expanded=True)
    runs_of(services).rows[run.run_id] = run
    await deliveries_of(services).insert([a_delivery("dee", due_at=NEVER), a_delivery("eva", due_at=NOW + HOUR)])

    found = (await planned(services)).timing

    assert found.first_send_at == NOW + timedelta(seconds=5 + 37.2)
    assert found.last_send_at == NOW + timedelta(seconds=5 + 2 * 37.2)


async def test_recipients_without_rows_wait_too_unless_their_run_is_paused() -> None:
    services = a_desk(ANA)
    for state, waiting in ((RunState.QUEUED, 2), (RunState.PAUSED, 0)):
        run = a_run(state=state, recipient_count=2)
        runs_of(services).rows[run.run_id] = run
        await runs_of(services).save_recipients(run.run_id, 0, [a_recipient("dee"), a_recipient("eva")])

        assert (await planned(services)).timing.first_send_at == NOW + timedelta(seconds=5 + waiting * 37.2)


async def test_nobody_to_send_to_is_refused_with_the_reasons() -> None:
    services = a_desk(a_stored_user("ana", registered=True), a_stored_user("ben", mail=None))

    everybody, some = await planned(services), await planned(services, users=UserFilter(text="zoe"))

    assert everybody.refusal
    assert everybody.refusal.code == "nobody_to_send_to"
    assert "1 registered_meanwhile, 1 no_address" in everybody.refusal.detail
    assert some.refusal
    assert "Nobody is chosen" in some.refusal.detail


async def test_where_sending_is_off_it_is_refused_with_what_to_do() -> None:
    services = a_desk(ANA)
    services = replace(services, post=replace(services.post, mailer=None))

    found = await planned(services)

    assert found.refusal
    assert found.refusal.code == "no_mail_service"
    assert found.refusal.detail.startswith("Sending is off: ")
    assert "set SSPR_MAIL_SERVICE to communication-services" in found.refusal.detail


async def test_what_would_take_too_long_is_refused_with_the_arithmetic() -> None:
    found = await planned(a_desk(ANA, BEN, CAS, numbers=SendingLimits(per_hour=10, per_minute=5, longest_run=HOUR / 6)))

    assert found.refusal
    assert found.refusal.code == "too_long"
    assert "3 emails at one every 372.0 s take 0.2 hours" in found.refusal.detail


async def test_more_users_than_a_run_may_be_for_are_refused_with_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    services = a_desk(ANA, BEN)
    staffed(services, a_known("fabrikam"), CAS)

    for most, tenants in ((1, [CONTOSO]), (2, [CONTOSO, FABRIKAM])):
        monkeypatch.setattr(module, "MOST_CHOSEN", most)
        with pytest.raises(Invalid, match=str(most)) as caught:
            await planned(services, tenants=tenants)
        assert caught.value.field == "filter"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"template": "poem"}, "template"),
        ({"language": "tlh"}, "language"),
        ({"tenants": []}, "tenant_ids"),
        ({"tenants": [CONTOSO] * 201}, "tenant_ids"),
        ({"users": [ANA.user_id] * 1_001}, "user_ids"),
        ({"users": [ANA.user_id] * 1_000, "tenants": [CONTOSO] * 21}, "user_ids"),
        ({"users": None}, "user_ids"),
        ({"not_before": NOW + 31 * DAY}, "not_before"),
    ],
)
async def test_what_is_not_known_or_too_much_is_named(said: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        await planned(a_desk(ANA), **said)

    assert caught.value.field == field


async def test_outside_the_scope_there_is_no_tenant() -> None:
    with pytest.raises(NotFound):
        await planned(a_desk(ANA), scope=Scope(tenants=frozenset()))


async def test_nothing_is_written() -> None:
    services = a_desk(ANA)

    await planned(services)

    assert (runs_of(services).rows, runs_of(services).pinned_recipients, runs_of(services).admission_etag) == (
        {},
        {},
        None,
    )
