"""Sign-in as App Service Authentication does it: strips forged headers and passes the caller's identity to the app."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote
from uuid import NAMESPACE_URL, uuid5

ROLES = ("Reader", "Operator", "Admin")
COOKIE = "AppServiceAuthSession"
FORGEABLE = "x-ms-client-principal"  # and every header that begins with it
_CLAIM = "http://schemas.microsoft.com/identity/claims/"
_ROLE = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"


@dataclass(frozen=True, slots=True)
class SignIn:
    """Local people, one per role, of the partner's tenant."""

    tenant_id: str
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def role_of(self, headers: dict[str, str]) -> str | None:
        """From the session's cookie, or `Authorization: Bearer local-reader` for programs."""
        bearer = {f"Bearer local-{role.lower()}": role for role in ROLES}
        if role := bearer.get(headers.get("authorization", "")):
            return role
        for part in headers.get("cookie", "").split(";"):
            name, _, value = part.strip().partition("=")
            role, _, signature = value.partition(".")
            if name == COOKIE and role in ROLES and self._is_signed(role, signature):
                return role
        return None

    def cookie(self, role: str) -> str:
        return f"{COOKIE}={role}.{self._signature(role)}; Path=/; HttpOnly; SameSite=Lax"

    def _signature(self, role: str) -> str:
        return hmac.new(self.key, role.encode(), hashlib.sha256).hexdigest()

    def _is_signed(self, role: str, signature: str) -> bool:
        return hmac.compare_digest(signature.encode(), self._signature(role).encode())

    def headers(self, role: str) -> dict[str, str]:
        """The headers that the platform adds to a signed-in caller's request."""
        who, mail = str(uuid5(NAMESPACE_URL, role)), f"{role.lower()}@partner.example"
        claims = {
            "name": f"Local {role}",
            "preferred_username": mail,
            f"{_CLAIM}objectidentifier": who,
            f"{_CLAIM}tenantid": self.tenant_id,
            "roles": role,
        }
        principal = {
            "auth_typ": "aad",
            "claims": [{"typ": name, "val": value} for name, value in claims.items()],
            "name_typ": "preferred_username",
            "role_typ": _ROLE,
        }
        return {
            "x-ms-client-principal": base64.b64encode(json.dumps(principal).encode()).decode(),
            "x-ms-client-principal-id": who,
            "x-ms-client-principal-name": mail,
            "x-ms-client-principal-idp": "aad",
        }


def back_to(query: str) -> str:
    """Where to redirect after sign-in: only a path of this host, as text that a header can carry."""
    wanted = parse_qs(query).get("post_login_redirect_uri", ["/"])[0]
    local = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return quote(wanted, safe="/?&=%:;,@!*'()+#~$") if local else "/"
