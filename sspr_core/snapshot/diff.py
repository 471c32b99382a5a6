"""What differs between stored users and those just read, by digest."""

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
    """64 bits of the user's key and packed row."""
    return int.from_bytes(blake2b(packed, digest_size=8, key=user_id.encode()).digest())


def as_text(digest: int) -> str:
    return f"{digest:016x}"


def of_all(row_digests_sum: int, user_count: int, *, rules: str = "") -> str:
    """Of a whole reading: the sum, salted with the version of the classification and of the exclusion rules."""
    return f"{CLASSIFICATION_VERSION}.{rules}.{user_count}.{row_digests_sum & _MASK:016x}"


async def differences(
    packed: Mapping[str, bytes],
    stored_pages: AsyncIterator[list[StoredMark]],
    *,
    at: datetime,
    previous_at: datetime | None,
) -> AsyncGenerator[Difference]:
    """Puts and removals in ascending order of user id; nothing for users that are as stored.

    `at` is the start of this snapshot, `previous_at` that of the one before. None: this is the first, which records
    no changes: there is nothing that a user could have changed from.
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
    """Since when a user is registered, when that is news; None: what is stored stays. `seen`: something is stored.

    Only who was seen not registered by the snapshot before is known to have registered after it: a user who
    appears, or of whom the report had said nothing, may have been registered for years. Who was registered, then
    unknown for a while (disabled, say), then registered again has been so since the first time.
    """
    was = before.registration if before else None
    began = was is Registration.NOT_REGISTERED
    if after.registration is Registration.REGISTERED and (began or not seen):
        return RegistrationDates(seen_registered_at=at, registered_after_at=previous_at if began else None)
    if was is None or (after.registration is Registration.NOT_REGISTERED and seen):
        return RegistrationDates(seen_registered_at=None, registered_after_at=None)
    return None


def _remove(stored: StoredMark, *, at: datetime, previous_at: datetime | None) -> DeleteUser:
    """No change either when no snapshot was ever committed: such a row was left by a try that did not end."""
    gone = Change(user_id=stored.user_id, changed_at=at, before=stored.state, after=None)
    return DeleteUser(stored=stored, change=gone if previous_at else None)
