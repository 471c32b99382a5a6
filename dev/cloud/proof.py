"""How an app authenticates to Entra: by a secret, or by an assertion signed by its certificate or identity."""

import base64
import time
from dataclasses import dataclass
from typing import Any

import msgspec

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EXCHANGE = "api://AzureADTokenExchange"
_SKEW = 300  # allowed clock skew in seconds

type Refusal = tuple[int, str]  # Entra's error number and text


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """What Entra knows of the app. Signatures are not checked: no certificate is registered here."""

    client_id: str
    secret: str
    base_url: str

    def refusal(self, form: dict[str, str], tenant_id: str) -> Refusal | None:
        """Why the credential in a token request is invalid; None: it is valid."""
        if "client_assertion" not in form:
            wrong = form.get("client_secret") != self.secret
            return (7000215, "Invalid client secret provided.") if wrong else None
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            return 900144, "The request body must contain the following parameter: 'client_assertion_type'."
        try:
            _, claims, signature = form["client_assertion"].split(".")
            said = msgspec.json.decode(decode_part(claims), type=dict[str, Any])
        except (ValueError, msgspec.MsgspecError):
            return 50027, "JWT token is invalid or malformed."
        if not signature:
            return 700027, "The certificate used to sign the client assertion is not registered on application."
        if not said.get("nbf", 0) - _SKEW <= time.time() < said.get("exp", 0):
            return 700024, "Client assertion is not within its valid time range."
        by_itself = self.client_id in (said.get("iss"), said.get("sub"))
        return self._of_certificate(said, tenant_id) if by_itself else self._of_identity(said)

    def _of_certificate(self, said: dict[str, Any], tenant_id: str) -> Refusal | None:
        """An assertion signed by the app itself, for the address it is sent to."""
        if not said.get("iss") == said.get("sub") == self.client_id:
            return 700021, "Client assertion application identifier doesn't match 'client_id' parameter."
        if said.get("aud") != f"{self.base_url}/{tenant_id}/oauth2/v2.0/token":
            return 700023, "Client assertion audience claim does not match Realm issuer."
        return None

    def _of_identity(self, said: dict[str, Any]) -> Refusal | None:
        """An assertion signed by another trusted issuer: the managed identity's tenant."""
        if said.get("aud") != EXCHANGE:
            return 700212, "No matching federated identity record found for presented assertion audience."
        if not str(said.get("iss", "")).startswith((f"{self.base_url}/", "https://login.microsoftonline.com/")):
            return 700211, "No matching federated identity record found for presented assertion issuer."
        if not said.get("sub"):
            return 700213, "No matching federated identity record found for presented assertion subject."
        return None


def decode_part(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
