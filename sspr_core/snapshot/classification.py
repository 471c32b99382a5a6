"""Who counts: the one reason for which a user is excluded, or none."""

import re
from collections.abc import Iterable

from sspr_core.model.graph_rows import AssignedLicense, DirectoryUser
from sspr_core.model.registration import Excluded
from sspr_core.snapshot.free_licences import FREE_SKUS

CLASSIFICATION_VERSION = 1  # raise it when a decision here changes: every stored digest is then out of date

_SYSTEM_UPN = re.compile(
    r"sync_.*@|package_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}@", re.IGNORECASE
)
_SYNC_NAME = "On-Premises Directory Synchronization Service Account"


def excluded(user: DirectoryUser) -> Excluded | None:
    """The first reason that applies, in the order of `Excluded`; None: in the population.

    `#EXT#` in the UPN alone does not make a guest, and a null userType is a member's (old directories have both).
    """
    if user.display_name == _SYNC_NAME or _SYSTEM_UPN.match(user.user_principal_name or ""):
        return Excluded.SYSTEM
    if (user.user_type or "").lower() == "guest":
        return Excluded.GUEST
    if user.account_enabled is not True:
        return Excluded.DISABLED
    if not _is_licensed(user.assigned_licenses):
        return Excluded.UNLICENSED
    return None


def _is_licensed(assigned: Iterable[AssignedLicense] | None) -> bool:
    """Whatever plans are off: a licence that costs something was meant for a person."""
    return any((licence.sku_id or "").lower() not in FREE_SKUS for licence in assigned or ())
