"""Rows of table Registrations and their inverse."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from sspr_core.adapters.tables.table import Row, etag_of, text_of, time_of
from sspr_core.model.ids import TenantId, UserId
from sspr_core.model.registration import Change, Excluded, Registration, State, StoredUser, User
from sspr_core.ports.storage import StoredMark, UpsertUser

FENCE = "fence"
USER, AFTER_USERS = "user:", "user;"
CHANGE, AFTER_CHANGES = "change:", "change;"

_decode_user = msgspec.msgpack.Decoder(User).decode
_SEEN = "+"
_REGISTRATION = {Registration.REGISTERED: "r", Registration.NOT_REGISTERED: "n", Registration.UNKNOWN: "u"}
_ENABLED = {True: "y", False: "n", None: "?"}
_EXCLUDED: dict[Excluded | None, str] = {
    None: "-",
    Excluded.SYSTEM: "s",
    Excluded.GUEST: "g",
    Excluded.DISABLED: "d",
    Excluded.UNLICENSED: "u",
    Excluded.RULE: "r",
}
_CODES = {
    f"{r}{e}{x}": State(registration=registration, enabled=enabled, excluded=excluded)
    for registration, r in _REGISTRATION.items()
    for enabled, e in _ENABLED.items()
    for excluded, x in _EXCLUDED.items()
}


def code_of(state: State | None) -> str:
    """Three letters; empty for no user."""
    if state is None:
        return ""
    return _REGISTRATION[state.registration] + _ENABLED[state.enabled] + _EXCLUDED[state.excluded]


def state_of(code: str) -> State | None:
    return _CODES[code] if code else None


def user_columns(tenant: TenantId, put: UpsertUser, *, at: datetime) -> dict[str, Any]:
    """The columns that a reading writes; leaves registration dates and first-seen unless they changed."""
    row: dict[str, Any] = {
        "PartitionKey": tenant,
        "RowKey": USER + put.user_id,
        "Packed": put.packed,
        "Mark": f"{put.digest}{code_of(put.state)}{_SEEN if put.seen else ''}",
        "ChangedAt": text_of(at),
    }
    if put.stored is None:
        row["FirstSeenAt"] = row["ChangedAt"]
    if put.since is not None:
        row["SeenRegisteredAt"] = text_of(put.since.seen_registered_at)
        row["RegisteredAfterAt"] = text_of(put.since.registered_after_at)
    return row


def mark_of(row: Row) -> StoredMark:
    """Reads column `Mark`: 16 characters of digest, three of state, one more if registration dates are stored."""
    mark: str = row["Mark"]
    return StoredMark(
        user_id=UserId(row["RowKey"][len(USER) :]),
        digest=mark[:16],
        state=_CODES[mark[16:19]],
        etag=etag_of(row),
        seen=mark.endswith(_SEEN),
    )


def user_of(row: Row) -> StoredUser:
    first_seen_at, changed_at = time_of(row["FirstSeenAt"]), time_of(row["ChangedAt"])
    if first_seen_at is None or changed_at is None:
        raise ValueError("a user's row has no times")
    return StoredUser(
        user_id=UserId(row["RowKey"][len(USER) :]),
        user=_decode_user(row["Packed"]),
        first_seen_at=first_seen_at,
        changed_at=changed_at,
        seen_registered_at=time_of(row.get("SeenRegisteredAt")),
        registered_after_at=time_of(row.get("RegisteredAfterAt")),
    )


_END_OF_TIME = 9_999_999_999_999
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def change_key(change: Change) -> str:
    """The inverted time first, so that the newest come first."""
    return f"{CHANGE}{_inverted(change.changed_at)}:{change.user_id}"


def _inverted(at: datetime) -> str:
    return f"{_END_OF_TIME - (at - _EPOCH) // _MILLISECOND:013d}"


def changes_until(at: datetime) -> str:
    """The key after those of all changes at this millisecond or later: these come first in key order."""
    return f"{CHANGE}{_inverted(at)};"


def change_row(tenant: TenantId, change: Change) -> dict[str, Any]:
    return {
        "PartitionKey": tenant,
        "RowKey": change_key(change),
        "Before": code_of(change.before),
        "After": code_of(change.after),
    }


def change_of(row: Row) -> Change:
    _, inverted, user_id = row["RowKey"].split(":")
    return Change(
        user_id=UserId(user_id),
        changed_at=_EPOCH + (_END_OF_TIME - int(inverted)) * _MILLISECOND,
        before=state_of(row["Before"]),
        after=state_of(row["After"]),
    )
