"""Reports invalid settings, only to an Admin. Works without the services, which invalid settings cannot build."""

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
    """The answer; None unless the caller is proven to be an Admin, which needs sign-in and the partner's tenant id."""
    try:
        partner = tenant_id(environment.get("SSPR_PARTNER_TENANT_ID", "").strip())
        caller = caller_of({name.lower(): value for name, value in headers.items()}, _terms(partner, environment))
    except (ValueError, Unauthenticated, Forbidden):
        return None
    return health_view(of_settings(error.problems), now=now) if caller.role is Role.ADMIN else None


def _terms(partner: str, environment: Mapping[str, str]) -> OperatingLimits:
    """The limits with only the values that identifying a caller needs."""
    return OperatingLimits(
        partner_tenant_id=partner,
        client_id="",
        authority=DEFAULTS["SSPR_AUTHORITY"],
        public_url="",
        snapshot_every=timedelta(0),
        fresh_within=timedelta(0),
        sign_in_enabled=environment.get("WEBSITE_AUTH_ENABLED", "").strip().lower() == "true",
    )
