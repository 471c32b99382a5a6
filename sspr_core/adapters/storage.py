"""Opens all ports kept in storage."""

from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.transport import AioHttpTransport
from azure.data.tables.aio import TableServiceClient
from azure.identity.aio import DefaultAzureCredential, ManagedIdentityCredential
from azure.storage.queue import TextBase64EncodePolicy
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from sspr_core.adapters.http_session import open_session
from sspr_core.adapters.queues import Queue, QueueJobs, QueueNudges, QueueReportJobs, QueueStates
from sspr_core.adapters.tables.claims import TablesClaims
from sspr_core.adapters.tables.contacts import TablesContacts
from sspr_core.adapters.tables.coverage import TablesCoverage
from sspr_core.adapters.tables.deliveries import TablesDeliveries
from sspr_core.adapters.tables.job_runs import TablesJobRuns
from sspr_core.adapters.tables.operator_settings import TablesOwnSettings
from sspr_core.adapters.tables.pacing import TablesPacing
from sspr_core.adapters.tables.registrations import TablesRegistrations
from sspr_core.adapters.tables.reports import TablesReports
from sspr_core.adapters.tables.runs import TablesRuns
from sspr_core.adapters.tables.table import Table
from sspr_core.adapters.tables.tenants import TablesTenants
from sspr_core.model.mail_service import Senders
from sspr_core.model.queue_messages import EXPAND_RUNS, PREPARE_REPORTS, SEND_EMAILS, SNAPSHOTS
from sspr_core.model.sending import SendingLimits
from sspr_core.ports.mail import Mailer, Mailing
from sspr_core.ports.telemetry import NULL_TELEMETRY, Telemetry

# The SDKs' own defaults wait 15 seconds and more while storage is unavailable; a retry through the queue is better.
_TIMEOUTS = {"connection_timeout": 10, "read_timeout": 60}  # the service itself ends a request after 30 s
_TABLE_RETRIES: dict[str, Any] = {"retry_total": 2, "retry_backoff_factor": 0.5, "retry_backoff_max": 2}
_NO_SENDERS, _USUAL = Senders(), SendingLimits()
_QUEUE_RETRIES: dict[str, Any] = {"retry_total": 2, "initial_backoff": 1, "increment_base": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """The ports, and the clients to close."""

    prefix: str
    tenants: TablesTenants
    claims: TablesClaims
    registrations: TablesRegistrations
    coverage: TablesCoverage
    own: TablesOwnSettings
    jobs: QueueJobs
    runs: TablesRuns
    deliveries: TablesDeliveries
    pacing: TablesPacing
    contacts: TablesContacts
    send_queue: QueueNudges
    states: QueueStates
    job_runs: TablesJobRuns
    reports: TablesReports
    report_jobs: QueueReportJobs
    tables: TableServiceClient
    queues: QueueServiceClient
    queue: QueueClient  # of the jobs
    sessions: list[ClientSession]
    credential: AsyncTokenCredential | None

    def post(self, mailer: Mailer | None, senders: Senders = _NO_SENDERS, numbers: SendingLimits = _USUAL) -> Mailing:
        """The ports of sending, with this mail service and these limits."""
        return Mailing(
            runs=self.runs,
            deliveries=self.deliveries,
            pacing=self.pacing,
            contacts=self.contacts,
            send_queue=self.send_queue,
            mailer=mailer,
            senders=senders,
            numbers=numbers,
        )

    async def close(self) -> None:
        await self.tables.close()
        await self.queues.close()
        for session in self.sessions:
            await session.close()
        if self.credential:
            await self.credential.close()


def open_storage(
    *,
    connection: str | None,
    table_service_uri: str | None = None,
    queue_service_uri: str | None = None,
    identity_client_id: str | None = None,
    prefix: str = "",
    telemetry: Telemetry = NULL_TELEMETRY,
) -> Storage:
    """Storage by connection string, or by the services' addresses and the app's identity; call it on the loop using it.

    `prefix` goes before the names of tables and queues, so that several apps, or tests, can share an account.
    """
    credential: AsyncTokenCredential | None = None
    if not connection:
        credential = (
            ManagedIdentityCredential(client_id=identity_client_id) if identity_client_id else DefaultAzureCredential()
        )
    sessions = [
        open_session(table_service_uri or _address(connection, "table")),
        open_session(queue_service_uri or _address(connection, "queue")),
    ]
    to_tables, to_queues = (
        {"transport": AioHttpTransport(session=session, session_owner=False, **_TIMEOUTS)} for session in sessions
    )
    to_tables |= _TABLE_RETRIES
    to_queues |= _QUEUE_RETRIES
    encoded = {"message_encode_policy": TextBase64EncodePolicy()}
    if connection:
        tables = TableServiceClient.from_connection_string(connection, **to_tables)
        queues = QueueServiceClient.from_connection_string(connection, **to_queues)
    else:
        tables = TableServiceClient(table_service_uri or "", credential=credential, **to_tables)
        queues = QueueServiceClient(queue_service_uri or "", credential=credential, **to_queues)
    names = (SNAPSHOTS, SEND_EMAILS, EXPAND_RUNS, PREPARE_REPORTS)
    snapshots, emails, runs, to_prepare = (queues.get_queue_client(prefix + name, **encoded) for name in names)
    shared = Table(tables, prefix + "Tenants")
    return Storage(
        prefix=prefix,
        tenants=TablesTenants(shared),
        claims=TablesClaims(shared),
        registrations=TablesRegistrations(Table(tables, prefix + "Registrations")),
        coverage=TablesCoverage(Table(tables, prefix + "Coverage")),
        own=TablesOwnSettings(Table(tables, prefix + "Settings")),
        jobs=QueueJobs(Queue(snapshots, telemetry)),
        runs=TablesRuns(Table(tables, prefix + "Runs")),
        deliveries=TablesDeliveries(Table(tables, prefix + "Deliveries"), telemetry),
        pacing=TablesPacing(Table(tables, prefix + "Pacing")),
        contacts=TablesContacts(Table(tables, prefix + "Contacts")),
        send_queue=QueueNudges(emails=Queue(emails, telemetry), runs=Queue(runs, telemetry)),
        reports=TablesReports(Table(tables, prefix + "Reports")),
        report_jobs=QueueReportJobs(Queue(to_prepare, telemetry)),
        states=QueueStates(queues, prefix),
        job_runs=TablesJobRuns(shared),
        tables=tables,
        queues=queues,
        queue=snapshots,
        sessions=sessions,
        credential=credential,
    )


def _address(connection: str | None, service: str) -> str:
    """The address in a connection string."""
    parts = dict(part.split("=", 1) for part in (connection or "").split(";") if "=" in part)
    suffix = parts.get("EndpointSuffix", "core.windows.net")
    default = f"{parts.get('DefaultEndpointsProtocol', 'https')}://{parts.get('AccountName')}.{service}.{suffix}"
    return parts.get(f"{service.title()}Endpoint", default)
