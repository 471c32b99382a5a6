"""Digests of users' rows, and one of them all that does not depend on their order."""

from hashlib import blake2b

from sspr_core.snapshot.classification import CLASSIFICATION_VERSION

_MASK = (1 << 64) - 1


def row_digest(user_id: str, packed: bytes) -> int:
    """64 bits of the user's key and packed row."""
    return int.from_bytes(blake2b(packed, digest_size=8, key=user_id.encode()).digest())


def as_text(digest: int) -> str:
    return f"{digest:016x}"


def of_all(row_digests_sum: int, user_count: int, *, rules: str = "") -> str:
    """Of a whole reading: the sum, salted with the version of the classification and of the exclusion rules."""
    return f"{CLASSIFICATION_VERSION}.{rules}.{user_count}.{row_digests_sum & _MASK:016x}"
