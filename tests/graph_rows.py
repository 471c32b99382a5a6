"""Rows as Graph sends them, with defaults."""

from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from sspr_core.model.graph_rows import (
    AssignedLicense,
    DirectoryUser,
    PrepaidUnits,
    ReportRow,
    ServicePlan,
    SubscribedSku,
)

P1 = "41781fb2-bc02-4b7c-bd55-b576c07bb09d"
P2 = "eec0eb4f-6444-4f95-aba0-50c24d67f998"
EXCHANGE = "9aaf7827-d63c-4b61-89c3-182f06f82e5c"
BUSINESS_PREMIUM = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"
E5 = "06ebc4ee-1bb5-47dd-8120-11324bc54e06"
FLOW_FREE = "f30db892-07e9-47e9-837c-80727f46fd3d"
POWER_BI_FREE = "a403ebcc-fae0-4ca2-8c8c-7a907fd6c235"

PREMIUM = {BUSINESS_PREMIUM: frozenset({P1}), E5: frozenset({P1, P2})}


def guid(name: str) -> str:
    return str(uuid5(NAMESPACE_DNS, name))


def a_row(name: str = "ana", **said: Any) -> DirectoryUser:
    """A licensed, enabled member."""
    usual = {
        "id": guid(name),
        "display_name": name.title(),
        "user_principal_name": f"{name}@contoso.example",
        "mail": f"{name}@contoso.example",
        "account_enabled": True,
        "user_type": "Member",
        "assigned_licenses": [AssignedLicense(sku_id=BUSINESS_PREMIUM, disabled_plans=[])],
    }
    return DirectoryUser(**{**usual, **said})


def a_report_row(name: str = "ana", **said: Any) -> ReportRow:
    """Enabled, not registered, no administrator."""
    usual = {
        "id": guid(name),
        "is_sspr_registered": False,
        "is_sspr_enabled": True,
        "is_sspr_capable": False,
        "is_admin": False,
        "methods_registered": [],
    }
    return ReportRow(**{**usual, **said})


def a_sku(sku_id: str = BUSINESS_PREMIUM, plans: tuple[str, ...] = (P1, EXCHANGE), **said: Any) -> SubscribedSku:
    """25 seats of an active user SKU."""
    usual = {
        "sku_id": sku_id,
        "sku_part_number": "SPB",
        "capability_status": "Enabled",
        "applies_to": "User",
        "consumed_units": 20,
        "prepaid_units": PrepaidUnits(enabled=25, warning=0),
        "service_plans": [ServicePlan(service_plan_id=plan) for plan in plans],
    }
    return SubscribedSku(**{**usual, **said})


def licensed(*skus: str, off: tuple[str, ...] = ()) -> list[AssignedLicense]:
    return [AssignedLicense(sku_id=sku, disabled_plans=list(off)) for sku in skus]
