"""Pages of a list that is in memory: sorted, filtered, continued where the last page ended."""

import base64
from collections.abc import Callable, Sequence

import msgspec

from sspr_core.model.errors import Invalid

type Key = tuple[bool, str | float, str]  # null or not, the value, the id: total, so that no item is met twice


def page[T](
    items: Sequence[T], key: Callable[[T], Key], *, descending: bool, limit: int, continuation: str | None
) -> tuple[list[T], str | None]:
    """Up to `limit` items after the continuation in order of the key, and how to go on (None: the end).

    Nulls come last either way. An item that moves between two pages may be missed or met again; others are not.
    """
    nulls = sorted((item for item in items if key(item)[0]), key=key)
    values = sorted((item for item in items if not key(item)[0]), key=key, reverse=descending)
    ordered = [*values, *nulls]
    start = 0
    if continuation:
        last = decode(continuation)
        start = next((i for i, item in enumerate(ordered) if _is_after(key(item), last, descending)), len(ordered))
    some = ordered[start : start + limit]
    more = start + limit < len(ordered)
    return some, encode(key(some[-1])) if more and some else None


def _is_after(key: Key, last: Key, descending: bool) -> bool:
    if key[0] != last[0]:
        return key[0]
    if isinstance(key[1], str) is not isinstance(last[1], str):
        raise Invalid("continuation", "The continuation belongs to another sort order.")
    return key > last if key[0] or not descending else key < last


def encode(key: Key) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def decode(continuation: str) -> Key:
    """Raises Invalid unless it is one of ours."""
    try:
        raw = base64.b64decode(continuation + "=" * (-len(continuation) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(raw, type=tuple[bool, str | float, str])
    except (ValueError, msgspec.MsgspecError) as error:
        raise Invalid("continuation", "Not a continuation of this list; use the one of the last answer.") from error
