"""Whom a report speaks of: sorted out while a tenant's users pass by."""

from bisect import insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sspr_core.model.ids import TenantId, UserId
from sspr_core.model.registration import StoredUser
from sspr_core.model.report import MOST_NAMED, People, Person, RunSince

NOBODY = People(count=0)

type Newly = Mapping[tuple[TenantId, UserId], datetime]  # when each was seen registered


class FirstFew:
    """The first of many by name, administrators before all; no more is kept of them."""

    def __init__(self, most: int = MOST_NAMED) -> None:
        self._most = most
        self._kept: list[tuple[tuple[bool, str, str], Person]] = []

    def add(self, user: StoredUser) -> None:
        admin = user.user.admin is True
        key = (not admin, user.user.display_name.casefold(), user.user_id)
        if len(self._kept) == self._most and key > self._kept[-1][0]:
            return
        person = Person(display_name=user.user.display_name, upn=user.user.upn, admin=admin)
        insort(self._kept, (key, person), key=lambda one: one[0])
        del self._kept[self._most :]

    def of(self, count: int) -> People:
        """They may have been read a snapshot later than they were counted: never more of them than that."""
        return People(count=count, named=tuple(person for _, person in self._kept[:count]))


class Named:
    """The people of a tenant's report by name, from all of its users."""

    def __init__(self) -> None:
        self.to_register, self.single_method, self.phone_only = FirstFew(), FirstFew(), FirstFew()

    def add(self, users: Iterable[StoredUser]) -> None:
        for one in users:
            user = one.user
            if user.to_register:
                self.to_register.add(one)
            if user.excluded is None and user.has_single_method:
                self.single_method.add(one)
            if user.excluded is None and user.has_only_phones:
                self.phone_only.add(one)


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What happened since the last report. `newly`: who was seen registered, of the population."""

    newly: Newly = field(default_factory=dict)
    people: People = NOBODY
    runs: tuple[RunSince, ...] = ()


def is_newly_registered(user: StoredUser, *, since: datetime) -> bool:
    """In the population, and seen registered since, by a snapshot that was not the tenant's first."""
    seen_at = user.seen_registered_at
    known_before = user.registered_after_at is not None
    return user.user.excluded is None and seen_at is not None and known_before and seen_at > since
