"""Decides when a run is finished, by counting its rows: no counter is kept while it sends (protocol, section 6)."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sspr_core.model.delivery import DeliveryState
from sspr_core.model.errors import Conflict
from sspr_core.model.run import Run, RunId, RunState
from sspr_core.ports.mail import Mailing

log = logging.getLogger(__name__)

_MANY = 10_000  # rows; a run that has more is counted less often
_SELDOM = timedelta(minutes=5) - timedelta(seconds=30)  # the timer is never quite on time
_ONCE_MORE = timedelta(minutes=15)  # after the end; from then on daily
_DAILY = timedelta(days=1)

_OPEN = (DeliveryState.PENDING, DeliveryState.CLAIMED)
_FAILURES = (DeliveryState.FAILED, DeliveryState.UNSURE, DeliveryState.BOUNCED, DeliveryState.SUPPRESSED)
_OUT = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.BOUNCED, DeliveryState.SUPPRESSED)


async def finish(run_id: RunId, post: Mailing, *, now: datetime) -> None:
    """Count the run's rows if a count is due, then write the run's state and the totals that are shown.

    Reads the run before its rows and writes it only if it is unchanged: a pause, a cancel or a new pass in between
    wins.
    """
    run = await post.runs.get(run_id)
    if not is_due(run, now=now):
        return
    counts = await post.deliveries.counts(run_id)
    by_state = {state.value: count for state, count in counts.by_state.items()}
    found = replace(counted(run, by_state, now=now), in_doubt_count=counts.in_doubt_count)
    if found.state.sends and not run.state.sends:
        log.error("run %s was finished, and has deliveries that are not; it goes on", run_id)
    try:
        await post.runs.save(found)
    except Conflict:
        log.info("run %s was written while its rows were counted; the next look counts them again", run_id)


def is_due(run: Run, *, now: datetime) -> bool:
    """Whether to count now: every minute while rows are open, once 15 minutes after the end, then daily."""
    if run.looked_at is None:
        return True
    ended = None if has_open(run.counts) else run.finished_at
    if ended is not None:
        again = ended + _ONCE_MORE
        return now >= again if run.looked_at < again else now - run.looked_at >= _DAILY
    return sum(run.counts.values()) <= _MANY or now - run.looked_at >= _SELDOM


def counted(run: Run, counts: Mapping[str, int], *, now: datetime) -> Run:
    """The run after its rows were counted. Clears the problem once more emails went out than at the last count.

    Not while the run is paused: those emails began before the pause, and the problem may be its reason. It stays
    until the run is resumed.
    """
    solved = run.state is not RunState.PAUSED and _sum(counts, _OUT) > _sum(run.counts, _OUT)
    run = replace(run, counts=counts, looked_at=now, problem=None if solved else run.problem)
    if run.state is RunState.SENDING and run.expanded and not has_open(counts):
        failures = _sum(counts, _FAILURES)
        state = RunState.FINISHED_WITH_FAILURES if failures else RunState.FINISHED
        return replace(run, state=state, finished_at=now)
    if run.state in (RunState.FINISHED, RunState.FINISHED_WITH_FAILURES) and has_open(counts):
        return replace(run, state=RunState.SENDING, finished_at=None, scheduled=False, touched_at=now)
    return run


def has_open(counts: Mapping[str, int]) -> bool:
    return _sum(counts, _OPEN) > 0


def _sum(counts: Mapping[str, int], states: tuple[DeliveryState, ...]) -> int:
    return sum(counts.get(state, 0) for state in states)
