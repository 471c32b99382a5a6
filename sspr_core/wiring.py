"""Builds the services from the settings, once per process."""

from functools import cache

from sspr_core.adapters.graph.client import Graph
from sspr_core.adapters.identity import AppCredential, Certificate, ManagedIdentity, Secret
from sspr_core.adapters.storage import open_storage
from sspr_core.adapters.traced_mailer import TracedMailer
from sspr_core.model.mail_service import MailService, Senders
from sspr_core.ports.mail import Mailer
from sspr_core.ports.services import Services
from sspr_core.ports.telemetry import NULL_TELEMETRY, Telemetry
from sspr_core.settings.environment import Settings, settings
from sspr_core.tracing import telemetry


@cache
def services() -> Services:
    """The ports. The first call opens them, and must come from the event loop that uses them.

    Raises SettingsError, at each call, until the settings are right.
    """
    return build(settings(), telemetry())


def build(settings: Settings, telemetry: Telemetry = NULL_TELEMETRY) -> Services:
    """Services with these settings. Everything that can be wrong with the settings is checked before opening any."""
    how = proof(settings)
    storage = open_storage(
        connection=settings.storage_connection,
        table_service_uri=settings.table_service_uri,
        queue_service_uri=settings.queue_service_uri,
        identity_client_id=settings.storage_client_id,
        telemetry=telemetry,
    )
    return Services(
        terms=settings.terms,
        directories=Graph(
            url=settings.graph_url,
            authority=settings.terms.authority,
            partner_tenant_id=settings.terms.partner_tenant_id,
            client_id=settings.terms.client_id,
            proof=how,
            telemetry=telemetry,
        ),
        tenants=storage.tenants,
        claims=storage.claims,
        registrations=storage.registrations,
        coverage=storage.coverage,
        own=storage.own,
        jobs=storage.jobs,
        post=storage.post(
            mailer(settings, telemetry),
            Senders(usual=settings.mail_sender, others=settings.mail_senders),
            settings.numbers,
        ),
        reports=storage.reports,
        report_jobs=storage.report_jobs,
        queues=storage.states,
        job_runs=storage.job_runs,
        telemetry=telemetry,
    )


def mailer(settings: Settings, telemetry: Telemetry = NULL_TELEMETRY) -> Mailer | None:
    """The mail service, with its key if there is one, else with the app's identity; None if sending is off."""
    if settings.mail_service is MailService.NONE:
        return None
    from sspr_core.adapters.acs_mailer import open_mailer  # noqa: PLC0415 - a third of a second, only if the app sends

    identity = settings.proof_value if settings.proof == "SSPR_MANAGED_IDENTITY_CLIENT_ID" else None
    opened = open_mailer(
        connection=settings.mail_connection,
        endpoint=settings.mail_endpoint,
        identity_client_id=identity or settings.storage_client_id,
        sender=settings.mail_sender,
    )
    return opened if telemetry is NULL_TELEMETRY else TracedMailer(opened, telemetry)


def proof(settings: Settings) -> AppCredential:
    """The app's credential, from the one of three settings that is given."""
    if settings.certificate:
        return Certificate(settings.certificate.data, settings.certificate.expires_at)
    if settings.proof == "SSPR_MANAGED_IDENTITY_CLIENT_ID":
        return ManagedIdentity(settings.proof_value)
    return Secret(settings.proof_value)
