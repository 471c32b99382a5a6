"""Who may use the mail service: a client with its access key, or with a token of its subscription's tenant."""

import base64
import hashlib
import hmac

from dev.cloud.entra import claims_of
from dev.cloud.http import Request

_AUDIENCE = "https://communication.azure.com"
_SIGNED = "x-ms-date;host;x-ms-content-sha256"


def is_let_in(request: Request, *, access_key: str, tenant_id: str) -> bool:
    given = request.headers.get("authorization", "")
    if given.startswith("Bearer "):
        claims = claims_of(request, _AUDIENCE)
        return claims is not None and claims.tid == tenant_id
    digest = base64.b64encode(hashlib.sha256(request.body).digest()).decode()
    headers = request.headers
    if headers.get("x-ms-content-sha256") != digest:
        return False
    query = f"?{request.query}" if request.query else ""
    text = f"{request.method}\n{request.path}{query}\n{headers.get('x-ms-date')};{headers.get('host')};{digest}"
    key = base64.b64decode(access_key)
    signature = base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()
    return given == f"HMAC-SHA256 SignedHeaders={_SIGNED}&Signature={signature}"
