"""Everything a journey may be handed: the ports, and the few settings that decisions need."""

from dataclasses import dataclass
from datetime import timedelta

from sspr_core.ports import Claims, Coverage, Directories, Jobs, OwnSettings, Registrations, Tenants


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Settings that decisions and answers need (design of settings: `settings.py`)."""

    partner_tenant_id: str
    client_id: str
    authority: str  # SSPR_AUTHORITY: which cloud links lead to
    public_url: str
    snapshot_every: timedelta
    fresh_within: timedelta
    sign_in_enabled: bool  # WEBSITE_AUTH_ENABLED: without it no principal header is believed


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The ports, opened once per process and event loop."""

    terms: Terms
    directories: Directories
    tenants: Tenants
    claims: Claims
    registrations: Registrations
    coverage: Coverage
    own: OwnSettings
    jobs: Jobs
