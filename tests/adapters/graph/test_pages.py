"""Pages of Graph, from the test's own server: which links are followed, and which never are."""

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace

import httpx
import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

from sspr_core.adapters.graph.client import Graph
from sspr_core.adapters.graph.throttling import NoBrake, RetryPolicy
from sspr_core.model.errors import GiveUp, TryAgain
from sspr_core.model.ids import TenantId
from sspr_core.model.problem import Access
from tests.graph_rows import guid

URL = "https://graph.example/v1.0"
CONTOSO = TenantId(guid("contoso"))
type Answer = httpx.Response | Exception


def token_of(tenant: str) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"tid": tenant}).encode()).decode().rstrip("=")
    return f"e30.{claims}.x"


class Credential:
    """Raises the given errors one after the other, then returns a token."""

    def __init__(self, *errors: Exception, tenant: str = CONTOSO) -> None:
        self.errors, self.tenant = list(errors), tenant

    async def get_token(self, *_: str, **__: object) -> AccessToken:
        if self.errors:
            raise self.errors.pop(0)
        return AccessToken(token_of(self.tenant), 4_000_000_000)

    async def close(self) -> None:
        return


class Proof:
    def __init__(self, credential: Credential) -> None:
        self.made = credential

    async def credential(self, *_: object) -> Credential:
        return self.made

    async def close(self) -> None:
        return


async def no_sleep(_: float) -> None:
    return


@asynccontextmanager
async def graph(
    answer: Callable[[httpx.Request], Answer], credential: Credential | None = None
) -> AsyncIterator[Graph]:
    def handle(request: httpx.Request) -> httpx.Response:
        found = answer(request)
        if isinstance(found, Exception):
            raise found
        return found

    made = Graph(
        url=URL,
        authority="https://login.example",
        partner_tenant_id=guid("partner"),
        client_id=guid("client"),
        proof=Proof(credential or Credential()),
        patience=RetryPolicy(sleep=no_sleep),
        report_brake=NoBrake,
    )
    made._http._transport = httpx.MockTransport(handle)  # the rest of the product's client is unchanged
    yield made
    await made.close()


def page(*names: str, following: str | None = None) -> httpx.Response:
    content: dict[str, object] = {"value": [{"id": guid(name)} for name in names]}
    return httpx.Response(200, json=content | ({"@odata.nextLink": following} if following else {}))


async def users(of: Graph) -> list[str]:
    async with of.open(CONTOSO) as directory:
        return [row.id async for rows in directory.users() for row in rows]


async def test_next_links_are_followed_as_they_are_through_empty_pages() -> None:
    link = f"{URL}/users?$select=id&$skiptoken=a%2Bb%3D+c"
    pages = {None: page("a", following=link), link: page(following=f"{URL}/users?$skiptoken=2")}
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return pages.get(None if len(asked) == 1 else str(request.url), page("b"))

    async with graph(answer) as of:
        assert await users(of) == [guid("a"), guid("b")]
    assert asked[1:] == [link, f"{URL}/users?$skiptoken=2"]


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/v1.0/users",
        "http://graph.example/v1.0/users",
        "//evil.example/x",
        "/v1.0/users",
        "https://graph.example:8443/v1.0/users",
        "https://graph.example@evil.example/v1.0/users",
        "https://user@graph.example/v1.0/users",
        "https://[bad",
        "https://graph.example:port/v1.0/users",
        "https://graph.exa\nmple/v1.0/users",
        "https://graph.example /v1.0/users",
    ],
)
async def test_the_token_never_goes_to_another_host_or_in_the_clear(link: str) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return page("a", following=link)

    async with graph(answer) as of:
        with pytest.raises(GiveUp) as caught:
            await users(of)

    assert caught.value.trouble.code == "foreign_next_link"
    assert asked == ["graph.example"]


@pytest.mark.parametrize("link", ["https://GRAPH.example/v1.0/users?p=2", "https://graph.example:443/v1.0/users?p=2"])
async def test_the_same_host_written_otherwise_is_the_same_host(link: str) -> None:
    pages = [page("b"), page("a", following=link)]

    async with graph(lambda _: pages.pop()) as of:
        assert await users(of) == [guid("a"), guid("b")]


@pytest.mark.parametrize("circle", [1, 2, 3])
async def test_links_that_lead_round_in_a_circle_are_not_followed_for_ever(circle: int) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return page("a", following=f"{URL}/users?page={len(asked) % circle}")

    async with graph(answer) as of:
        with pytest.raises(TryAgain) as caught:
            await users(of)

    assert caught.value.trouble
    assert caught.value.trouble.code == "repeated_page"
    assert len(asked) <= circle + 1


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"value":', b"null", b"[]", b"{}", b'{"value":null}', b'{"value":[{}]}', b"<html>"]
)
async def test_a_body_that_is_not_a_page_is_temporary_and_nothing_of_it_is_taken(body: bytes) -> None:
    async with graph(lambda _: httpx.Response(200, content=body)) as of:
        with pytest.raises(TryAgain) as caught:
            await users(of)

    assert caught.value.trouble
    assert caught.value.trouble.code == "unreadable_body"


@pytest.mark.parametrize("error", [httpx.ReadTimeout("x"), httpx.ConnectError("x"), httpx.RemoteProtocolError("x")])
async def test_a_broken_connection_is_temporary(error: Exception) -> None:
    async with graph(lambda _: error) as of:
        with pytest.raises(TryAgain) as caught:
            await users(of)

    assert caught.value.trouble
    assert caught.value.trouble.word is Access.UNAVAILABLE


async def test_a_redirect_is_not_followed() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(302, headers={"location": "https://evil.example/"})

    async with graph(answer) as of:
        with pytest.raises((GiveUp, TryAgain)):
            await users(of)

    assert set(asked) == {"graph.example"}


async def test_a_token_for_another_tenant_is_refused_before_anything_is_asked() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return page()

    async with graph(answer, Credential(tenant=guid("fabrikam"))) as of:
        with pytest.raises(GiveUp) as caught:
            await users(of)

    assert caught.value.trouble.word is Access.WRONG_TENANT
    assert asked == []


def refused(text: str) -> ClientAuthenticationError:
    return ClientAuthenticationError(message=text, response=SimpleNamespace(status_code=401, headers={}, reason="no"))


async def test_right_after_a_certificate_was_changed_entra_is_asked_once_more() -> None:
    async with graph(lambda _: page("a"), Credential(refused("AADSTS700027: key not found"))) as of:
        assert await users(of) == [guid("a")]

    async with graph(lambda _: page("a"), Credential(*[refused("AADSTS700027: key not found")] * 2)) as of:
        with pytest.raises(GiveUp) as caught:
            await users(of)
    assert caught.value.trouble.word is Access.APP_CREDENTIAL


async def test_entra_not_answering_is_temporary() -> None:
    async with graph(lambda _: page("a"), Credential(*[ServiceRequestError("no route")] * 9)) as of:
        with pytest.raises(TryAgain):
            await users(of)


@pytest.mark.parametrize(
    ("error", "word"),
    [(refused("AADSTS53003: Blocked."), Access.BLOCKED), (ServiceRequestError("no route"), Access.UNAVAILABLE)],
)
async def test_a_token_refused_in_the_middle_of_a_reading_has_its_word_too(error: Exception, word: Access) -> None:
    """Graph demands a fresh token (continuous access evaluation), and kiota asks Entra by itself."""
    credential = Credential()
    challenge = {"www-authenticate": 'Bearer error="insufficient_claims", claims="eyJhIjoxfQ=="'}

    def revoked(_: httpx.Request) -> httpx.Response:
        credential.errors = [error] * 9
        return httpx.Response(401, headers=challenge)

    async with graph(revoked, credential) as of:
        with pytest.raises((GiveUp, TryAgain)) as caught:
            await users(of)

    assert caught.value.trouble
    assert caught.value.trouble.word is word


async def test_a_token_that_cannot_be_read_goes_with_the_request_and_is_no_other_tenants() -> None:
    class Opaque(Credential):
        async def get_token(self, *_: str, **__: object) -> AccessToken:
            return AccessToken("opaque", 4_000_000_000)

    async with graph(lambda _: page("a"), Opaque()) as of:
        assert await users(of) == [guid("a")]
