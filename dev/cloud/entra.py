"""Entra's token endpoint: client credentials, by secret or assertion, per tenant."""

import base64
import time
from urllib.parse import parse_qsl

import msgspec

from dev.cloud.http import Request, Response, as_json
from dev.cloud.tenants import SimTenant

LIFE = 3599  # seconds

_REFUSED = {
    "consent_missing": (
        400, "unauthorized_client", 700016,
        "Application with identifier '{client}' was not found in the directory '{tenant}'.",
    ),
    "conditional_access": (
        400, "invalid_grant", 53003, "Access has been blocked by Conditional Access policies.",
    ),
    "gone": (400, "invalid_request", 90002, "Tenant '{tenant}' not found."),
}  # fmt: skip


class Entra:
    """Issues tokens that say for which tenant they are."""

    def __init__(self, tenants: dict[str, SimTenant], partner: str, client_id: str, secret: str, base_url: str) -> None:
        self._tenants = tenants
        self._partner = partner
        self._client_id = client_id
        self._secret = secret
        self._base_url = base_url

    def token(self, request: Request, tenant_id: str) -> Response:
        form = dict(parse_qsl(request.body.decode()))
        tenant = self._tenants.get(tenant_id)
        if tenant is None and tenant_id != self._partner:
            return self._refused("gone", tenant_id)
        if form.get("grant_type") != "client_credentials" or not form.get("scope", "").endswith("/.default"):
            return _error(400, "invalid_request", 900144, "The request body must contain grant_type and scope.")
        if form.get("client_id") != self._client_id:
            return self._refused("consent_missing", tenant_id)
        if refused := self._proof_is_wrong(form):
            return refused
        if tenant and tenant.special in _REFUSED:
            return self._refused(tenant.special, tenant_id)
        audience = form["scope"].removesuffix("/.default")
        return as_json(
            200,
            {
                "token_type": "Bearer",
                "expires_in": LIFE,
                "ext_expires_in": LIFE,
                "access_token": self._jwt(tenant_id, audience),
            },
        )

    def _proof_is_wrong(self, form: dict[str, str]) -> Response | None:
        if "client_assertion" in form:
            try:
                claims = msgspec.json.decode(decode_part(form["client_assertion"].split(".")[1]))
            except (IndexError, ValueError, msgspec.MsgspecError):
                return _error(401, "invalid_client", 50027, "JWT token is invalid or malformed.")
            if claims.get("exp", 0) < time.time():
                return _error(401, "invalid_client", 700024, "Client assertion is not within its valid time range.")
            return None
        if form.get("client_secret") != self._secret:
            return _error(401, "invalid_client", 7000215, "Invalid client secret provided.")
        return None

    def _refused(self, why: str, tenant_id: str) -> Response:
        status, error, number, text = _REFUSED[why]
        return _error(status, error, number, text.format(client=self._client_id, tenant=tenant_id))

    def _jwt(self, tenant_id: str, audience: str) -> str:
        now = int(time.time())
        claims = {
            "aud": audience,
            "iss": f"{self._base_url}/{tenant_id}/v2.0",
            "iat": now,
            "nbf": now,
            "exp": now + LIFE,
            "appid": self._client_id,
            "tid": tenant_id,
            "roles": ["AuditLog.Read.All", "User.Read.All", "LicenseAssignment.Read.All", "Organization.Read.All"],
        }
        return ".".join((_part({"typ": "JWT", "alg": "none"}), _part(claims), "simulated"))


def tenant_of(request: Request) -> str | None:
    """The tenant of the request's bearer token; None without a good one."""
    try:
        kind, token = request.headers["authorization"].split(" ", 1)
        claims = msgspec.json.decode(decode_part(token.split(".")[1]))
    except (KeyError, IndexError, ValueError, msgspec.MsgspecError):
        return None
    good = kind.lower() == "bearer" and claims.get("exp", 0) > time.time()
    return str(claims.get("tid")) if good else None


def decode_part(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _part(content: object) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(content)).decode().rstrip("=")


def _error(status: int, error: str, number: int, text: str) -> Response:
    trace = "Trace ID: 1f5d3a6e-0000-4000-8000-2b1c5a3d4e00 Correlation ID: 77d0c0de-0000-4000-8000-1a2b3c4d5e6f"
    return as_json(
        status,
        {
            "error": error,
            "error_description": f"AADSTS{number}: {text} {trace} Timestamp: 2026-11-02 12:00:00Z",
            "error_codes": [number],
            "timestamp": "2026-11-02 12:00:00Z",
            "trace_id": "1f5d3a6e-0000-4000-8000-2b1c5a3d4e00",
            "correlation_id": "77d0c0de-0000-4000-8000-1a2b3c4d5e6f",
            "error_uri": f"https://login.microsoftonline.com/error?code={number}",
        },
    )
