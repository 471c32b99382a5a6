"""The JSON of runs, their plans and their deliveries."""

import io
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import datetime

from sspr_core.formats.csv import MARK, Cell, csv_lines
from sspr_core.mail.compose import subject
from sspr_core.model.delivery import NEVER, Delivery
from sspr_core.model.mail_service import Senders
from sspr_core.model.run import Run
from sspr_core.model.sending import Pacing, SendingLimits
from sspr_core.model.text import rfc3339
from sspr_core.ports.services import Services
from sspr_core.runs.accept import AcceptedRun
from sspr_core.runs.audience import pinned_key
from sspr_core.runs.plan import Plan
from sspr_core.runs.queries import Progress, eta, is_in_doubt, progress
from sspr_core.runs.request import OmittedRecipient, by_reason

type Json = dict[str, object]

MOST_LISTED = 5_000  # people listed in one answer; the counts always cover all

COLUMNS: Mapping[str, Callable[[Delivery, datetime], Cell]] = {
    "tenant_id": lambda row, _: row.tenant_id,
    "user_id": lambda row, _: row.user_id,
    "display_name": lambda row, _: row.display_name,
    "address": lambda row, _: row.address,
    "language": lambda row, _: row.language,
    "state": lambda row, _: row.state.value,
    "reason": lambda row, _: row.reason,
    "in_doubt": lambda row, now: is_in_doubt(row, now=now),
    "due_at": lambda row, _: None if row.due_at == NEVER else row.due_at,
    "posted_at": lambda row, _: row.posted_at,
    "asked_at": lambda row, _: row.asked_at,
    "accepted_at": lambda row, _: row.accepted_at,
    "receipt": lambda row, _: row.receipt,
    "receipt_at": lambda row, _: row.receipt_at,
    "arrived_after_all": lambda row, _: row.arrived_after_all,
    "attempt_count": lambda row, _: row.attempts,
    "poisoned_count": lambda row, _: row.poisonings,
    "operation_id": lambda row, _: row.operation_id,
}


def run_view(
    run: Run, found: Progress, pacing: Pacing, *, now: datetime, numbers: SendingLimits, sending_off: bool = False
) -> Json:
    off = sending_off and run.state.unfinished
    held = run.state.unfinished and pacing.hold_until is not None and pacing.hold_until > now
    return {
        "run_id": run.run_id,
        "state": run.state,
        "template": run.template,
        "test": run.test,
        "report": run.report,
        "mailed": run.mailed,
        "tenants": [{"tenant_id": one, "display_name": name} for one, name in run.tenants.items()],
        "created_at": rfc3339(run.created_at),
        "created_by": run.created_by,
        "created_by_name": run.created_by_name,
        "not_before": rfc3339(run.not_before),
        "finished_at": rfc3339(run.finished_at),
        "recipient_count": run.recipient_count,
        "left_out_by_reason": run.left_out,
        "counts": {state.value: count for state, count in found.counts.items()},
        "counted_at": rfc3339(found.counted_at),
        "in_flight_count": found.in_flight_count,
        "in_doubt_count": found.in_doubt_count,
        "first_send_at": rfc3339(run.first_send_at),
        "last_send_at": rfc3339(run.last_send_at),
        "eta_at": None if off else rfc3339(eta(run, found, pacing, now=now, numbers=numbers)),
        "held_until": rfc3339(pacing.hold_until) if held and not off else None,
        "sending_off": off,
        "problem": run.problem,
        "poisoned_count": run.poisoned_count,
        "wasted_slot_count": pacing.wasted_count,
        "pass": run.number_of_pass,
    }


async def shown(run: Run, services: Services, *, now: datetime) -> Json:
    """The run, with its deliveries counted now unless they are too many."""
    found, pacing = await progress(run, services.post, now=now), await services.post.pacing.read()
    off = services.post.sending_off
    return run_view(run, found, pacing, now=now, numbers=services.post.numbers, sending_off=off)


async def accepted_view(accepted: AcceptedRun, services: Services, *, now: datetime) -> Json:
    """The run with the recipients it omits; null when an earlier answer is repeated."""
    people = accepted.left_out
    left_out = None if people is None else left_out_view(people)
    return await shown(accepted.run, services, now=now) | {"left_out": left_out}


def left_out_view(people: tuple[OmittedRecipient, ...]) -> list[Json]:
    return [
        {
            "tenant_id": one.tenant_id,
            "user_id": one.user_id,
            "display_name": one.display_name,
            "reason": one.reason,
        }
        for one in people[:MOST_LISTED]
    ]


def delivery_view(row: Delivery, *, now: datetime) -> Json:
    return {name: _as_json(read(row, now)) for name, read in COLUMNS.items()}


def _as_json(cell: Cell) -> object:
    return rfc3339(cell) if isinstance(cell, datetime) else cell


async def as_csv(pages: AsyncIterator[Iterable[Delivery]], *, now: datetime) -> bytes:
    """The whole file, with the API's field names as column headings."""
    file = io.BytesIO()
    file.write(MARK + csv_lines([COLUMNS]))
    async for rows in pages:
        file.write(csv_lines([read(row, now) for read in COLUMNS.values()] for row in rows))
    return file.getvalue()


def plan_view(found: Plan, template: str, senders: Senders) -> Json:
    when, refusal = found.timing, found.refusal
    return {
        "recipient_count": len(found.recipients),
        "left_out_by_reason": by_reason(found.left_out),
        "first_send_at": rfc3339(when.first_send_at),
        "last_send_at": rfc3339(when.last_send_at),
        "seconds_between": when.spacing.total_seconds(),
        "refusal": {"code": refusal.code, "detail": refusal.detail} if refusal else None,
        "mails": _mails(found, template, senders),
        "recipients": [
            {
                "tenant_id": one.tenant_id,
                "user_id": one.user_id,
                "address": one.address,
                "display_name": one.display_name,
                "language": one.language,
            }
            for one in found.recipients[:MOST_LISTED]
        ],
        "left_out": left_out_view(found.left_out),
    }


def _mails(found: Plan, template: str, senders: Senders) -> list[Json]:
    """Each tenant's email in each language, with its sender and its number of recipients."""
    counted = Counter((one.tenant_id, one.language) for one in found.recipients)
    mails: list[Json] = []
    for (tenant, language), count in counted.items():
        name, pinned = found.tenants[tenant], found.pinned[pinned_key(tenant, language)]
        line = subject(template, language, branding=pinned.branding, words=pinned.words, tenant_name=name)
        mails.append(
            {
                "tenant_id": tenant,
                "tenant_display_name": name,
                "language": language,
                "subject": line,
                "sender": senders.in_effect(pinned.branding) or None,
                "sender_not_used": senders.not_used(pinned.branding),
                "recipient_count": count,
            }
        )
    return mails
