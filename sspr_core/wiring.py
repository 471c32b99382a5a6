"""Builds the world from the settings, once per process."""

import os
from functools import cache

from sspr_core.adapters.graph.graph import Graph
from sspr_core.adapters.identity import Certificate, ManagedIdentity, Proof, Secret
from sspr_core.adapters.storage import open_storage
from sspr_core.settings import Settings, read
from sspr_core.world import Terms, World


@cache
def world() -> World:
    """The ports, opened at the first call, which must come from the event loop that uses them.

    Raises SettingsError, each time, until the settings are right.
    """
    return build(settings())


@cache
def settings() -> Settings:
    """The process's settings. Raises SettingsError naming every problem."""
    return read(os.environ)


def build(settings: Settings) -> World:
    """A world of these settings. What can be wrong with them comes before anything is opened."""
    how = proof(settings)
    storage = open_storage(
        connection=settings.storage_connection,
        table_service_uri=settings.table_service_uri,
        queue_service_uri=settings.queue_service_uri,
        identity_client_id=settings.storage_client_id,
    )
    return World(
        terms=Terms(
            partner_tenant_id=settings.partner_tenant_id,
            client_id=settings.client_id,
            authority=settings.authority,
            public_url=settings.public_url,
            snapshot_every=settings.snapshot_every,
            fresh_within=settings.fresh_within,
            sign_in_enabled=settings.sign_in_enabled,
        ),
        directories=Graph(
            url=settings.graph_url,
            authority=settings.authority,
            partner_tenant_id=settings.partner_tenant_id,
            client_id=settings.client_id,
            proof=how,
        ),
        tenants=storage.tenants,
        claims=storage.claims,
        registrations=storage.registrations,
        coverage=storage.coverage,
        own=storage.own,
        jobs=storage.jobs,
        post=storage.post(mailer=None),
    )


def proof(settings: Settings) -> Proof:
    """How the app proves itself: whichever one of the three settings is given."""
    match settings.proof:
        case "SSPR_MANAGED_IDENTITY_CLIENT_ID":
            return ManagedIdentity(settings.proof_value)
        case "SSPR_CLIENT_CERTIFICATE":
            return Certificate(settings.certificate)
        case _:
            return Secret(settings.proof_value)
