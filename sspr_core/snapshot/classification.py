"""Decides for each user whether it is excluded, with the reason, and whether it is licensed."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sspr_core.model.graph_rows import AssignedLicense, DirectoryUser, SubscribedSku
from sspr_core.model.registration import Excluded
from sspr_core.model.tenant import Eligibility, Licence

FREE_SKUS = frozenset(
    {
        "f30db892-07e9-47e9-837c-80727f46fd3d",  # FLOW_FREE
        "a403ebcc-fae0-4ca2-8c8c-7a907fd6c235",  # POWER_BI_STANDARD
    }
)

CLASSIFICATION_VERSION = 1  # increase it when a decision here changes: that invalidates every stored digest

_SYSTEM_UPN = re.compile(
    r"sync_.*@|package_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}@", re.IGNORECASE
)
_SYNC_NAME = "On-Premises Directory Synchronization Service Account"

PREMIUM_PLANS = frozenset(
    {
        "41781fb2-bc02-4b7c-bd55-b576c07bb09d",  # AAD_PREMIUM (P1)
        "eec0eb4f-6444-4f95-aba0-50c24d67f998",  # AAD_PREMIUM_P2
    }
)


def excluded(user: DirectoryUser) -> Excluded | None:
    """The first reason that applies, in the order of `Excluded`; None: the user is in the population.

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
    """Ignores which plans are switched off: a licence that costs something was bought for a person."""
    return any((licence.sku_id or "").lower() not in FREE_SKUS for licence in assigned or ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Licensing:
    """What was decided from a successful reading of `subscribedSkus`."""

    premium_seat_count: int
    licences: tuple[Licence, ...]
    premium_plans: Mapping[str, frozenset[str]]  # SKU id to its premium plans

    @property
    def eligibility(self) -> Eligibility:
        return Eligibility.ELIGIBLE if self.premium_seat_count > 0 else Eligibility.INELIGIBLE


def read_licensing(skus: Iterable[SubscribedSku]) -> Licensing:
    """Counts the seats of user SKUs that are in force (Enabled or Warning) and have a premium plan.

    Warning means that the subscription's term has ended. In older agreements this is a grace period of 30 days; in
    the Cloud Solution Provider programme, since May 2026, most seats that are not renewed disappear at once. Such
    seats count until they disappear, and are shown as ending.
    """
    licences, plans = [], {}
    for sku in skus:
        sku_id = (sku.sku_id or "").lower()
        premium = _premium_plans(sku)
        licences.append(
            Licence(
                sku_id=sku_id,
                sku_part_number=sku.sku_part_number or "",
                premium=bool(premium),
                seat_count=_seats(sku),
                consumed_count=sku.consumed_units or 0,
                ending_count=_ending(sku),
            )
        )
        if premium:
            plans[sku_id] = premium
    return Licensing(
        premium_seat_count=sum(licence.seat_count for licence in licences if licence.premium),
        licences=tuple(licences),
        premium_plans=plans,
    )


def is_covered(assigned: Iterable[AssignedLicense] | None, premium_plans: Mapping[str, frozenset[str]]) -> bool:
    """Whether a user holds a premium SKU with at least one of its premium plans switched on."""
    for licence in assigned or ():
        plans = premium_plans.get((licence.sku_id or "").lower())
        if plans and not plans <= {plan.lower() for plan in licence.disabled_plans or ()}:
            return True
    return False


def _premium_plans(sku: SubscribedSku) -> frozenset[str]:
    if sku.capability_status not in ("Enabled", "Warning") or sku.applies_to != "User":
        return frozenset()
    return PREMIUM_PLANS & {(plan.service_plan_id or "").lower() for plan in sku.service_plans or ()}


def _seats(sku: SubscribedSku) -> int:
    units = sku.prepaid_units
    return (units.enabled or 0) + (units.warning or 0) if units else 0


def _ending(sku: SubscribedSku) -> int:
    """Seats whose term has ended: part of them if a product has several subscriptions, all if it is in Warning."""
    if sku.capability_status == "Warning":
        return _seats(sku)
    return (sku.prepaid_units.warning or 0) if sku.prepaid_units else 0
