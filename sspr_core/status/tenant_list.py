"""The list of tenants: filters, search, sort."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sspr_core.model.counts import SsprScope
from sspr_core.model.limits import OperatingLimits
from sspr_core.model.paging import Key, page
from sspr_core.model.problem import Access
from sspr_core.model.tenant import EXPECTED, Lifecycle, TenantRecord
from sspr_core.model.text import rfc3339
from sspr_core.status.overview import completeness
from sspr_core.status.responses import Json, tenant_view


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantFilter:
    """The filter of the list; None: any value. `problem` may be "any" or "none"."""

    lifecycle: Lifecycle | None = None
    problem: Access | str | None = None
    sspr_scope: SsprScope | None = None
    coverage_below: float | None = None
    text: str | None = None  # in name, id or default domain, ignoring case

    def lets(self, known: TenantRecord) -> bool:
        status = known.status
        return (
            (self.lifecycle is None or known.lifecycle is self.lifecycle)
            and self._lets_problem(known)
            and (self.sspr_scope is None or status.sspr_scope is self.sspr_scope)
            and (self.coverage_below is None or self._is_below(known, self.coverage_below))
            and (self.text is None or self._has_text(known, self.text.casefold()))
        )

    def _lets_problem(self, known: TenantRecord) -> bool:
        problem = known.status.problem
        match self.problem:
            case None:
                return True
            case "any":
                return problem is not None
            case "none":
                return problem is None
            case word:
                return problem is not None and problem.word == word

    @staticmethod
    def _is_below(known: TenantRecord, most: float) -> bool:
        covered = known.status.counts.coverage if known.status.counts else None
        return covered is not None and covered < most

    @staticmethod
    def _has_text(known: TenantRecord, text: str) -> bool:
        return any(
            text in value.casefold()
            for value in (known.display_name, known.tenant_id, known.status.default_domain or "")
        )


def _number(read: Callable[[TenantRecord], float | int | None]) -> Callable[[TenantRecord], Key]:
    def key(known: TenantRecord) -> Key:
        value = read(known)
        return (value is None, float(value or 0), known.tenant_id)

    return key


def _by_name(known: TenantRecord) -> Key:
    return (False, known.display_name.casefold(), known.tenant_id)


SORTS: dict[str, Callable[[TenantRecord], Key]] = {
    "display_name": _by_name,
    "coverage": _number(lambda known: known.status.counts.coverage if known.status.counts else None),
    "population_count": _number(lambda known: known.status.counts.population_count if known.status.counts else None),
    "registered_count": _number(lambda known: known.status.counts.registered_count if known.status.counts else None),
    "to_register_count": _number(lambda known: known.status.counts.to_register_count if known.status.counts else None),
    "licence_shortfall_count": _number(lambda known: known.status.licence_shortfall_count),
    "last_success_at": _number(
        lambda known: known.status.last_success_at.timestamp() if known.status.last_success_at else None
    ),
}


def tenant_list(
    tenants: Sequence[TenantRecord],
    terms: OperatingLimits,
    chosen: TenantFilter,
    *,
    sort: str,
    limit: int,
    continuation: str | None,
    now: datetime,
) -> Json:
    """A page of the tenants that match the filter. `sort`: a name of SORTS, with - for descending."""
    some, following = page(
        [known for known in tenants if chosen.lets(known)],
        SORTS[sort.removeprefix("-")],
        order=f"tenants {sort}",
        descending=sort.startswith("-"),
        limit=limit,
        continuation=continuation,
    )
    return {
        "as_of": rfc3339(now),
        "completeness": completeness(expected(tenants), terms, now=now),
        "items": [tenant_view(known, terms, now=now) for known in some],
        "continuation": following,
    }


def expected(tenants: Iterable[TenantRecord]) -> list[TenantRecord]:
    return [known for known in tenants if known.lifecycle in EXPECTED]
