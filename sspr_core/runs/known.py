"""Runs within a caller's scope: only those whose tenants are all in it."""

from sspr_core.model.errors import NotFound
from sspr_core.model.run import ALL_TENANTS, Run, RunId
from sspr_core.model.scope import Scope
from sspr_core.ports.mail import Post

_CHUNK = 100


async def run_within(scope: Scope, run: RunId, post: Post) -> Run:
    """Raises NotFound, also for a run with a tenant outside the scope."""
    known = await post.runs.get(run)
    if not is_within(scope, known):
        raise NotFound(run)
    return known


async def recent_within(
    scope: Scope, post: Post, *, before: RunId | None, limit: int
) -> tuple[list[Run], RunId | None]:
    """Newest first, and from where to go on."""
    found: list[Run] = []
    while True:
        some, following = await post.runs.recent(before=before, limit=min(_CHUNK, limit - len(found)))
        found += [run for run in some if is_within(scope, run)]
        if following is None or len(found) >= limit:
            return found, following
        before = following


def is_within(scope: Scope, run: Run) -> bool:
    """The report over all tenants is for those alone who may see them all."""
    if run.report == ALL_TENANTS and not scope.allows_report(None):
        return False
    return all(scope.allows(tenant) for tenant in run.tenants)
