"""Identities: lower-case GUIDs, never names or addresses."""

import re
from typing import NewType

TenantId = NewType("TenantId", str)
UserId = NewType("UserId", str)

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def tenant_id(text: str) -> TenantId:
    """The tenant id in `text`, in lower case. Raises ValueError unless it is a GUID."""
    return TenantId(_guid(text))


def user_id(text: str) -> UserId:
    """The user's object id in `text`, in lower case. Raises ValueError unless it is a GUID."""
    return UserId(_guid(text))


def _guid(text: str) -> str:
    lower = text.strip().lower()
    if not _GUID.fullmatch(lower):
        raise ValueError(f"not a GUID: {text[:60]!r}")
    return lower
