"""The partner's customers and relationships (GDAP)."""

from typing import Any

from dev.cloud.tenants import SimTenant


def customers(tenants: list[SimTenant]) -> list[dict[str, Any]]:
    """Graph `delegatedAdminCustomers`: only tenants with an active relationship."""
    return [
        {"id": tenant.tenant_id, "tenantId": tenant.tenant_id, "displayName": tenant.gdap_name} for tenant in tenants
    ]


def relationships(tenants: list[SimTenant]) -> list[dict[str, Any]]:
    """Graph `delegatedAdminRelationships`: active, expired and never approved ones."""
    living = [_relationship(i, tenant, "active") for i, tenant in enumerate(tenants)]
    expired = [_relationship(10_000 + i, tenant, "expired") for i, tenant in enumerate(tenants[::5])]
    return [
        *living,
        *expired,
        _relationship(20_000, None, "approvalPending"),
        _relationship(20_001, None, "terminated"),
    ]


def _relationship(number: int, tenant: SimTenant | None, status: str) -> dict[str, Any]:
    year = 2025 if status == "expired" else 2027
    return {
        "@odata.etag": f'W/"{number}"',
        "id": f"5e5594d3-6f82-458b-b567-{number:012d}-72bc2b1e-0000-4000-8000-{number:012d}",
        "displayName": f"Relationship {number}",
        "customer": {"tenantId": tenant.tenant_id, "displayName": tenant.gdap_name} if tenant else None,
        "accessDetails": {"unifiedRoles": [{"roleDefinitionId": "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"}]},
        "duration": "P730D",
        "autoExtendDuration": "PT0S",
        "status": status,
        "createdDateTime": "2025-03-01T08:00:00.1234567Z",
        "activatedDateTime": "2025-03-01T09:00:00.7654321Z" if tenant else None,
        "endDateTime": f"{year}-03-01T09:00:00.0000000Z" if tenant else None,
        "lastModifiedDateTime": "2025-03-01T09:00:00Z",
    }
