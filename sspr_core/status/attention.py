"""Groups what a technician should act on, in order, over all tenants, from the counts of their last snapshots."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sspr_core.model.counts import SsprScope
from sspr_core.model.problem import Access
from sspr_core.model.tenant import Lifecycle, TenantRecord

_LOOKED_AFTER = (Lifecycle.ACTIVE, Lifecycle.IN_PROCESS)
_PASSES = (Access.THROTTLED, Access.UNAVAILABLE)  # retried without an operator; completeness shows them


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One tenant in one group; `count`: its users, in groups that count them."""

    known: TenantRecord
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Tenants that need the same action, those with most users first."""

    name: str
    tasks: Sequence[Task]


def to_do(tenants: Sequence[TenantRecord]) -> list[Group]:
    """The groups that are not empty, in the order in which to act."""
    ours = [known for known in tenants if known.lifecycle in _LOOKED_AFTER]
    active = [known for known in ours if known.lifecycle is Lifecycle.ACTIVE]
    groups = [
        Group(name="no_consent", tasks=_those(ours, lambda known: _problem_is(known, Access.CONSENT_MISSING))),
        Group(name="not_readable", tasks=_those(ours, _wants_somebody)),
        Group(name="scope_not_all", tasks=_those(active, _scope_is_not_all, count=_population)),
        Group(name="admins", tasks=_counted(active, "admin_to_register_count")),
        Group(name="single_method", tasks=_counted(active, "single_method_count")),
        Group(name="licence_shortfall", tasks=_by_count(active, lambda known: known.status.licence_shortfall_count)),
        Group(name="new_users", tasks=_counted(active, "new_to_register_count")),
    ]
    return [group for group in groups if group.tasks]


def tenant_count(groups: Sequence[Group]) -> int:
    """How many tenants need an action, each counted once."""
    return len({task.known.tenant_id for group in groups for task in group.tasks})


def _problem_is(known: TenantRecord, word: Access) -> bool:
    return known.status.problem is not None and known.status.problem.word is word


def _wants_somebody(known: TenantRecord) -> bool:
    problem = known.status.problem
    return problem is not None and problem.word not in (*_PASSES, Access.CONSENT_MISSING)


def _scope_is_not_all(known: TenantRecord) -> bool:
    return known.status.sspr_scope in (SsprScope.NONE, SsprScope.SOME)


def _population(known: TenantRecord) -> int | None:
    return known.status.counts.not_enabled_count if known.status.counts else None


def _counted(tenants: Sequence[TenantRecord], name: str) -> list[Task]:
    return _by_count(tenants, lambda known: getattr(known.status.attention, name, None))


def _by_count(tenants: Sequence[TenantRecord], count: Callable[[TenantRecord], int | None]) -> list[Task]:
    return _those(tenants, lambda known: bool(count(known)), count=count)


def _those(
    tenants: Sequence[TenantRecord],
    wanted: Callable[[TenantRecord], bool],
    *,
    count: Callable[[TenantRecord], int | None] = lambda _: None,
) -> list[Task]:
    tasks = [Task(known=known, count=count(known)) for known in tenants if wanted(known)]
    return sorted(tasks, key=lambda task: (-(task.count or 0), task.known.display_name.casefold()))
