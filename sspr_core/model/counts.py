"""Counting users: the same names wherever counts appear."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from operator import attrgetter


class SsprScope(StrEnum):
    """For whom the tenant's policy allows SSPR, derived from its effect: Graph does not show the policy."""

    ALL = "all"  # everyone who can be judged is enabled
    SOME = "some"
    NONE = "none"  # nobody is
    UNKNOWN = "unknown"  # nobody to judge by


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Users by what is known of them. population = registered + not registered + unknown, enabled or not."""

    population_count: int = 0
    registered_count: int = 0
    registered_enabled_count: int = 0
    not_registered_count: int = 0
    unknown_count: int = 0
    not_enabled_count: int = 0  # enabled false; overlaps the three above, null is not false
    to_register_count: int = 0
    excluded_count: int = 0

    @property
    def coverage(self) -> float | None:
        return coverage(self.registered_enabled_count, self.to_register_count)


COUNT_NAMES = tuple(field.name for field in fields(Counts))
_values = attrgetter(*COUNT_NAMES)


def coverage(registered_enabled_count: int, to_register_count: int) -> float | None:
    """Registered and enabled / (registered and enabled + to register), 0 to 1; None when SSPR is not enabled."""
    divisor = registered_enabled_count + to_register_count
    return registered_enabled_count / divisor if divisor else None


def total(several: Iterable[Counts]) -> Counts:
    """The sum; coverage over several tenants is the summed counts' coverage, never a mean."""
    sums = [0] * len(COUNT_NAMES)
    for counts in several:
        for i, value in enumerate(_values(counts)):
            sums[i] += value
    return Counts(**dict(zip(COUNT_NAMES, sums, strict=True)))
