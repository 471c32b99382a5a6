"""Selects users of a tenant: the same filter for a list, an export and a draft."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sspr_core.model.registration import Excluded, Registration, StoredUser

MOST_SORTED = 20_000  # users: above this, sorting would mean reading all for a page, and a search finds prefixes only


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFilter:
    """The filter; None: any value."""

    registration: Registration | None = None
    enabled: bool | str | None = None  # "unknown": null
    admin: bool | None = None
    excluded: Excluded | str | None = None  # "none": the population
    method: str | None = None
    to_register: bool | None = None
    single_method: bool | None = None  # registered with exactly one method, or not
    created_since: date | None = None  # from the start of that UTC day; excludes users without a known creation time
    text: str | None = None

    def lets(self, stored: StoredUser, *, prefix_only: bool) -> bool:
        user = stored.user
        return (
            (self.registration is None or user.registration is self.registration)
            and (self.enabled is None or user.enabled is (None if self.enabled == "unknown" else self.enabled))
            and (self.admin is None or (user.admin is True) is self.admin)
            and (self.excluded is None or user.excluded == (None if self.excluded == "none" else self.excluded))
            and (self.method is None or self.method in user.methods)
            and (self.to_register is None or user.to_register is self.to_register)
            and (self.single_method is None or user.has_single_method is self.single_method)
            and (self.created_since is None or _is_created_since(user.created_at, self.created_since))
            and (self.text is None or _has(stored, self.text.casefold(), prefix_only=prefix_only))
        )


def _is_created_since(created_at: int | None, day: date) -> bool:
    return created_at is not None and created_at >= datetime.combine(day, time(), UTC).timestamp()


def _has(stored: StoredUser, text: str, *, prefix_only: bool) -> bool:
    values = (stored.user.display_name, stored.user.upn, stored.user.mail or "", stored.user_id)
    if prefix_only:
        return any(value.casefold().startswith(text) for value in values)
    return any(text in value.casefold() for value in values)
