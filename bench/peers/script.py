"""The peer: the script that a capable administrator writes with the same SDKs.

Typed models and the page iterator of msgraph-sdk, a credential per tenant, several tenants at a time, and one upsert
per user and for the day's coverage.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from azure.data.tables.aio import TableClient
from azure.identity.aio import ClientSecretCredential
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph.generated.models.user import User
from msgraph.generated.models.user_registration_details import UserRegistrationDetails
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core.tasks.page_iterator import PageIterator

AT_ONCE = 8
PROPERTIES = [
    "id", "displayName", "userPrincipalName", "mail", "otherMails", "preferredLanguage", "accountEnabled",
    "userType", "assignedLicenses", "createdDateTime", "onPremisesSyncEnabled", "usageLocation",
]  # fmt: skip


class Tenant:
    """One tenant through the SDK's client."""

    def __init__(self, cloud: dict[str, Any], tenant_id: str) -> None:
        self.tenant_id = tenant_id
        self.credential = ClientSecretCredential(
            tenant_id, cloud["client_id"], cloud["client_secret"], authority=cloud["authority"]
        )
        host = cloud["graph_url"].split("/")[2]
        provider = AzureIdentityAuthenticationProvider(
            self.credential, scopes=["https://graph.microsoft.com/.default"], allowed_hosts=[host, host.split(":")[0]]
        )
        self.adapter = GraphRequestAdapter(provider)
        self.adapter.base_url = cloud["graph_url"]
        self.client = GraphServiceClient(request_adapter=self.adapter)

    async def report(self, callback: Callable[[UserRegistrationDetails], bool]) -> None:
        """Each row of the registration report, until the callback has enough."""
        first = await self.client.reports.authentication_methods.user_registration_details.get()
        await PageIterator(first, self.adapter).iterate(callback)

    async def users(self, callback: Callable[[User], bool]) -> None:
        query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(select=PROPERTIES, top=999)
        first = await self.client.users.get(request_configuration=RequestConfiguration(query_parameters=query))
        await PageIterator(first, self.adapter).iterate(callback)

    async def close(self) -> None:
        await self.credential.close()


async def snapshot(cloud: dict[str, Any], tenant_id: str, users_table: TableClient, days_table: TableClient) -> None:
    """Read both lists, join them, store every user and the day's coverage."""
    tenant = Tenant(cloud, tenant_id)
    details: dict[str, UserRegistrationDetails] = {}
    users: list[User] = []

    def keep_details(row: UserRegistrationDetails) -> bool:
        details[row.id or ""] = row
        return True

    def keep_user(row: User) -> bool:
        users.append(row)
        return True

    try:
        await tenant.report(keep_details)
        await tenant.users(keep_user)
    finally:
        await tenant.close()
    entities = [entity(tenant_id, user, details.get(user.id or "")) for user in users]
    for one in entities:
        await users_table.upsert_entity(one)
    await days_table.upsert_entity(day(tenant_id, entities))


def entity(tenant_id: str, user: User, details: UserRegistrationDetails | None) -> dict[str, Any]:
    """A user's row; a column that is null is left out, as Table Storage has no null."""
    row = {
        "PartitionKey": tenant_id,
        "RowKey": user.id,
        "DisplayName": user.display_name,
        "Upn": user.user_principal_name,
        "Mail": user.mail,
        "UserType": user.user_type,
        "AccountEnabled": user.account_enabled,
        "Licensed": bool(user.assigned_licenses),
        "Registered": details.is_sspr_registered if details else None,
        "Enabled": details.is_sspr_enabled if details else None,
        "Capable": details.is_sspr_capable if details else None,
        "Methods": ",".join(one for one in details.methods_registered or [] if one) if details else None,
    }
    return {name: value for name, value in row.items() if value is not None}


def day(tenant_id: str, entities: Sequence[dict[str, Any]]) -> dict[str, Any]:
    counted = [
        one
        for one in entities
        if one.get("AccountEnabled") and one["Licensed"] and one.get("UserType") != "Guest" and one.get("Enabled")
    ]
    return {
        "PartitionKey": tenant_id,
        "RowKey": datetime.now(UTC).strftime("%Y-%m-%d"),
        "Users": len(counted),
        "Registered": sum(bool(one.get("Registered")) for one in counted),
    }


async def snapshots(
    cloud: dict[str, Any], tenants: Sequence[str], users_table: TableClient, days_table: TableClient
) -> None:
    """All tenants, several at a time."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(tenant_id: str) -> None:
        async with places:
            await snapshot(cloud, tenant_id, users_table, days_table)

    await asyncio.gather(*map(one, tenants))
