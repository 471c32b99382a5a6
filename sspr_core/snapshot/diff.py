"""Compares stored users with those just read, by digest."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from datetime import datetime
from hashlib import blake2b

import msgspec

from sspr_core.model.ids import UserId
from sspr_core.model.registration import Change, Registration, State, User
from sspr_core.ports.storage import DeleteUser, Difference, RegistrationDates, StoredMark, UpsertUser
from sspr_core.snapshot.classification import CLASSIFICATION_VERSION

_MASK = (1 << 64) - 1

_decode_user = msgspec.msgpack.Decoder(User).decode


def row_digest(user_id: str, packed: bytes) -> int:
    """A 64-bit hash of the user's key and packed row."""
    return int.from_bytes(blake2b(packed, digest_size=8, key=user_id.encode()).digest())


def as_text(digest: int) -> str:
    return f"{digest:016x}"


def of_all(row_digests_sum: int, user_count: int, *, rules: str = "") -> str:
    """The digest of a whole reading: the sum, with the versions of the classification and of the exclusion rules."""
    return f"{CLASSIFICATION_VERSION}.{rules}.{user_count}.{row_digests_sum & _MASK:016x}"


async def differences(
    packed: Mapping[str, bytes],
    stored_pages: AsyncIterator[list[StoredMark]],
    *,
    at: datetime,
    previous_at: datetime | None,
) -> AsyncGenerator[Difference]:
    """Upserts and deletions in ascending order of user id; nothing for unchanged users.

    `at` is the start of this snapshot, `previous_at` that of the one before. None: this is the first snapshot. It
    records no changes, because there is no earlier state to compare with.
    """
    new = iter(sorted(packed.items()))
    current = next(new, None)
    async for page in stored_pages:
        for mark in page:
            while current and current[0] < mark.user_id:
                yield _put(current, None, at=at, previous_at=previous_at)
                current = next(new, None)
            if current and current[0] == mark.user_id:
                if as_text(row_digest(*current)) != mark.digest:
                    yield _put(current, mark, at=at, previous_at=previous_at)
                current = next(new, None)
            else:
                yield _remove(mark, at=at, previous_at=previous_at)
    while current:
        yield _put(current, None, at=at, previous_at=previous_at)
        current = next(new, None)


def _put(
    row: tuple[str, bytes], stored: StoredMark | None, *, at: datetime, previous_at: datetime | None
) -> UpsertUser:
    user_id, packed = UserId(row[0]), row[1]
    before, after = stored.state if stored else None, _decode_user(packed).state
    first_snapshot = previous_at is None
    return UpsertUser(
        user_id=user_id,
        packed=packed,
        digest=as_text(row_digest(user_id, packed)),
        state=after,
        stored=stored,
        change=None
        if first_snapshot or before == after
        else Change(user_id=user_id, changed_at=at, before=before, after=after),
        since=since(before, after, seen=bool(stored and stored.seen), at=at, previous_at=previous_at),
    )


def since(
    before: State | None, after: State, *, seen: bool, at: datetime, previous_at: datetime | None
) -> RegistrationDates | None:
    """The user's new registration dates; None: keep the stored ones. `seen`: dates are stored already.

    Only a user whom the previous snapshot saw as not registered is known to have registered after it. A user who
    is new, or who was missing from the report, may have been registered for years. A user who was registered, then
    unknown for a while (for example disabled), then registered again keeps the first date.
    """
    was = before.registration if before else None
    began = was is Registration.NOT_REGISTERED
    if after.registration is Registration.REGISTERED and (began or not seen):
        return RegistrationDates(seen_registered_at=at, registered_after_at=previous_at if began else None)
    if was is None or (after.registration is Registration.NOT_REGISTERED and seen):
        return RegistrationDates(seen_registered_at=None, registered_after_at=None)
    return None


def _remove(stored: StoredMark, *, at: datetime, previous_at: datetime | None) -> DeleteUser:
    """Records no change if no snapshot was ever committed: an attempt that did not finish left the row."""
    gone = Change(user_id=stored.user_id, changed_at=at, before=stored.state, after=None)
    return DeleteUser(stored=stored, change=gone if previous_at else None)
