"""Entra's token endpoint: client credentials, by secret or assertion, per tenant."""

import base64
import re
import time
from urllib.parse import parse_qsl

import msgspec

from dev.cloud.http import Request, Response, as_json
from dev.cloud.proof import App, decode_part
from dev.cloud.tenants import ASKED_FOR, SimTenant

LIFE = 3599  # seconds
OF_PARTNER = ASKED_FOR | {"DelegatedAdminRelationship.Read.All"}
_WORDS = {  # OAuth's error code where the status does not imply it; Entra blames the client for what a tenant lacks
    **dict.fromkeys((700016, 7000112, 700011), "unauthorized_client"),
    **dict.fromkeys((650051, 650052, 7000229), "invalid_client"),
    650057: "invalid_resource",
    53003: "invalid_grant",
}

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
    """Issues tokens, each for one tenant."""

    def __init__(self, tenants: dict[str, SimTenant], partner: str, client_id: str, secret: str, base_url: str) -> None:
        self._tenants = tenants
        self._partner = partner
        self._app = App(client_id=client_id, secret=secret, base_url=base_url)

    def token(self, request: Request, tenant_id: str) -> Response:
        if request.method != "POST":
            text = f"The endpoint only accepts POST requests. Received a {request.method} request."
            return _error(400, "invalid_request", 900561, text)
        form = dict(parse_qsl(request.body.decode()))
        tenant = self._tenants.get(tenant_id)
        if tenant is None and tenant_id != self._partner:
            return self._refused("gone", tenant_id)
        if form.get("grant_type") != "client_credentials" or not form.get("scope", "").endswith("/.default"):
            return _error(400, "invalid_request", 900144, "The request body must contain grant_type and scope.")
        if form.get("client_id") != self._app.client_id:
            return self._refused("consent_missing", tenant_id)
        if refusal := self._app.refusal(form, tenant_id):
            return _error(401, "invalid_client", *refusal)
        if tenant and tenant.special in _REFUSED:
            return self._refused(tenant.special, tenant_id)
        audience = form["scope"].removesuffix("/.default")
        return as_json(
            200,
            {
                "token_type": "Bearer",
                "expires_in": LIFE,
                "ext_expires_in": LIFE,
                "access_token": self._jwt(tenant_id, audience, tenant.granted if tenant else OF_PARTNER),
            },
        )

    def _refused(self, why: str, tenant_id: str) -> Response:
        status, error, number, text = _REFUSED[why]
        return _error(status, error, number, text.format(client=self._app.client_id, tenant=tenant_id))

    def _jwt(self, tenant_id: str, audience: str, roles: frozenset[str]) -> str:
        now = int(time.time())
        claims = {
            "aud": audience,
            "iss": f"{self._app.base_url}/{tenant_id}/v2.0",
            "iat": now,
            "nbf": now,
            "exp": now + LIFE,
            "appid": self._app.client_id,
            "tid": tenant_id,
            "roles": sorted(roles),
        }
        return ".".join((_part({"typ": "JWT", "alg": "none"}), _part(claims), "simulated"))


class Claims(msgspec.Struct):
    """The claims of a token that the simulation checks."""

    aud: str
    tid: str
    exp: int
    nbf: int
    roles: frozenset[str] = frozenset()


def claims_of(request: Request, *audiences: str) -> Claims | None:
    """The claims of the request's bearer token; None without a token that is valid and for one of these services."""
    try:
        kind, token = request.headers["authorization"].split(" ", 1)
        claims = msgspec.json.decode(decode_part(token.split(".")[1]), type=Claims)
    except (KeyError, IndexError, ValueError, msgspec.MsgspecError):
        return None
    good = kind.lower() == "bearer" and claims.nbf <= time.time() < claims.exp
    return claims if good and claims.aud.rstrip("/") in audiences else None


def _part(content: object) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(content)).decode().rstrip("=")


def fault(status: int, headers: dict[str, str], code: str | None) -> Response:
    """A refusal with the requested error number; without a number, a general failure of Entra."""
    found = re.fullmatch(r"AADSTS(\d+)", code or "")
    usual = "invalid_client" if status == 401 else "invalid_request" if status < 429 else "temporarily_unavailable"
    if found:
        number = int(found[1])
        return _error(status, _WORDS.get(number, usual), number, "A refusal that was asked for.", headers)
    return _answer(status, usual, "The service is in trouble, as was asked for.", [], headers)


def _error(status: int, error: str, number: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return _answer(status, error, f"AADSTS{number}: {text}", [number], headers or {})


def _answer(status: int, error: str, text: str, numbers: list[int], headers: dict[str, str]) -> Response:
    trace, correlation = "1f5d3a6e-0000-4000-8000-2b1c5a3d4e00", "77d0c0de-0000-4000-8000-1a2b3c4d5e6f"
    at = "2026-11-02 12:00:00Z"
    content: dict[str, object] = {
        "error": error,
        "error_description": f"{text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {at}",
        "error_codes": numbers,
        "timestamp": at,
        "trace_id": trace,
        "correlation_id": correlation,
    }
    if numbers:
        content["error_uri"] = f"https://login.microsoftonline.com/error?code={numbers[0]}"
    return as_json(status, content, headers)
