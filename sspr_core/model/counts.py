"""Counts of a snapshot: sums over users, coverage, and the users who need attention."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from operator import attrgetter

from sspr_core.model.registration import Excluded, Registration, User

NEW_FOR = timedelta(days=7)  # a user created within this time before a snapshot's start is new


class SsprScope(StrEnum):
    """For whom the tenant's policy allows SSPR, derived from its effect: Graph does not show the policy."""

    ALL = "all"  # every user who can be judged is enabled
    SOME = "some"
    NONE = "none"  # no such user is
    UNKNOWN = "unknown"  # there is no user to judge by


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
    """The sum; coverage over several tenants is the coverage of the summed counts, never a mean."""
    sums = [0] * len(COUNT_NAMES)
    for counts in several:
        for i, value in enumerate(_values(counts)):
            sums[i] += value
    return Counts(**dict(zip(COUNT_NAMES, sums, strict=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """Counts of users in the population; a user may be in several."""

    admin_to_register_count: int = 0
    single_method_count: int = 0  # registered with exactly one method: a lost device locks the user out
    phone_only_count: int = 0  # registered, and every method is a phone number
    new_to_register_count: int = 0


class Tally:
    """Counts of the users added so far, in a snapshot that began at `started_at`."""

    def __init__(self, started_at: datetime) -> None:
        self._new_since = (started_at - NEW_FOR).timestamp()
        self._population: Counter[tuple[Registration, bool | None]] = Counter()
        self._excluded: Counter[Excluded] = Counter()
        self._judged: Counter[bool] = Counter()  # enabled or not, of the users that show the tenant's scope
        self._covered = 0
        self._admins_to_register = self._new_to_register = self._single_method = self._phone_only = 0

    def add(self, user: User) -> None:
        if user.excluded is not None:
            self._excluded[user.excluded] += 1
            return
        self._population[user.registration, user.enabled] += 1
        self._covered += user.covered
        # Administrators are always enabled, by a policy of their own: they do not show the tenant's policy.
        if user.enabled is not None and user.admin is not True:
            self._judged[user.enabled] += 1
        self._single_method += user.has_single_method
        self._phone_only += user.has_only_phones
        if user.to_register:
            self._admins_to_register += user.admin is True
            self._new_to_register += user.created_at is not None and user.created_at >= self._new_since

    @property
    def counts(self) -> Counts:
        by = self._population
        registered, waiting = Registration.REGISTERED, Registration.NOT_REGISTERED

        def of(registration: Registration) -> int:
            return sum(by[registration, enabled] for enabled in (True, False, None))

        return Counts(
            population_count=by.total(),
            registered_count=of(registered),
            registered_enabled_count=by[registered, True],
            not_registered_count=of(waiting),
            unknown_count=of(Registration.UNKNOWN),
            not_enabled_count=sum(by[registration, False] for registration in Registration),
            to_register_count=by[waiting, True],
            excluded_count=self._excluded.total(),
        )

    @property
    def excluded_by_reason(self) -> Mapping[Excluded, int]:
        """Every reason that occurs; the sum is the excluded count."""
        return {reason: self._excluded[reason] for reason in Excluded if self._excluded[reason]}

    @property
    def licence_shortfall_count(self) -> int:
        return self._population.total() - self._covered

    @property
    def sspr_scope(self) -> SsprScope:
        enabled, disabled = self._judged[True], self._judged[False]
        if not enabled and not disabled:
            return SsprScope.UNKNOWN
        if not disabled:
            return SsprScope.ALL
        return SsprScope.SOME if enabled else SsprScope.NONE

    @property
    def attention(self) -> Attention:
        return Attention(
            admin_to_register_count=self._admins_to_register,
            single_method_count=self._single_method,
            phone_only_count=self._phone_only,
            new_to_register_count=self._new_to_register,
        )
