"""The description's examples of runs: one that is sending, one email of it in doubt."""

from dataclasses import replace
from datetime import timedelta

from sspr_core.mail.languages import REGISTER_NOW
from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.delivery import NEVER, Delivery, DeliveryState, delivery_key
from sspr_core.model.ids import UserId
from sspr_core.model.mail_service import Senders
from sspr_core.model.queue_messages import Foreign
from sspr_core.model.run import Pinned, PinnedRecipient, Run, RunId, RunState
from sspr_core.model.sending import Pacing, SendingLimits
from sspr_core.runs.audience import pinned_key
from sspr_core.runs.outcome import ByDay, Outcome, outcome_view
from sspr_core.runs.plan import Plan, timing
from sspr_core.runs.queries import Progress
from sspr_core.runs.request import OmissionReason, OmittedRecipient, by_reason
from sspr_core.runs.responses import delivery_view, left_out_view, plan_view, run_view
from sspr_core.runs.triggers import foreign_view
from sspr_core.status.responses import Json
from sspr_core.web.openapi.example_tenants import LATER, ana, contoso

_RUN = RunId("19cad3f2a0b47e")
_BEN = UserId("7f2a9c40-5b1e-4d3a-8c66-0e4d1b9a2f57")
_LANGUAGE = "en"
_TO_BEN = PinnedRecipient(
    tenant_id=contoso().tenant_id,
    user_id=_BEN,
    address="ben.weber@contoso-dental.example",
    display_name="Ben Weber",
    language=_LANGUAGE,
)
_LEFT_OUT = (
    OmittedRecipient(
        tenant_id=contoso().tenant_id,
        user_id=ana().user_id,
        display_name=ana().user.display_name,
        reason=OmissionReason.REGISTERED_MEANWHILE,
    ),
)
_PINNED = {pinned_key(contoso().tenant_id, _LANGUAGE): Pinned(branding=Branding(company="Partner IT"), words=Words())}


def run_examples(numbers: SendingLimits) -> dict[str, Json]:
    """By the shape's name."""
    when = timing(1, Pacing(), waiting_count=0, not_before=None, now=LATER, numbers=numbers)
    run = replace(_run(), first_send_at=when.first_send_at, last_send_at=when.last_send_at)
    plan = Plan(
        tenants=run.tenants, recipients=(_TO_BEN,), left_out=_LEFT_OUT, pinned=_PINNED, timing=when, refusal=None
    )
    shown = run_view(run, _progress(), Pacing(), now=LATER, numbers=numbers)
    return {
        "RunShape": shown,
        "RunsShape": {"items": [shown], "continuation": None, "foreign_messages": foreign_view(Foreign())},
        "RunAcceptedShape": shown | {"left_out": left_out_view(_LEFT_OUT)},
        "DryRunShape": plan_view(plan, REGISTER_NOW, Senders(usual="donotreply@register.partner.example")),
        "DeliveriesShape": {"items": [delivery_view(_delivery(), now=LATER)], "continuation": None},
        "OutcomeShape": outcome_view(run, _outcome()),
    }


def _run() -> Run:
    return Run(
        run_id=_RUN,
        template=REGISTER_NOW,
        created_at=LATER,
        created_by="3b7f5d0e-1c24-4e6f-9a83-2d5c6b7a8e91",
        created_by_name="olga@partner.example",
        tenants={contoso().tenant_id: contoso().display_name},
        pinned=_PINNED,
        sender_address="donotreply@register.partner.example",
        recipient_count=1,
        page_count=1,
        left_out=by_reason(_LEFT_OUT),
        state=RunState.SENDING,
        touched_at=LATER,
        expanded=True,
    )


def _progress() -> Progress:
    counts = dict.fromkeys(DeliveryState, 0) | {DeliveryState.CLAIMED: 1}
    return Progress(counts=counts, counted_at=LATER, in_flight_count=0, in_doubt_count=1, unslotted_count=0)


def _delivery() -> Delivery:
    """Accepted, and its receipt has come."""
    return Delivery(
        run_id=_RUN,
        key=delivery_key(_TO_BEN.tenant_id, _BEN),
        tenant_id=_TO_BEN.tenant_id,
        user_id=_BEN,
        address=_TO_BEN.address,
        display_name=_TO_BEN.display_name,
        language=_LANGUAGE,
        due_at=NEVER,
        state=DeliveryState.DELIVERED,
        posted_at=LATER,
        attempts=1,
        accepted_at=LATER,
        receipt="Delivered",
        receipt_at=LATER + timedelta(minutes=6),
    )


def _outcome() -> Outcome:
    registered = {1: 9, 3: 21, 7: 34, 14: 41, 30: 41}
    days = (
        ByDay(days=days, registered_count=count, at_most_count=count + 2, complete=days < 30)
        for days, count in registered.items()
    )
    return Outcome(mailed_count=87, looked_at_count=87, gone_count=1, by_day=tuple(days))
