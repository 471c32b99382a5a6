"""Erases all data of a former customer from the app's tables; the counts of runs stay."""

from collections import Counter
from datetime import datetime
from itertools import batched
from typing import Any

from azure.data.tables import TableServiceClient

from admin.forget import forget_emails, query
from sspr_core.adapters.tables.claims import claim_of
from sspr_core.adapters.tables.reports import STATE
from sspr_core.adapters.tables.tenants import tenant_of
from sspr_core.model.clock import utc_now
from sspr_core.model.ids import TenantId

_PARTITIONS = ("Registrations", "Coverage", "Contacts", "Settings", "Reports")
_OF_TENANT = "PartitionKey eq @partition and RowKey eq @tenant"


class StillThere(Exception):
    """It is still a customer, or a snapshot is running: the next snapshot would bring back what is deleted now."""


def forget_customer(tables: TableServiceClient, tenant: TenantId, *, now: datetime | None = None) -> Counter[str]:
    """Returns how many rows of each table were blanked or deleted. Safe to repeat. Raises StillThere, StillSending.

    The tenant's row stays if an operator has disabled it: without the row, discovery would add the tenant again.
    """
    stays = _stays(tables, tenant, now=now or utc_now())
    done = forget_emails(tables, tenant)
    for name in _PARTITIONS:
        done[name] += _delete(tables, name, query(tables, name, "PartitionKey eq @partition", {"partition": tenant}))
    done["Reports"] += _delete(tables, "Reports", _row(tables, "Reports", STATE, tenant))
    for partition in (
        "status",
        "claim",
        *(() if stays else ("tenant",)),
    ):  # last: after a crash the tenant is still listed, so the operator repeats this
        done["Tenants"] += _delete(tables, "Tenants", _row(tables, "Tenants", partition, tenant))
    return done


def _stays(tables: TableServiceClient, tenant: TenantId, *, now: datetime) -> bool:
    """Whether it is still a customer, which is disabled. Raises StillThere."""
    for row in _row(tables, "Tenants", "claim", tenant):
        if (until := claim_of(row).until) > now:
            raise StillThere(f"it is being read, until {until:%H:%M:%S} UTC at the latest; try again then")
    for row in _row(tables, "Tenants", "tenant", tenant):
        found = tenant_of(row)
        if found.in_relationship and not found.switched_off:
            raise StillThere(
                "it is a customer still: end the relationship and wait for discovery to remove it, or switch it off"
            )
        return found.in_relationship
    return False


def _row(tables: TableServiceClient, name: str, partition: str, row: str) -> list[Any]:
    return query(tables, name, _OF_TENANT, {"partition": partition, "tenant": row})


def _delete(tables: TableServiceClient, name: str, rows: list[Any]) -> int:
    for some in batched(rows, 100, strict=False):
        keys = [{key: row[key] for key in ("PartitionKey", "RowKey")} for row in some]
        tables.get_table_client(name).submit_transaction([("delete", key) for key in keys])
    return len(rows)
