"""Microsoft Graph v1.0, as far as the app reads it, with the failures of each special tenant."""

import base64
import time
from collections import defaultdict, deque
from typing import Any

import msgspec

from dev.cloud.entra import Claims, claims_of
from dev.cloud.gdap import customers, relationships
from dev.cloud.http import Request, Response, as_json, html, odata_error
from dev.cloud.tenants import SimTenant, next_link

PREFIX = "/graph/v1.0/"
_NOT_PREMIUM = (
    "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
    "Neither tenant is B2C or tenant doesn't have premium license",
)
_NO_DIRECTORY_READ = ("Authentication_ApplicationHasNoDirectoryReadAccess", "Failed to do premium license check.")
_ENOUGH = {  # any one of these application permissions, as Graph's reference lists them
    "organization": ("Organization.Read.All", "Directory.Read.All"),
    "subscribedSkus": ("LicenseAssignment.Read.All", "Organization.Read.All", "Directory.Read.All"),
    "users": ("User.Read.All", "Directory.Read.All"),
    "reports": ("AuditLog.Read.All",),
    "tenantRelationships": ("DelegatedAdminRelationship.Read.All",),
}
_WINDOW, _MOST = 10.0, 5  # the report's limit per tenant


class Graph:
    """Answers with prepared pages; the token names the tenant."""

    def __init__(self, tenants: dict[str, SimTenant], partner: str, base_url: str, *, report_limit: bool) -> None:
        self._tenants = tenants
        self._partner = partner
        self._url = base_url + PREFIX.rstrip("/")
        self._audiences = ("https://graph.microsoft.com", base_url)
        self._limited = report_limit
        self._asked: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_MOST))

    def caller(self, request: Request) -> Claims | None:
        """The claims of the caller's token; None without a token for Graph."""
        return claims_of(request, *self._audiences)

    def answer(self, request: Request) -> Response:
        claims = self.caller(request)
        if claims is None:
            return odata_error(401, "InvalidAuthenticationToken", "Access token is empty, expired or malformed.")
        if request.method != "GET":
            text = "Specified HTTP method is not allowed for the request target."
            return odata_error(405, "Request_BadRequest", text)
        path = request.path.removeprefix(PREFIX)
        if refused := _not_permitted(path.split("/")[0], claims.roles):
            return refused
        if path.startswith("tenantRelationships/"):
            return self._partners(request, path, claims.tid)
        tenant = self._tenants.get(claims.tid)
        if tenant is None:
            return odata_error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
        if tenant.special == "wrong_tenant":
            tenant = self._another(tenant)
        return self._of_tenant(request, path, tenant, claims.roles)

    def _another(self, tenant: SimTenant) -> SimTenant:
        return next(other for other in self._tenants.values() if other is not tenant and other.special is None)

    def _of_tenant(self, request: Request, path: str, tenant: SimTenant, roles: frozenset[str]) -> Response:
        match path:
            case "organization":
                return self._one_page("organization", [_selected(tenant.organization(), request)])
            case "subscribedSkus":
                return self._one_page("subscribedSkus", tenant.sku_rows)
            case "users":
                return self._trouble(tenant, path, roles) or self._pages(request, "users", tenant)
            case "reports/authenticationMethods/userRegistrationDetails":
                trouble = self._throttled(tenant) or self._trouble(tenant, path, roles)
                return trouble or self._pages(request, "report", tenant)
            case "reports/authenticationMethods/usersRegisteredByFeature()":
                return as_json(200, _features(tenant))
            case "policies/authorizationPolicy":
                return as_json(200, {"id": "authorizationPolicy", "allowedToUseSSPR": True})
        if path.startswith("reports/authenticationMethods/userRegistrationDetails/"):
            return _one_row(tenant, path.rsplit("/", 1)[1])
        return odata_error(404, "Request_ResourceNotFound", f"Resource '{path}' does not exist.")

    def _throttled(self, tenant: SimTenant) -> Response | None:
        """5 requests in 10 seconds per tenant, as the real report."""
        asked, now = self._asked[tenant.tenant_id], time.monotonic()
        if self._limited and len(asked) == _MOST and now - asked[0] < _WINDOW:
            wait = int(asked[0] + _WINDOW - now) + 1
            return odata_error(429, "TooManyRequests", "Too many requests.", {"Retry-After": str(wait)})
        asked.append(now)
        return None

    def _trouble(self, tenant: SimTenant, path: str, roles: frozenset[str]) -> Response | None:
        """The special tenant's failure on its users or its report; throttled tenants recover."""
        report = path.startswith("reports/")
        tenant.times[path] = times = tenant.times.get(path, 0) + 1
        if report and (tenant.special == "not_premium" or not tenant.premium):
            return odata_error(403, *_NOT_PREMIUM)
        match tenant.special:
            case "falsely_not_premium" if report and times % 3 and "Directory.Read.All" not in roles:
                return odata_error(403, *(_NOT_PREMIUM if times % 3 == 1 else _NO_DIRECTORY_READ))
            case "permission_missing" if report:
                return odata_error(
                    403,
                    "Authentication_MSGraphPermissionMissing",
                    "Calling principal does not have required MSGraph permissions AuditLog.Read.All",
                )
            case "throttled_retry_after" if report and times <= 2:
                return odata_error(429, "TooManyRequests", "Too many requests.", {"Retry-After": "1"})
            case "throttled_long" if report:
                return odata_error(429, "TooManyRequests", "Too many requests.", {"Retry-After": "120"})
            case "throttled_silent" if report and times <= 1:
                return odata_error(429, "UnknownError", "")
            case "html_502" if report:
                return html(502)
        return None

    def _pages(self, request: Request, kind: str, tenant: SimTenant) -> Response:
        query = {name.lstrip("$"): value for name, value in request.parameters().items()}
        if refused := _bad_page_size(query.get("top"), 999):
            return refused
        pages = tenant.pages(kind, query.get("select", ""), int(query["top"]) if "top" in query else None)
        number = _page_number(query.get("skiptoken"), tenant, kind)
        if number is None or number >= len(pages):
            return odata_error(400, "Directory_ExpiredPageToken", "The specified page token value is invalid.")
        link = None
        if number + 1 < len(pages):
            link = next_link(
                self._url + request.path[len(PREFIX) - 1 :], request.query, _token(number + 1, tenant, kind)
            )
        if tenant.special == "foreign_next_link" and kind == "report":
            link = (
                "https://graph.attacker.example/v1.0/reports/authenticationMethods/userRegistrationDetails?$skiptoken=x"
            )
        answer = Response(200, _collection(self._url, kind, pages[number], link))
        answer.headers["x-ms-resource-unit"] = "1"
        answer.cut = tenant.special == "truncated" and kind == "users"
        return answer

    def _one_page(self, name: str, rows: list[dict[str, Any]]) -> Response:
        return Response(200, _collection(self._url, name, msgspec.json.encode(rows), None))

    def _partners(self, request: Request, path: str, tenant_id: str) -> Response:
        if tenant_id != self._partner:
            return odata_error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
        tenants = list(self._tenants.values())
        rows = {
            "tenantRelationships/delegatedAdminCustomers": customers,
            "tenantRelationships/delegatedAdminRelationships": relationships,
        }.get(path)
        if rows is None:
            return odata_error(404, "Request_ResourceNotFound", f"Resource '{path}' does not exist.")
        every, query = rows(tenants), request.parameters()
        if refused := _bad_page_size(query.get("$top"), 300):
            return refused
        size = int(query.get("$top", "100"))
        start = decode_number(query.get("$skipToken") or query.get("$skiptoken"))
        if start is None or start >= len(every) > 0:
            return odata_error(400, "Directory_ExpiredPageToken", "The specified page token value is invalid.")
        link = None
        if start + size < len(every):
            link = next_link(self._url + request.path[len(PREFIX) - 1 :], request.query, encode_number(start + size))
        return Response(200, _collection(self._url, path, msgspec.json.encode(every[start : start + size]), link))


def _collection(url: str, name: str, values: bytes, link: str | None) -> bytes:
    context = msgspec.json.encode(f"{url}/$metadata#{name}")
    following = b',"@odata.nextLink":' + msgspec.json.encode(link) if link else b""
    return b'{"@odata.context":' + context + following + b',"value":' + values + b"}"


def _selected(row: dict[str, Any], request: Request) -> dict[str, Any]:
    names = request.parameters().get("$select", "")
    return {name: row[name] for name in names.split(",") if name in row} if names else row


def _token(number: int, tenant: SimTenant, kind: str) -> str:
    """Opaque, with characters that a client must not decode and re-encode."""
    return base64.b64encode(f"{kind}/{number}/{tenant.tenant_id}?+".encode()).decode() + "+/="


def _page_number(token: str | None, tenant: SimTenant, kind: str) -> int | None:
    if token is None:
        return 0
    try:
        found, number, rest = base64.b64decode(token.replace(" ", "+")[:-3]).decode().split("/")
    except ValueError:
        return None
    return int(number) if found == kind and rest == f"{tenant.tenant_id}?+" and number.isdecimal() else None


def encode_number(number: int) -> str:
    return base64.urlsafe_b64encode(f"n{number}".encode()).decode()


def decode_number(token: str | None) -> int | None:
    """None: the token was not issued here."""
    if token is None:
        return 0
    try:
        text = base64.urlsafe_b64decode(token).decode()
    except ValueError:
        return None
    return int(text[1:]) if text[:1] == "n" and text[1:].isdecimal() else None


def _bad_page_size(top: str | None, most: int) -> Response | None:
    if top is None or (top.isdecimal() and 1 <= int(top) <= most):
        return None
    text = f"Invalid page size specified: '{top}'. Must be between 1 and {most} inclusive."
    return odata_error(400, "Request_UnsupportedQuery", text)


def _not_permitted(subject: str, roles: frozenset[str]) -> Response | None:
    """The refusal of a token that lacks the needed permission; the report has a refusal of its own."""
    enough = _ENOUGH.get(subject)
    if enough is None or not roles.isdisjoint(enough):
        return None
    if subject == "reports":
        text = f"Calling principal does not have required MSGraph permissions {enough[0]}"
        return odata_error(403, "Authentication_MSGraphPermissionMissing", text)
    return odata_error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def fault(status: int, headers: dict[str, str], code: str | None) -> Response:
    """An error of Graph with the requested code."""
    usual = "TooManyRequests" if status == 429 else "generalException"
    return odata_error(status, code or usual, "A fault that was asked for.", headers)


def _one_row(tenant: SimTenant, user_id: str) -> Response:
    for person in tenant.people:
        if person.id == user_id and person.reported:
            return as_json(200, person.report_row())
    return odata_error(404, "Request_ResourceNotFound", f"Resource '{user_id}' does not exist.")


def _features(tenant: SimTenant) -> dict[str, Any]:
    rows = [person for person in tenant.people if person.reported]
    counts = {
        "ssprRegistered": sum(person.registered for person in rows),
        "ssprEnabled": sum(person.sspr_enabled for person in rows),
        "ssprCapable": sum(person.registered and person.sspr_enabled for person in rows),
    }
    return {
        "totalUserCount": len(rows),
        "userTypes": "all",
        "userRoles": "all",
        "userRegistrationFeatureCounts": [{"feature": name, "userCount": count} for name, count in counts.items()],
    }
