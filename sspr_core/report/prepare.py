"""Prepares one report: its figures, its email, and a run that sends it.

Safe under concurrency and crashes: the run's idempotency key is made of the report and its occurrence, so there is
one run; a later caller that finds it accepted does what is left. The email is stored before that, and the archive is
written from it.

While sending is off, a scheduled report is made and archived the same way: its run is accepted as already ended,
without recipients and without the email's text.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from msgspec import structs

from sspr_core.model.custom_texts import Words
from sspr_core.model.errors import Conflict, NotFound, TryAgain
from sspr_core.model.ids import Scope, TenantId, UserId
from sspr_core.model.report import PinnedLetter
from sspr_core.model.run import ALL_TENANTS, Pinned, PinnedRecipient, Run, RunId, RunState, new_run_id
from sspr_core.ports.mail import Accepting, Runs
from sspr_core.ports.services import Services
from sspr_core.report.archive import archive_run, refuse
from sspr_core.report.compose import Composed, compose

log = logging.getLogger(__name__)

TEMPLATE = "report"  # of its runs
SCHEDULE = "schedule"
NOT_MAILED = "Sending was off when this report was made: it is in the archive, and was not mailed."
MOST_ATTACHED = 5_000_000  # bytes: in base64, with the email's text, well below the mail service's limit of 10 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTrigger:
    """Why a report is made. `key` is the idempotency key: the same for repeated requests of the same report."""

    tenant_id: TenantId | None
    key: str
    due_at: datetime | None = None
    by: str = ""  # object id of the caller; empty for a schedule
    by_name: str = SCHEDULE


def scheduled(tenant: TenantId | None, due_at: datetime) -> ReportTrigger:
    return ReportTrigger(tenant_id=tenant, key=_hash("scheduled", whose(tenant), due_at.isoformat()), due_at=due_at)


def asked_for(tenant: TenantId | None, key: str, *, by: str, by_name: str) -> ReportTrigger:
    """`key` is the caller's Idempotency-Key; another caller, or a request for another report, may use the same."""
    return ReportTrigger(tenant_id=tenant, key=_hash("asked for", whose(tenant), by, key), by=by, by_name=by_name)


def whose(tenant: TenantId | None) -> str:
    return tenant or ALL_TENANTS


async def prepare(occasion: ReportTrigger, scope: Scope, services: Services, *, now: datetime) -> Run:
    """Accept, archive and queue the run that sends the report, and return it; while sending is off it has already
    ended.

    Raises ReportRefused with the remedy, NotFound outside the scope, TryAgain.
    """
    if not scope.allows_report(occasion.tenant_id):
        raise NotFound(occasion.tenant_id)  # also for a request made while it was still in scope
    run = await _earlier(occasion, services.post.runs) or await _accepted(occasion, scope, services, now=now)
    try:
        await archive_run(run, occasion.tenant_id, occasion.due_at, services)
    except TryAgain:
        if occasion.due_at is not None:
            raise
        log.warning("run %s: accepted, and not archived; the sweep will", run.run_id)  # an error makes users repeat it
    if not run.mailed:
        log.info("run %s: its report is archived, and not mailed: sending is off", run.run_id)
        return run
    try:
        await services.post.send_queue.expand(run.run_id)
    except TryAgain:
        log.warning("run %s: accepted, and not nudged; the sweep will", run.run_id)
    return run


async def _earlier(occasion: ReportTrigger, runs: Runs) -> Run | None:
    known = await runs.known_key(occasion.key)
    return await runs.get(known[0]) if known else None


async def _accepted(occasion: ReportTrigger, scope: Scope, services: Services, *, now: datetime) -> Run:
    kept = await services.own.report_plan(scope, occasion.tenant_id)
    await refuse(kept, scope, services, scheduled=occasion.due_at is not None)
    mailed, runs = not services.post.sending_off, services.post.runs
    plan = kept.plan if mailed else structs.replace(kept.plan, attachments=())  # files only for emails
    composed = await compose(
        plan, occasion.tenant_id, scope, services, due_at=occasion.due_at, now=now, most_bytes=MOST_ATTACHED
    )
    recipients = _recipients(plan.recipients, composed, services)
    letter = PinnedLetter(letter=composed.letter, report=composed.report.without_names())
    if not mailed:
        letter = letter.without_letter()
    while True:
        run = _run(occasion, composed, recipients, services, now=now)
        run = run if mailed else _not_mailed(run, now=now)
        try:
            if mailed:
                await runs.save_recipients(run.run_id, 0, recipients)
            await runs.save_letter(run.run_id, letter)
        except Conflict:  # another run of the same millisecond drew the same id
            continue
        break
    try:
        return await runs.accept(Accepting(run=run, key_hash=occasion.key, body_hash="", aside=True))
    except Conflict:
        return await _quicker(occasion, run.run_id, runs)


def _not_mailed(run: Run, *, now: datetime) -> Run:
    """The run of a report that is made while sending is off: ended at once, for good."""
    return replace(
        run,
        mailed=False,
        state=RunState.CANCELLED,
        finished_at=now,
        page_count=0,
        problem=NOT_MAILED,
        sender_address="",
    )


async def _quicker(occasion: ReportTrigger, ours: RunId, runs: Runs) -> Run:
    """The run accepted by a concurrent caller after our check; or our own, if the answer to our write was lost."""
    run = await _earlier(occasion, runs)
    if run is None:
        raise TryAgain
    if run.run_id != ours:
        await runs.delete_recipients(ours)
    return run


def _recipients(addresses: Sequence[str], composed: Composed, services: Services) -> list[PinnedRecipient]:
    tenant = composed.report.tenant_id or TenantId(services.terms.partner_tenant_id)
    return [
        PinnedRecipient(
            tenant_id=tenant,
            user_id=id_of(address),
            address=address,
            display_name=address,
            language=composed.report.language,
        )
        for address in addresses
    ]


def id_of(address: str) -> UserId:
    """An id for a recipient who is no user, in place of a user id; the same for the same address."""
    return UserId(str(UUID(bytes=sha256(address.casefold().encode()).digest()[:16], version=4)))


def _run(
    occasion: ReportTrigger,
    composed: Composed,
    recipients: Sequence[PinnedRecipient],
    services: Services,
    *,
    now: datetime,
) -> Run:
    tenant = recipients[0].tenant_id
    pinned = Pinned(branding=services.post.senders.pinned(composed.branding), words=Words())
    return Run(
        run_id=new_run_id(now),
        template=TEMPLATE,
        created_at=now,
        created_by=occasion.by,
        created_by_name=occasion.by_name,
        tenants={tenant: composed.report.tenant_name or "All tenants"},
        pinned={f"{tenant}:{composed.report.language}": pinned},
        sender_address=services.post.senders.usual,
        recipient_count=len(recipients),
        page_count=1,
        report=whose(occasion.tenant_id),
        touched_at=now,
    )


def _hash(*parts: str) -> str:
    return sha256("\n".join(("report", *parts)).encode()).hexdigest()
