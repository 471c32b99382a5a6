"""One user of a tenant, as last read."""

from datetime import datetime
from enum import StrEnum

import msgspec

from sspr_core.model.ids import UserId


class Registration(StrEnum):
    """Whether a user has registered enough methods for self-service password reset; never a guess."""

    REGISTERED = "registered"
    NOT_REGISTERED = "not_registered"
    UNKNOWN = "unknown"  # no row in the report, or null


class Excluded(StrEnum):
    """Why a user does not count; in order of precedence, the first that applies is the reason."""

    SYSTEM = "system"  # directory synchronisation and package accounts
    GUEST = "guest"  # userType Guest
    DISABLED = "disabled"  # accountEnabled not true, null included
    UNLICENSED = "unlicensed"  # no licence, or only free ones
    RULE = "rule"  # a rule of an operator


PHONES = frozenset({"mobilePhone", "alternateMobilePhone", "officePhone"})  # of the report's methods


class User(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """What one reading says of one user; packed (msgpack) it is the stored row, about 160 bytes.

    A Struct and not a dataclass because 200,000 of them are packed and unpacked per reading. The order of the fields
    is the stored format, so new ones go to the end with a default. The id is the row's key and is not packed.
    Sources: Graph `user` and `userRegistrationDetails`.
    """

    display_name: str
    upn: str
    mail: str | None
    registration: Registration
    enabled: bool | None  # isSsprEnabled: the tenant's policy lets the user use SSPR
    capable: bool | None  # isSsprCapable: registered and enabled
    admin: bool | None
    methods: tuple[str, ...]  # open strings, sorted
    excluded: Excluded | None  # None: in the population
    covered: bool  # holds a licence with an enabled Entra ID Premium plan
    account_enabled: bool | None
    synced: bool | None  # onPremisesSyncEnabled
    user_type: str | None
    preferred_language: str | None
    usage_location: str | None
    other_mails: tuple[str, ...]
    created_at: int | None  # createdDateTime, whole seconds since 1970: half the bytes of text

    @property
    def to_register(self) -> bool:
        """In the population, enabled, and not registered: the users to notify."""
        return self.excluded is None and self.enabled is True and self.registration is Registration.NOT_REGISTERED

    @property
    def has_single_method(self) -> bool:
        """Registered with exactly one method."""
        return self.registration is Registration.REGISTERED and len(self.methods) == 1

    @property
    def has_only_phones(self) -> bool:
        """Registered with phone numbers only; False if registered but no method is reported."""
        return self.registration is Registration.REGISTERED and bool(self.methods) and PHONES.issuperset(self.methods)

    @property
    def state(self) -> "State":
        return State(registration=self.registration, enabled=self.enabled, excluded=self.excluded)


class State(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a user whose differences are recorded as changes."""

    registration: Registration
    enabled: bool | None
    excluded: Excluded | None


class StoredUser(msgspec.Struct, frozen=True, kw_only=True):
    """A user's current row: what was read, and the registration dates.

    Registration began after `registered_after_at` (the snapshot before) and not later than `seen_registered_at`;
    `registered_after_at` None means that no snapshot before is known: "before {seen_registered_at}".
    """

    user_id: UserId
    user: User
    first_seen_at: datetime
    changed_at: datetime
    seen_registered_at: datetime | None
    registered_after_at: datetime | None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A difference in a user's state between two snapshots; `before` None: appeared, `after` None: gone."""

    user_id: UserId
    changed_at: datetime
    before: State | None
    after: State | None
