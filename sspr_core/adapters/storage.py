"""All ports that storage keeps, opened together."""

from dataclasses import dataclass
from typing import Any

from azure.core.credentials_async import AsyncTokenCredential
from azure.data.tables.aio import TableServiceClient
from azure.identity.aio import DefaultAzureCredential, ManagedIdentityCredential
from azure.storage.queue import TextBase64EncodePolicy
from azure.storage.queue.aio import QueueClient

from sspr_core.adapters.queue import SNAPSHOTS, QueueJobs
from sspr_core.adapters.tables.claims import TablesClaims
from sspr_core.adapters.tables.coverage import TablesCoverage
from sspr_core.adapters.tables.registrations import TablesRegistrations
from sspr_core.adapters.tables.table import Table
from sspr_core.adapters.tables.tenants import TablesTenants

# The SDKs' own defaults wait a quarter of a minute and more while storage is away; the queue waits better.
_TABLE_RETRIES: dict[str, Any] = {"retry_total": 2, "retry_backoff_factor": 0.5, "retry_backoff_max": 2}
_QUEUE_RETRIES: dict[str, Any] = {"retry_total": 2, "initial_backoff": 1, "increment_base": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """The ports and what to close behind them."""

    tenants: TablesTenants
    claims: TablesClaims
    registrations: TablesRegistrations
    coverage: TablesCoverage
    jobs: QueueJobs
    tables: TableServiceClient
    queue: QueueClient
    credential: AsyncTokenCredential | None

    async def close(self) -> None:
        await self.tables.close()
        await self.queue.close()
        if self.credential:
            await self.credential.close()


def open_storage(
    *,
    connection: str | None,
    table_service_uri: str | None = None,
    queue_service_uri: str | None = None,
    identity_client_id: str | None = None,
    prefix: str = "",
) -> Storage:
    """Storage by connection string, or by the services' addresses and the app's identity.

    `prefix` goes before the names of tables and queues, so that several apps, or tests, share an account.
    """
    encoding: dict[str, Any] = {"message_encode_policy": TextBase64EncodePolicy()}
    credential: AsyncTokenCredential | None = None
    if connection:
        tables = TableServiceClient.from_connection_string(connection, **_TABLE_RETRIES)
        queue = QueueClient.from_connection_string(connection, prefix + SNAPSHOTS, **encoding, **_QUEUE_RETRIES)
    else:
        credential = (
            ManagedIdentityCredential(client_id=identity_client_id) if identity_client_id else DefaultAzureCredential()
        )
        tables = TableServiceClient(table_service_uri or "", credential=credential, **_TABLE_RETRIES)
        queue = QueueClient(
            queue_service_uri or "", prefix + SNAPSHOTS, credential=credential, **encoding, **_QUEUE_RETRIES
        )
    shared = Table(tables, prefix + "Tenants")
    return Storage(
        tenants=TablesTenants(shared),
        claims=TablesClaims(shared),
        registrations=TablesRegistrations(Table(tables, prefix + "Registrations")),
        coverage=TablesCoverage(Table(tables, prefix + "Coverage")),
        jobs=QueueJobs(queue),
        tables=tables,
        queue=queue,
        credential=credential,
    )
