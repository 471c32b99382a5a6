"""Counting users while they pass: of a reading, or of an export."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sspr_core.model.attention import NEW_FOR, Attention
from sspr_core.model.counts import Counts, SsprScope
from sspr_core.model.registration import Excluded, Registration, User


class Tally:
    """Counts of the users added so far, in a snapshot that began at `started_at`."""

    def __init__(self, started_at: datetime) -> None:
        self._new_since = (started_at - NEW_FOR).timestamp()
        self._population: Counter[tuple[Registration, bool | None]] = Counter()
        self._excluded: Counter[Excluded] = Counter()
        self._judged: Counter[bool] = Counter()  # enabled or not, of those by whom the tenant's scope is judged
        self._covered = 0
        self._admins_to_register = self._new_to_register = self._single_method = self._phone_only = 0

    def add(self, user: User) -> None:
        if user.excluded is not None:
            self._excluded[user.excluded] += 1
            return
        self._population[user.registration, user.enabled] += 1
        self._covered += user.covered
        # Administrators are always enabled, by a policy of their own: they say nothing about the tenant's.
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
        """Every reason that occurs; adds up to the excluded."""
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
