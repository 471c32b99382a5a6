"""What is wrong with the settings, told without a world, and to nobody but an Admin."""

import os
from collections.abc import Mapping
from datetime import datetime, timedelta

from sspr_core.health.responses import health_view, of_settings
from sspr_core.model.ids import tenant_id
from sspr_core.model.limits import OperatingLimits
from sspr_core.settings.environment import DEFAULTS, SettingsError
from sspr_core.web.caller import Forbidden, Role, Unauthenticated, caller_of


def told_to_admins(
    error: SettingsError, headers: Mapping[str, str], environment: Mapping[str, str] = os.environ, *, now: datetime
) -> dict[str, object] | None:
    """The answer; None for whoever cannot be believed to be an Admin, which takes the partner's tenant and sign-in."""
    try:
        partner = tenant_id(environment.get("SSPR_PARTNER_TENANT_ID", "").strip())
        caller = caller_of({name.lower(): value for name, value in headers.items()}, _terms(partner, environment))
    except (ValueError, Unauthenticated, Forbidden):
        return None
    return health_view(of_settings(error.problems), now=now) if caller.role is Role.ADMIN else None


def _terms(partner: str, environment: Mapping[str, str]) -> OperatingLimits:
    """As much of the terms as knowing a caller takes."""
    return OperatingLimits(
        partner_tenant_id=partner,
        client_id="",
        authority=DEFAULTS["SSPR_AUTHORITY"],
        public_url="",
        snapshot_every=timedelta(0),
        fresh_within=timedelta(0),
        sign_in_enabled=environment.get("WEBSITE_AUTH_ENABLED", "").strip().lower() == "true",
    )
