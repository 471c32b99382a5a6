"""Accepts a whole run or refuses it as a whole (delivery protocol, section 6)."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import batched

from sspr_core.model.errors import Conflict, Invalid, TryAgain
from sspr_core.model.ids import Scope
from sspr_core.model.run import Run, RunId, new_run_id
from sspr_core.ports.mail import MOST_PER_PAGE, Accepting, Mailing
from sspr_core.ports.services import Services
from sspr_core.runs.plan import Plan, plan, sample_plan
from sspr_core.runs.request import (
    CHANGED,
    OmittedRecipient,
    Refusal,
    RequestedBy,
    RunRefused,
    RunRequest,
    by_reason,
    check,
)

log = logging.getLogger(__name__)

_TRIES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """`key` is the caller's Idempotency-Key; `body` shows whether two requests with one key are the same.

    `recipient_count`: the number of recipients that the caller saw and confirmed; None: any number is accepted.
    """

    wanted: RunRequest
    by: RequestedBy
    body: bytes
    key: str | None = None
    recipient_count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedRun:
    """`left_out` None: the run was accepted earlier with the same key; the run itself still has the counts."""

    run: Run
    left_out: tuple[OmittedRecipient, ...] | None


async def dry_run(wanted: RunRequest, by: RequestedBy, scope: Scope, services: Services, *, now: datetime) -> Plan:
    """The plan of the run as it would be accepted now; writes nothing.

    Raises as `accept` does, but a refusal is returned in the plan.
    """
    check(wanted, now=now)
    if wanted.sample:
        return await sample_plan(wanted, by, scope, services, now=now)
    return await plan(wanted, scope, services, now=now)


async def accept(request: Submission, scope: Scope, services: Services, *, now: datetime) -> AcceptedRun:
    """Store the run, queue it and return it. A crash leaves only orphaned pages of recipients, or the run with its key.

    Raises RunRefused with the reason, Invalid for a bad value or a key used for another request, NotFound outside
    the scope, TryAgain when every try loses to a concurrent request.
    """
    runs = services.post.runs
    for _ in range(_TRIES):
        admission = await runs.admission()  # before the checks: if another run is accepted meanwhile, plan again
        if earlier := await _earlier(request, services.post):
            return AcceptedRun(run=earlier, left_out=None)
        found = await dry_run(request.wanted, request.by, scope, services, now=now)
        if refusal := found.refusal or _changed(request, found):
            raise RunRefused(refusal)
        run = _run(request, found, services.post, now=now)
        accepting = Accepting(
            run=run, key_hash=_key_hash(request), body_hash=_body_hash(request), admission_etag=admission
        )
        if accepted := await _accepted(accepting, found, services.post):
            await _nudge(accepted.run_id, services.post)
            return AcceptedRun(run=accepted, left_out=found.left_out)
    raise TryAgain(timedelta(seconds=5))


def _changed(request: Submission, found: Plan) -> Refusal | None:
    shown, count = request.recipient_count, len(found.recipients)
    if shown is None or shown == count:
        return None
    return Refusal(code=CHANGED, detail=f"It would be {count:,} recipients now, no longer {shown:,}.")


async def _earlier(request: Submission, post: Mailing) -> Run | None:
    key_hash = _key_hash(request)
    known = await post.runs.known_key(key_hash) if key_hash else None
    if known is None:
        return None
    run, body_hash = known
    if body_hash != _body_hash(request):
        raise Invalid("Idempotency-Key", "was given with another request before; every request needs its own")
    return await post.runs.get(run)


async def _accepted(accepting: Accepting, found: Plan, post: Mailing) -> Run | None:
    """Write recipients, then the run, so that no run lacks recipients. None: a concurrent write won; plan again.

    The recipients then stay for the hourly deletion of orphans: if two requests drew the same run id, they also
    belong to the other run.
    """
    try:
        for page, some in enumerate(batched(found.recipients, MOST_PER_PAGE, strict=False)):
            await post.runs.save_recipients(accepting.run.run_id, page, some)
        return await post.runs.accept(accepting)
    except Conflict:
        return None


async def _nudge(run: RunId, post: Mailing) -> None:
    """Queue the expand message at once, even if nothing is due yet: slots are given when they are due."""
    try:
        await post.send_queue.expand(run)
    except TryAgain:
        log.warning("run %s: accepted, and not nudged; the sweep will", run)


def _run(request: Submission, found: Plan, post: Mailing, *, now: datetime) -> Run:
    wanted, by = request.wanted, request.by
    return Run(
        run_id=new_run_id(now),
        template=wanted.template,
        created_at=now,
        created_by=by.object_id,
        created_by_name=by.name,
        tenants=found.tenants,
        pinned={key: replace(one, branding=post.senders.pinned(one.branding)) for key, one in found.pinned.items()},
        digests=found.digests,
        sender_address=post.senders.usual,
        recipient_count=len(found.recipients),
        page_count=-(-len(found.recipients) // MOST_PER_PAGE),
        left_out=by_reason(found.left_out),
        first_send_at=found.timing.first_send_at,
        last_send_at=found.timing.last_send_at,
        not_before=wanted.not_before,
        test=wanted.sample,
        touched_at=now,
    )


def _key_hash(request: Submission) -> str | None:
    return sha256(f"{request.by.object_id}\n{request.key}".encode()).hexdigest() if request.key else None


def _body_hash(request: Submission) -> str:
    return sha256(request.body).hexdigest()
