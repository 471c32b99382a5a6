"""Products that a tenant may have subscribed to (SKU and plan ids as Microsoft publishes them)."""

from typing import Any

P1 = ("41781fb2-bc02-4b7c-bd55-b576c07bb09d", "AAD_PREMIUM")
P2 = ("eec0eb4f-6444-4f95-aba0-50c24d67f998", "AAD_PREMIUM_P2")
EXCHANGE = ("9aaf7827-d63c-4b61-89c3-182f06f82e5c", "EXCHANGE_S_STANDARD")
TEAMS = ("57ff2da0-773e-42df-b2af-ffb7a2317929", "TEAMS1")
FLOW = ("50e68c76-46c6-4674-81f9-75456511b170", "FLOW_P2_VIRAL")
POWER_BI = ("2049e525-b859-401b-b2a0-e0a31c4b1fe4", "BI_AZURE_P0")

type Product = tuple[str, str, tuple[tuple[str, str], ...]]

BUSINESS_PREMIUM: Product = ("cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", "SPB", (P1, EXCHANGE, TEAMS))
E5: Product = ("06ebc4ee-1bb5-47dd-8120-11324bc54e06", "SPE_E5", (P1, P2, EXCHANGE, TEAMS))
BUSINESS_STANDARD: Product = ("f245ecc8-75af-4f8e-b61f-27d8114de5f3", "O365_BUSINESS_PREMIUM", (EXCHANGE, TEAMS))
FLOW_FREE: Product = ("f30db892-07e9-47e9-837c-80727f46fd3d", "FLOW_FREE", (FLOW,))
PREMIUM_P1: Product = ("078d2b04-f1bd-4111-bbd4-b4b1b354cef4", "AAD_PREMIUM", (P1,))
POWER_BI_STANDARD: Product = ("a403ebcc-fae0-4ca2-8c8c-7a907fd6c235", "POWER_BI_STANDARD", (POWER_BI,))


def subscribed(
    product: Product, *, seats: int, consumed: int, status: str = "Enabled", unit: str = "enabled"
) -> dict[str, Any]:
    """A row of Graph `subscribedSkus`; `unit` is the state of its seats."""
    sku_id, part_number, plans = product
    return {
        "id": f"48a80680-7326-48cd-9935-b556b81d3a4e_{sku_id}",
        "accountId": "48a80680-7326-48cd-9935-b556b81d3a4e",
        "accountName": "simulated",
        "skuId": sku_id,
        "skuPartNumber": part_number,
        "capabilityStatus": status,
        "appliesTo": "User",
        "consumedUnits": consumed,
        "prepaidUnits": {"enabled": 0, "suspended": 0, "warning": 0, "lockedOut": 0} | {unit: seats},
        "servicePlans": [
            {"servicePlanId": plan, "servicePlanName": name, "provisioningStatus": "Success", "appliesTo": "User"}
            for plan, name in plans
        ],
        "subscriptionIds": [],
    }


def is_premium(row: dict[str, Any]) -> bool:
    plans = {plan["servicePlanId"] for plan in row["servicePlans"] or ()}
    return not plans.isdisjoint({P1[0], P2[0]})


def with_status(row: dict[str, Any], status: str, unit: str) -> dict[str, Any]:
    """The same product with all its seats in another state."""
    seats = sum(row["prepaidUnits"].values())
    units = dict.fromkeys(row["prepaidUnits"], 0) | {unit: seats}
    return {**row, "capabilityStatus": status, "prepaidUnits": units}


def lapsed(number: int) -> dict[str, Any]:
    """A premium product that is no longer usable, in each of the possible states."""
    status, unit = (("Suspended", "suspended"), ("LockedOut", "lockedOut"), ("Deleted", "suspended"))[number // 3 % 3]
    return subscribed(PREMIUM_P1, seats=25, consumed=20, status=status, unit=unit)


def nameless() -> dict[str, Any]:
    """A product for which Graph returns the minimum of data."""
    names = ("accountId", "accountName", "skuId", "skuPartNumber", "capabilityStatus", "appliesTo", "consumedUnits")
    plan = dict.fromkeys(("servicePlanId", "servicePlanName", "provisioningStatus", "appliesTo"))
    said = {"id": "unknown", "prepaidUnits": None, "servicePlans": [plan], "subscriptionIds": [None]}
    return dict.fromkeys(names) | said
