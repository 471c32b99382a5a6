"""Who is still to be mailed by another run, and how many emails are waiting before ours."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from sspr_core.model.delivery import NEVER, DeliveryState
from sspr_core.model.ids import TenantId, UserId
from sspr_core.model.run import PinnedRecipient, Run, RunState
from sspr_core.ports.mail import MOST_PER_PAGE, Post

type Person = tuple[TenantId, UserId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """`waiting_count`: emails that no slot is given to yet; those that have one are in the pacing row."""

    people: frozenset[Person]
    waiting_count: int


async def elsewhere(post: Post, *, before: datetime, now: datetime) -> Elsewhere:
    """What other runs still have to do; emails of a run that begins only later than `before` wait behind ours."""
    people: set[Person] = set()
    waiting_count = 0
    for run in await post.runs.unfinished(now=now):
        first = run.state.sends and (run.not_before or now) <= before
        if run.test or not (states := _may_be_mailed(run)):
            continue
        async for rows in post.deliveries.pages(run.run_id, states=states):
            people.update((one.tenant_id, one.user_id) for one in rows if one.to_user)
            if first:
                waiting_count += sum(one.state is not DeliveryState.CLAIMED and one.due_at == NEVER for one in rows)
        if run.state.unfinished and not run.expanded:
            async for some in _not_expanded(run, post):
                if run.report is None:
                    people.update((one.tenant_id, one.user_id) for one in some)
                waiting_count += len(some) if first else 0
    return Elsewhere(people=frozenset(people), waiting_count=waiting_count)


def _may_be_mailed(run: Run) -> frozenset[DeliveryState]:
    """The states from which an email of this run may still go out, or may have gone out unnoticed."""
    if not run.state.unfinished:  # what is claimed is being asked about, though the run was cancelled
        return frozenset({DeliveryState.CLAIMED}) if run.state is RunState.CANCELLED else frozenset()
    states = {DeliveryState.PENDING, DeliveryState.CLAIMED}
    if run.number_of_pass and not run.expanded:  # about to be tried again
        states |= {DeliveryState.FAILED, DeliveryState.UNSURE} if run.unsure_too else {DeliveryState.FAILED}
    return frozenset(states)


async def _not_expanded(run: Run, post: Post) -> AsyncIterator[list[PinnedRecipient]]:
    """Recipients of a first pass whose rows may not be there yet; some may have been mailed, nobody is overlooked."""
    if run.number_of_pass:
        return
    first = run.cursor // MOST_PER_PAGE
    for page in range(first, run.page_count):
        some = await post.runs.recipients(run.run_id, page)
        yield list(some[run.cursor - first * MOST_PER_PAGE :] if page == first else some)
