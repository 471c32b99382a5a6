"""Builders for deliveries and runs, with defaults."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sspr_core.model.delivery import NEVER, Delivery, DeliveryState, delivery_key
from sspr_core.model.ids import TenantId, UserId
from sspr_core.model.mail import Receipt
from sspr_core.model.run import PinnedRecipient, Run, RunId
from sspr_core.model.sending import SendingLimits
from tests.graph_rows import guid

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
NUMBERS = SendingLimits()
RUN = RunId("0019a1b2c3d4e5")
TENANT = TenantId(guid("contoso"))


def a_recipient(name: str) -> PinnedRecipient:
    return PinnedRecipient(
        tenant_id=TENANT,
        user_id=UserId(guid(name)),
        address=f"{name}@contoso.example",
        display_name=name.title(),
        language="en",
    )


def a_delivery(name: str = "ana", **said: Any) -> Delivery:
    """Pending, its slot at noon."""
    one = a_recipient(name)
    row = Delivery(
        run_id=RUN,
        key=delivery_key(one.tenant_id, one.user_id),
        tenant_id=one.tenant_id,
        user_id=one.user_id,
        address=one.address,
        display_name=one.display_name,
        language=one.language,
        due_at=NOON,
    )
    return replace(row, **said)


def in_doubt(since: datetime = NOON - HOUR, **said: Any) -> Delivery:
    """Pending again after a POST with unknown outcome."""
    return a_delivery(**{"doubt_since": since, "posted_at": since, "attempts": 1, **said})


def claimed(at: datetime = NOON - 15 * MINUTE, **said: Any) -> Delivery:
    """Claimed a quarter of an hour ago by a worker that crashed."""
    usual: dict[str, Any] = {
        "state": DeliveryState.CLAIMED,
        "claim": "a claim",
        "due_at": at + NUMBERS.lease,
        "posted_at": at,
        "doubt_since": at,
        "attempts": 1,
    }
    return a_delivery(**{**usual, **said})


def ended(state: DeliveryState, **said: Any) -> Delivery:
    return a_delivery(**{"state": state, "due_at": NEVER, **said})


def a_run(**said: Any) -> Run:
    usual: dict[str, Any] = {
        "run_id": RUN,
        "template": "register",
        "created_at": NOON,
        "created_by": guid("olga"),
        "created_by_name": "Olga",
        "tenants": {TENANT: "Contoso"},
        "pinned": {},
        "sender_address": "it@msp.example",
        "recipient_count": 1,
        "page_count": 1,
        "touched_at": NOON,
    }
    return Run(**{**usual, **said})


def a_receipt(row: Delivery, status: str = "Delivered", *, at: datetime = NOON, **said: Any) -> Receipt:
    usual: dict[str, Any] = {
        "operation_id": row.operation_id,
        "sender": "it@msp.example",
        "recipient": row.address,
        "status": status,
        "at": at.isoformat(),
    }
    return Receipt(**{**usual, **said})
