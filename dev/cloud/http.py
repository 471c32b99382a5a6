"""The small part of HTTP that the simulated services need."""

import gzip
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl

import msgspec

_WORTH_PACKING = 500  # bytes


@dataclass(frozen=True, slots=True)
class Request:
    """A request with its body read."""

    method: str
    path: str
    query: str
    headers: dict[str, str]  # names in lower case
    body: bytes

    def parameters(self) -> dict[str, str]:
        return dict(parse_qsl(self.query, keep_blank_values=True))


@dataclass(slots=True)
class Response:
    """An answer; `cut` sends fewer bytes than promised and closes, `drop` closes without an answer.

    `after`: delay in seconds.
    """

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    cut: bool = False
    drop: bool = False
    record: bool = True
    after: float = 0


def as_json(status: int, content: object, headers: dict[str, str] | None = None) -> Response:
    return Response(status, msgspec.json.encode(content), headers or {})


def packed(response: Response) -> Response:
    """Compresses the body when the client accepts it, as Microsoft's services do; short bodies stay as they are."""
    if len(response.body) < _WORTH_PACKING:
        return response
    headers = response.headers | {"Content-Encoding": "gzip"}
    return replace(response, body=gzip.compress(response.body, compresslevel=1), headers=headers)


def html(status: int) -> Response:
    """An HTML error, as a gateway in between answers."""
    page = f"<html><head><title>{status}</title></head><body><h1>{status} Bad Gateway</h1></body></html>"
    return Response(status, page.encode(), content_type="text/html")


def odata_error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    """An error in Graph's format."""
    inner = {"date": "2026-11-02T12:00:00", "request-id": _ID, "client-request-id": _ID}
    return as_json(status, {"error": {"code": code, "message": message, "innerError": inner}}, headers)


_ID = "8b4f9a52-7c1d-4c7e-9a56-0d9a6a3f2b11"
