"""Pages of a list: continuation tokens, and pages of a list that is in memory."""

import base64
import re
from collections.abc import Callable, Sequence

import msgspec

from sspr_core.model.errors import Invalid

type Key = tuple[bool, str | float, str]  # null or not, the value, the id: a total order, so no item comes twice

_GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
ID = re.compile(_GUID)  # the form of ids in most lists
TIME_AND_ID = re.compile(rf"[0-9]{{13}}:{_GUID}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
RUN = re.compile("[0-9a-f]{14}")
DELIVERY = re.compile("[0-9a-f]{15}")
SENT_REPORT = re.compile("[0-9]{13}:[0-9a-f]{14}")


def page[T](
    items: Sequence[T],
    key: Callable[[T], Key],
    *,
    order: str,
    descending: bool,
    limit: int,
    continuation: str | None,
) -> tuple[list[T], str | None]:
    """Up to `limit` items after the continuation in the order of the key, and the next continuation (None: the end).

    `order` names the list and its sort order. Nulls come last in both directions. An item that moves between two
    pages may be missed or come twice; others are not affected.
    """
    nulls = sorted((item for item in items if key(item)[0]), key=key)
    values = sorted((item for item in items if not key(item)[0]), key=key, reverse=descending)
    ordered = [*values, *nulls]
    start = 0
    if continuation:
        last = decode(order, continuation)
        start = next((i for i, item in enumerate(ordered) if _is_after(key(item), last, descending)), len(ordered))
    some = ordered[start : start + limit]
    more = start + limit < len(ordered)
    return some, encode(order, key(some[-1])) if more and some else None


def _is_after(key: Key, last: Key, descending: bool) -> bool:
    if key[0] != last[0]:
        return key[0]
    if isinstance(key[1], str) is not isinstance(last[1], str):
        raise _not_ours()
    return key > last if key[0] or not descending else key < last


def continuation_after(order: str, last: str | None) -> str | None:
    """The continuation of a list in key order; None: `last` was the end."""
    return encode(order, (False, "", last)) if last else None


def continued_from(order: str, continuation: str | None, *, ids: re.Pattern[str]) -> str | None:
    """The inverse of `continuation_after`: the key where the last page ended. Raises as `decode` does."""
    return decode(order, continuation, ids=ids)[2] if continuation else None


def encode(order: str, key: Key) -> str:
    """A continuation: where the page ended, with the list and order that it belongs to."""
    return base64.urlsafe_b64encode(msgspec.json.encode((order, *key))).decode().rstrip("=")


def decode(order: str, continuation: str, *, ids: re.Pattern[str] = ID) -> Key:
    """Where to continue. Raises Invalid unless it is of this list and order, and its item's id has this form."""
    try:
        raw = base64.b64decode(continuation + "=" * (-len(continuation) % 4), altchars=b"-_", validate=True)
        of, null, value, item = msgspec.json.decode(raw, type=tuple[str, bool, str | float, str])
    except (ValueError, msgspec.MsgspecError) as error:
        raise _not_ours() from error
    if of != order or not ids.fullmatch(item):
        raise _not_ours()
    return null, value, item


def _not_ours() -> Invalid:
    return Invalid("continuation", "is not of this list in this order; use the one of the last answer")
