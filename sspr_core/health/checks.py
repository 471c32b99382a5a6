"""Turns probe results into health checks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sspr_core.model.limits import OperatingLimits
from sspr_core.model.mail import LookupAnswer, NoAnswer
from sspr_core.model.mail_service import TO_SEND
from sspr_core.model.problem import Access
from sspr_core.model.sending import Pacing
from sspr_core.model.tenant import EXPECTED, Discovery, TenantRecord, is_fresh
from sspr_core.model.text import rfc3339
from sspr_core.ports.monitoring import JobRun, QueueState

# Per timer trigger. Schedules are settings: these limits allow slower ones than usual, and warn of still slower ones.
LONGEST_PAUSES = {
    "discover_tenants": timedelta(hours=26),
    "schedule_snapshots": timedelta(hours=2),
    "schedule_reports": timedelta(hours=2),
    "watch_runs": timedelta(minutes=10),
    "tell_metrics": timedelta(minutes=30),
    "delete_expired": timedelta(hours=26),
}
_WAITS = timedelta(hours=1)  # a visible message of this age means that nothing reads the queue

_HELD_BACK = (
    "See in Partner Center whether these customers' GDAP relationships have ended. If so, set each of the tenants "
    "inactive: the next discovery removes it. If not, look for what hides them, such as a suspended partner account."
)


class Health(StrEnum):
    """In ascending order of trouble."""

    OK = "ok"
    WARN = "warn"  # works, or will recover without help; look at it
    FAIL = "fail"  # does not work until an operator acts


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`said`: the finding, without personal data or secrets. `to_do`: what to do; empty when nothing is needed."""

    name: str
    health: Health
    said: str
    to_do: str = ""


def ok(name: str, said: str) -> Check:
    return Check(name=name, health=Health.OK, said=said)


def warn(name: str, said: str, to_do: str) -> Check:
    return Check(name=name, health=Health.WARN, said=said, to_do=to_do)


def fail(name: str, said: str, to_do: str) -> Check:
    return Check(name=name, health=Health.FAIL, said=said, to_do=to_do)


def worst(checks: list[Check]) -> Health:
    order = list(Health)
    return max((check.health for check in checks), key=order.index, default=Health.OK)


def of_job(job: str, run: JobRun | None, *, now: datetime) -> Check:
    name = f"job {job}"
    if run is None:
        return warn(
            name, "It has not run yet.", "Wait for its schedule; if it never runs, see that it is not disabled."
        )
    said = f"It ran until {rfc3339(run.finished_at)}, for {run.took.total_seconds():.0f} s"
    if run.failure:
        return fail(name, f"{said}, and failed: {run.failure}.", f"Look for {job} in the app's log.")
    if now - run.finished_at > LONGEST_PAUSES[job]:
        return warn(name, f"{said}, and not since.", f"See that {job} is not disabled, and what its schedule is.")
    return ok(name, f"{said}.")


_NO_PERMISSION = "Grant the app DelegatedAdminRelationship.Read.All in your tenant, or set SSPR_DISCOVER_GDAP to false."


def of_discovery(found: Discovery, *, remedy: str = "") -> Check:
    """`remedy`: for its problem, if any; a missing permission needs another remedy here than in a customer's tenant."""
    if found.problem:
        said = f"The list of customers could not be read since {rfc3339(found.problem.since)}: {found.problem.word} "
        to_do = _NO_PERMISSION if found.problem.word is Access.PERMISSION_MISSING else remedy
        return warn("discovery", f"{said}({found.problem.code}).", to_do)
    if not found.last_complete_at:
        return warn("discovery", "There was no complete discovery yet.", "Wait for the next: discover_tenants, hourly.")
    said = f"Complete at {rfc3339(found.last_complete_at)}."
    if found.held_back_count:
        held = f"{found.held_back_count} tenants have been missing from it for a day, too many at once: they are kept."
        return warn("discovery", f"{said} {held}", _HELD_BACK)
    return ok("discovery", said)


def of_snapshots(tenants: Sequence[TenantRecord], terms: OperatingLimits, *, now: datetime) -> Check:
    expected = [known for known in tenants if known.lifecycle in EXPECTED]
    fresh_count = sum(is_fresh(known, now=now, within=terms.fresh_within) for known in expected)
    newest = max((at for known in expected if (at := known.status.last_success_at)), default=None)
    said = (
        f"{fresh_count} of {len(expected)} tenants are fresh; the newest snapshot is of {rfc3339(newest) or 'never'}."
    )
    if not expected:
        return ok("snapshots", "No tenant is to be read.")
    if not fresh_count:
        return fail(
            "snapshots", said, "See the checks of Graph, jobs and queues; each tenant says what is wrong with it."
        )
    if fresh_count < len(expected):
        return warn(
            "snapshots", said, "See GET /api/v1/overview, completeness: what is wrong with each, and its remedy."
        )
    return ok("snapshots", said)


def of_queue(queue: QueueState, *, now: datetime) -> Check:
    name, age = f"queue {queue.name}", now - queue.visible_since if queue.visible_since else timedelta(0)
    said = f"About {queue.waiting_count} messages wait, those for later included; {queue.poison_count} are set aside."
    if age > _WAITS:
        late = f" One could have been taken since {rfc3339(queue.visible_since)}."
        return fail(
            name, said + late, "See that the function of this queue is not disabled, and look for it in the log."
        )
    if queue.poison_count:
        to_do = (
            "Look for the reason in the app's log, remove it, then move them back: docs/operate.md, poison messages."
        )
        return warn(name, said, to_do)
    return ok(name, said)


def of_sending_off(unfinished_count: int) -> Check:
    """Sending off is a choice, not a fault; but the operator may not have known of unfinished runs."""
    if not unfinished_count:
        return ok("mail", "Sending is off, by choice: SSPR_MAIL_SERVICE names no mail service. All else works.")
    said = (
        f"Sending is off, and runs are not finished ({unfinished_count}): nothing of them leaves, and nothing is lost."
    )
    return warn("mail", said, f"Cancel them, or switch sending on. {TO_SEND}")


def of_mail(answer: LookupAnswer, pacing: Pacing, *, paused_count: int, now: datetime) -> Check:
    """`paused_count`: runs paused with a problem, by the app because of their sender or by an operator."""
    if isinstance(answer, NoAnswer):
        to_do = (
            "See SSPR_MAIL_ENDPOINT and the identity's role on the mail service; its quota of questions may be used up."
        )
        return warn("mail", "The mail service gave no answer that helps.", to_do)
    if pacing.hold_until and pacing.hold_until > now:
        said = f"The mail service asked to wait until {rfc3339(pacing.hold_until)}."
        return warn(
            "mail", said, "Wait; if it asks often, lower SSPR_MAIL_PER_HOUR to your quota, or ask for a higher one."
        )
    if paused_count:
        said = f"Runs are paused with a problem ({paused_count}): nothing of them leaves until they are resumed."
        return warn("mail", said, "Each one's page says why: set it right and resume it, or cancel it.")
    return ok("mail", "The mail service answers.")
