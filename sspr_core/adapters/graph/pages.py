"""Requests pages from Graph: the SDK builds and signs the request, the body comes back as bytes."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import msgspec
from azure.core.exceptions import AzureError
from kiota_abstractions.api_client_builder import register_default_deserializer
from kiota_abstractions.api_error import APIError
from kiota_abstractions.request_information import RequestInformation
from kiota_http.httpx_request_adapter import HttpxRequestAdapter
from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
from msgraph.generated.models.o_data_errors.o_data_error import ODataError

from sspr_core.adapters.graph import errors
from sspr_core.adapters.graph.throttling import RateLimiter, RetryPolicy
from sspr_core.adapters.graph.transport import HTTPError

# kiota reads error bodies with the registered deserializer. The SDK's client would register it, but is not used here:
# it loads the request builders of all of Graph.
register_default_deserializer(JsonParseNodeFactory)

_ERRORS = {"4XX": ODataError, "5XX": ODataError}  # a body that is not OData (HTML) raises the base class, APIError


class Page[T](msgspec.Struct, frozen=True):
    """A page of a collection in Graph; no `next_link`: the last page. A page may be empty."""

    value: list[T]
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")


async def ask[T](adapter: HttpxRequestAdapter, request: RequestInformation, decoder: msgspec.json.Decoder[T]) -> T:
    """Send one request and decode the answer. Raises TryAgain or GiveUp."""
    try:
        body: bytes | None = await adapter.send_primitive_async(request, "bytes", _ERRORS)  # type: ignore[arg-type]
    except APIError as error:
        main = getattr(error, "error", None)
        code, message = (main.code or "", main.message or "") if main else ("", "")
        status = error.response_status_code or 500
        raise errors.of_graph(status, code, message, dict(error.response_headers or {})) from error
    except AzureError as error:
        raise errors.of_token(error) from None  # kiota requests a new token itself when Graph wants a fresh one
    except HTTPError as error:
        raise errors.unreadable(type(error).__name__, "The connection to Graph broke or timed out.") from error
    try:
        return decoder.decode(body or b"")
    except msgspec.MsgspecError as error:
        raise errors.unreadable("unreadable_body", "The answer is cut off or is not what it should be.") from error


async def pages[T](
    adapter: HttpxRequestAdapter,
    request: RequestInformation,
    decoder: msgspec.json.Decoder[Page[T]],
    *,
    patience: RetryPolicy,
    brake: RateLimiter,
) -> AsyncIterator[list[T]]:
    """The values of every page. Raises TryAgain, and GiveUp, also when the next page is not on Graph's host."""
    seen: set[str] = set()
    request.path_parameters["baseurl"] = adapter.base_url
    request.url = request.url  # kiota reads it three times a request, and would expand its template every time

    async def turn() -> Page[T]:
        await brake.turn()
        return await ask(adapter, request, decoder)

    while True:
        page = await patience.asking(turn)
        yield page.value
        if not page.next_link:
            return
        # The token is sent to wherever the link points: allow only the host it was issued for.
        if not same_host(page.next_link, adapter.base_url):
            raise errors.foreign_link()
        if page.next_link in seen:
            raise errors.unreadable("repeated_page", "The pages of the list lead round in a circle.")
        seen.add(page.next_link)
        request.url = page.next_link


def same_host(link: str, base_url: str) -> bool:
    """Whether both have the same host and port, over TLS; False also for text that is no address."""
    if not link.isprintable() or " " in link:
        return False
    try:
        return _place(link) == _place(base_url)
    except ValueError:
        return False


def _place(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.username is not None:
        raise ValueError(parts.scheme)
    return parts.scheme, parts.hostname, parts.port or 443
