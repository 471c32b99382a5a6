"""Single rows over REST: what the SDK's client would ask, and what becomes of answers."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from azure.core import MatchConditions
from azure.core.credentials import AccessToken, AzureNamedKeyCredential, AzureSasCredential
from azure.core.exceptions import ClientAuthenticationError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableServiceClient

from sspr_core.adapters.storage import Storage
from sspr_core.adapters.tables import points as module
from sspr_core.adapters.tables.points import Points, decoded, encoded
from sspr_core.model.errors import Conflict, NotFound, TryAgain

TABLE = "Rows"
ROW = {
    "PartitionKey": "O'Hara's",
    "RowKey": "user:{5} 100% +ü",
    "Text": "Ö „x“",
    "Empty": "",
    "Count": 7,
    "Yes": True,
    "Packed": b"\x00\xff",
}
ETAG = "W/\"datetime'2026-11-23T06%3A00%3A00.0000000Z'\""
KEY = AzureNamedKeyCredential("account", "a2V5")
_OF_THE_SDK = {  # who asks and when; and that a row just written is not to be sent back, which the SDK leaves out
    *("user-agent", "x-ms-client-request-id", "x-ms-return-client-request-id", "maxdataserviceversion"),
    *("accept-encoding", "prefer", "authorization", "date", "x-ms-date", "connection", "content-length"),
}


@dataclass
class Asked:
    verb: str
    address: str
    headers: dict[str, str]


@dataclass
class Service:
    """A table service that says what it is told to, then that all is well."""

    answers: list[int] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.asked.append(Asked(request.method, request.raw_path, headers))
        status = self.answers.pop(0) if self.answers else 0
        if status == -1:
            assert request.transport is not None
            request.transport.abort()
        if status > 0:
            return web.Response(status=status, headers={"x-ms-error-code": "Whatever"})
        if request.method == "GET":
            return web.json_response({"PartitionKey": "p", "RowKey": "r", "odata.etag": ETAG}, headers={"ETag": ETAG})
        return web.Response(status=204, headers={"ETag": ETAG})


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
async def address(service: Service) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{anything:.*}", service.answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/account"))


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FIRST_WAIT", 0)


@pytest.mark.parametrize("credential", [KEY, AzureSasCredential("?sv=2019-02-02&sig=a%2Bb%2Fc%3D")])
async def test_what_is_asked_is_what_the_sdk_asks(service, address, session, credential):
    async with TableServiceClient(address, credential=credential) as sdk:
        points, table = Points(sdk, session), sdk.get_table_client(TABLE)
        only_if = {"etag": ETAG, "match_condition": MatchConditions.IfNotModified}
        pairs = [
            (
                points.get(TABLE, ROW["PartitionKey"], ROW["RowKey"]),
                table.get_entity(ROW["PartitionKey"], ROW["RowKey"]),
            ),
            (points.create(TABLE, ROW), table.create_entity(ROW)),
            (points.write(TABLE, ROW, merge=True), table.upsert_entity(ROW, mode=UpdateMode.MERGE)),
            (
                points.write(TABLE, ROW, merge=False, etag=ETAG),
                table.update_entity(ROW, mode=UpdateMode.REPLACE, **only_if),
            ),
            (
                points.write(TABLE, ROW, merge=True, etag=ETAG),
                table.update_entity(ROW, mode=UpdateMode.MERGE, **only_if),
            ),
        ]
        for our, theirs in pairs:
            await our
            await theirs

    for ours, theirs in zip(service.asked[::2], service.asked[1::2], strict=True):
        assert (ours.verb, ours.address) == (theirs.verb, theirs.address)
        assert _kept(ours) == _kept(theirs)
        assert ("authorization" in ours.headers) == ("authorization" in theirs.headers)


def _kept(asked: Asked) -> dict[str, str]:
    kept = {name: value for name, value in asked.headers.items() if name not in _OF_THE_SDK}
    if asked.verb != "GET":  # nothing is answered whose form would matter
        del kept["accept"]
        kept["content-type"] = kept["content-type"].partition(";")[0]
    return kept


async def test_an_identity_shows_its_token_for_storage(service, address, session):
    scopes: list[str] = []

    async def get_token(scope: str) -> AccessToken:
        scopes.append(scope)
        return AccessToken("a token", 0)

    client = SimpleNamespace(url=address, api_version="2019-02-02", credential=SimpleNamespace(get_token=get_token))
    await Points(cast(TableServiceClient, client), session).get(TABLE, "p", "r")

    assert scopes == ["https://storage.azure.com/.default"]
    assert service.asked[0].headers["authorization"] == "Bearer a token"


async def test_an_identity_that_gets_no_token_tries_again(address, session):
    async def get_token(scope: str) -> AccessToken:
        raise ClientAuthenticationError("the identity's endpoint is away")

    client = SimpleNamespace(url=address, api_version="2019-02-02", credential=SimpleNamespace(get_token=get_token))

    with pytest.raises(TryAgain):
        await Points(cast(TableServiceClient, client), session).get(TABLE, "p", "r")


@pytest.fixture
async def points(address: str, session: aiohttp.ClientSession) -> AsyncIterator[Points]:
    async with TableServiceClient(address, credential=KEY) as sdk:
        yield Points(sdk, session)


@pytest.mark.parametrize("away", [[500], [503, 503], [408], [429], [-1, -1]])
async def test_storage_that_is_away_for_a_moment_is_asked_again(service, points, away):
    service.answers = [*away]

    assert await points.create(TABLE, ROW) == ETAG
    assert len(service.asked) == len(away) + 1


@pytest.mark.parametrize("away", [500, 503, -1])
async def test_storage_that_stays_away_is_tried_three_times(service, points, away):
    service.answers = [away] * 9

    with pytest.raises(TryAgain):
        await points.create(TABLE, ROW)

    assert len(service.asked) == 3


@pytest.mark.parametrize(
    ("status", "raised"), [(404, NotFound), (409, Conflict), (412, Conflict), (400, RuntimeError), (307, RuntimeError)]
)
async def test_a_refusal_is_told_at_once(service, points, status, raised):
    service.answers = [status]

    with pytest.raises(raised, match="Whatever"):
        await points.write(TABLE, ROW, merge=False, etag=ETAG)

    assert len(service.asked) == 1


def test_a_column_of_another_kind_is_a_mistake_of_ours():
    with pytest.raises(TypeError, match="Scores is a list"):
        encoded({"Scores": []})


def test_none_is_no_column():
    assert decoded(encoded({"A": None, "B": "b"})) == {"B": "b"}


# Azurite


async def test_the_sdk_reads_what_is_written_and_the_other_way_round(storage: Storage) -> None:
    name = f"T{uuid4().hex[:10]}"
    table = await storage.tables.create_table(name)

    etag = await storage.points.create(name, ROW)
    read = await table.get_entity(ROW["PartitionKey"], ROW["RowKey"])
    assert (dict(read), read.metadata["etag"]) == (ROW, etag)

    other = {**ROW, "RowKey": "other", "Text": "ß"}
    await table.create_entity(other)
    found = await storage.points.get(name, other["PartitionKey"], "other")
    assert (dict(found), found.metadata["etag"]) == (
        other,
        (await table.get_entity(other["PartitionKey"], "other")).metadata["etag"],
    )
