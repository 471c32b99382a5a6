"""Adds past runs, so that their pages have content: one in progress, one finished long ago."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sspr_core.adapters.storage import open_storage
from sspr_core.model.delivery import NEVER, Delivery, DeliveryState, delivery_key
from sspr_core.model.ids import UserId, tenant_id
from sspr_core.model.run import Run, RunId, RunState, new_run_id
from sspr_core.ports.mail import Accepting
from tests.e2e.conftest import Product

_MINUTE = timedelta(minutes=1)


async def a_run_in_every_state(product: Product, tenant: dict[str, Any], users: Sequence[dict[str, Any]]) -> RunId:
    """Paused, so that nothing changes; its deliveries cover every state, for any users."""
    now = datetime.now(UTC)
    sent_at = now - 19 * _MINUTE
    told: dict[DeliveryState, dict[str, Any]] = {
        DeliveryState.BOUNCED: {"reason": "550 5.1.1 The email account does not exist", "receipt": "Bounced"},
        DeliveryState.SUPPRESSED: {"reason": "The address is on the suppression list", "receipt": "Suppressed"},
        DeliveryState.FAILED: {"reason": "InvalidAddress", "failed_in": 0},
        DeliveryState.SKIPPED: {"reason": "registered meanwhile", "posted_at": None},
        DeliveryState.UNSURE: {"reason": "6 tries ended without a clear answer", "asked_at": now - 3 * _MINUTE},
        DeliveryState.CLAIMED: {"due_at": now + timedelta(days=1), "doubt_since": now, "questions": 1},
        DeliveryState.PENDING: {"posted_at": None},
    }
    counts = dict.fromkeys(told, 1) | {
        DeliveryState.DELIVERED: 9,
        DeliveryState.ACCEPTED: 4,
        DeliveryState.UNSURE: 2,
        DeliveryState.PENDING: 6,
    }
    states = [state for state, count in counts.items() for _ in range(count)]
    rows = [
        _delivery(tenant, one, **{"state": state, "posted_at": sent_at, "accepted_at": sent_at, **told.get(state, {})})
        for state, one in zip(states, users, strict=False)
    ]
    return await _past(product, tenant, rows, ago=20 * _MINUTE, state=RunState.PAUSED, poisoned_count=1)


async def a_run_nine_days_ago(product: Product, tenant: dict[str, Any], users: Sequence[dict[str, Any]]) -> RunId:
    """All its emails were delivered."""
    at = datetime.now(UTC) - timedelta(days=9)
    rows = [_delivery(tenant, one, state=DeliveryState.DELIVERED, accepted_at=at, posted_at=at) for one in users]
    return await _past(
        product, tenant, rows, ago=timedelta(days=9), state=RunState.FINISHED, finished_at=at + 20 * _MINUTE
    )


def _delivery(tenant: dict[str, Any], user: dict[str, Any], **said: Any) -> Delivery:
    return Delivery(
        run_id=RunId(""),
        key=delivery_key(tenant_id(tenant["tenant_id"]), UserId(user["user_id"])),
        tenant_id=tenant_id(tenant["tenant_id"]),
        user_id=UserId(user["user_id"]),
        address=user["mail"] or "nobody@example.org",
        display_name=user["display_name"],
        language="en",
        **{"due_at": NEVER, "attempts": 1, **said},
    )


async def _past(
    product: Product, tenant: dict[str, Any], rows: Sequence[Delivery], *, ago: timedelta, **said: Any
) -> RunId:
    begun = datetime.now(UTC) - ago
    run = new_run_id(begun)
    counts = [row.state.value for row in rows]
    storage = open_storage(connection=product.azurite.connection)
    row = Run(
        run_id=run,
        template="register_now",
        created_at=begun,
        created_by="olga",
        created_by_name="olga@partner.example",
        tenants={tenant_id(tenant["tenant_id"]): tenant["display_name"]},
        pinned={},
        sender_address="it@partner.example",
        recipient_count=len(rows),
        page_count=0,
        left_out={"registered_meanwhile": 12, "no_address": 2},
        first_send_at=begun,
        last_send_at=begun + timedelta(seconds=37.2) * len(rows),
        touched_at=begun,
        expanded=True,
        scheduled=True,
        looked_at=datetime.now(UTC),
        counts={state: counts.count(state) for state in counts},
        **said,
    )
    await storage.runs.accept(
        Accepting(run=row, key_hash=None, body_hash="", admission_etag=await storage.runs.admission())
    )
    await storage.deliveries.insert([replace(one, run_id=run) for one in rows])
    await storage.close()
    return run
