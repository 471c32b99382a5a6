"""The port Directories: one suite for the fake and for Microsoft Graph's adapter on the simulated cloud."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import msgspec
import pytest

from sspr_core.adapters.graph.client import Graph
from sspr_core.adapters.graph.throttling import NoBrake, RateLimiter, RetryPolicy
from sspr_core.adapters.identity import Secret
from sspr_core.model.errors import GiveUp, TryAgain
from sspr_core.model.graph_rows import Customer, DirectoryUser, Organization, ReportRow
from sspr_core.model.ids import TenantId
from sspr_core.model.problem import Access, AccessError
from sspr_core.model.tenant import Eligibility
from sspr_core.ports.storage import Directories
from sspr_core.snapshot.classification import read_licensing
from tests.fakes.directories import FakeDirectories, FakeDirectory
from tests.graph_rows import a_report_row, a_row, guid
from tests.local_stack import SimulatedCloud, simulated_cloud
from tests.telemetry_recorder import a_listener

HEALTHY = "healthy"


@dataclass
class Provider:
    """Directories, with the ids of a healthy tenant, of one without consent, and of another partner's."""

    directories: Directories
    tenants: dict[str, TenantId]
    users: dict[str, DirectoryUser]
    report: dict[str, ReportRow]

    @property
    def healthy(self) -> TenantId:
        return self.tenants[HEALTHY]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedCloud]:
    folder = tmp_path_factory.mktemp("cloud")
    with simulated_cloud(folder, "--tenants", "36", "--users", "25", "--page-size", "10", "--no-report-limit") as one:
        yield one


async def no_sleep(_seconds: float) -> None:
    return


def graph(cloud: SimulatedCloud, monkeypatch: pytest.MonkeyPatch, secret: str | None = None) -> Graph:
    monkeypatch.setenv("SSL_CERT_FILE", cloud.says["ca_file"])
    return Graph(
        url=cloud.says["graph_url"],
        authority=cloud.says["authority"],
        partner_tenant_id=cloud.says["partner_tenant_id"],
        client_id=cloud.says["client_id"],
        proof=Secret(secret or cloud.says["client_secret"]),
        patience=RetryPolicy(sleep=no_sleep),
        report_brake=NoBrake,
    )


@pytest.fixture(params=["fake", "graph"])
async def provider(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Provider]:
    if request.param == "fake":
        yield a_fake()
        return
    cloud: SimulatedCloud = request.getfixturevalue("cloud")
    healthy = next(one["tenant_id"] for one in cloud.says["tenants"] if one["special"] is None)
    people = cloud.ask("GET", f"directory/{healthy}")["users"]
    adapter = graph(cloud, monkeypatch)
    yield Provider(
        adapter,
        {HEALTHY: TenantId(healthy)}
        | {one["special"]: TenantId(one["tenant_id"]) for one in cloud.says["tenants"] if one["special"]},
        {one["user"]["id"]: msgspec.convert(one["user"], DirectoryUser) for one in people},
        {one["user"]["id"]: msgspec.convert(one["report"], ReportRow) for one in people if one["report"]},
    )
    await adapter.close()


def a_fake() -> Provider:
    names = ["ana", "ben", "cas"]
    tenants = {name: TenantId(guid(name)) for name in (HEALTHY, "consent_missing", "wrong_tenant")}
    no_consent = GiveUp(AccessError(word=Access.CONSENT_MISSING, code="AADSTS700016", message="Not found."))
    directories = {tenant: FakeDirectory(tenant) for tenant in tenants.values()}
    directories[tenants[HEALTHY]].user_rows = [a_row(name) for name in names]
    directories[tenants[HEALTHY]].report_rows = [a_report_row(name) for name in names]
    directories[tenants["consent_missing"]].trouble["open"] = no_consent
    directories[tenants["wrong_tenant"]].answers_as = guid("another")
    customers = [Customer(tenant_id=tenant, display_name="x") for tenant in tenants.values()]
    return Provider(
        FakeDirectories(directories, customers),
        tenants,
        {guid(name): a_row(name) for name in names},
        {guid(name): a_report_row(name) for name in names},
    )


async def test_the_users_of_all_pages_are_the_directorys(provider: Provider) -> None:
    async with provider.directories.open(provider.healthy) as directory:
        found = [row async for page in directory.users() for row in page]

    assert {row.id: row for row in found} == provider.users
    assert len(found) == len(provider.users)


async def test_the_report_has_a_row_for_everyone_it_knows(provider: Provider) -> None:
    async with provider.directories.open(provider.healthy) as directory:
        found = [row async for page in directory.report() for row in page]

    assert {row.id: row for row in found} == provider.report


async def test_the_directory_says_whose_it_is_and_what_it_has_bought(provider: Provider) -> None:
    async with provider.directories.open(provider.healthy) as directory:
        organization, licences = await directory.organization(), await directory.licences()

    assert organization.id == provider.healthy
    assert any(sku.capability_status == "Enabled" for sku in licences)


async def test_no_consent_is_a_permanent_refusal_with_its_word(provider: Provider) -> None:
    with pytest.raises(GiveUp) as caught:
        async with provider.directories.open(provider.tenants["consent_missing"]):
            pass

    assert caught.value.trouble.word is Access.CONSENT_MISSING
    assert caught.value.trouble.code == "AADSTS700016"


async def test_another_tenants_answers_can_be_told_by_their_organization(provider: Provider) -> None:
    tenant = provider.tenants["wrong_tenant"]

    async with provider.directories.open(tenant) as directory:
        found: Organization = await directory.organization()

    assert found.id != tenant


async def test_all_customers_are_listed(provider: Provider) -> None:
    assert set(provider.tenants.values()) <= {one.tenant_id for one in await provider.directories.customers()}


@pytest.mark.parametrize(
    ("special", "kind", "word"),
    [
        ("permission_missing", GiveUp, Access.PERMISSION_MISSING),
        ("conditional_access", GiveUp, Access.BLOCKED),
        ("gone", GiveUp, Access.TENANT_GONE),
        ("foreign_next_link", GiveUp, Access.OTHER),
        ("html_502", TryAgain, Access.UNAVAILABLE),
        ("truncated", TryAgain, Access.UNAVAILABLE),
        ("throttled_silent", None, None),
        ("throttled_retry_after", None, None),
        ("falsely_not_premium", None, None),
    ],
)
async def test_every_trouble_of_the_cloud_has_its_word_or_passes(
    cloud: SimulatedCloud,
    monkeypatch: pytest.MonkeyPatch,
    special: str,
    kind: type[GiveUp | TryAgain] | None,
    word: Access | None,
) -> None:
    adapter = graph(cloud, monkeypatch)
    found: AccessError | None = None
    caught: Exception | None = None
    try:
        async with adapter.open(TenantId(cloud.special(special))) as directory:
            async for _ in directory.report():
                pass
            async for _ in directory.users():
                pass
    except (GiveUp, TryAgain) as error:
        caught, found = error, error.trouble
    await adapter.close()

    assert type(caught) is (kind or type(None))
    assert (found.word if found else None) is word


async def test_a_licence_runs_out_between_two_readings_and_is_bought_again(
    cloud: SimulatedCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = next(one["tenant_id"] for one in cloud.says["tenants"] if one["special"] is None)
    adapter = graph(cloud, monkeypatch)

    found = []
    for stage in ("renewed", "ending", "ended", "renewed"):
        cloud.ask("POST", "licence", {"tenant": tenant, "stage": stage})
        async with adapter.open(TenantId(tenant)) as directory:
            licensing = read_licensing(await directory.licences())
            ending = sum(one.ending_count for one in licensing.licences if one.premium)
            found.append((stage, licensing.eligibility, ending == licensing.premium_seat_count))
            if stage == "ended":
                with pytest.raises(TryAgain):  # believed only if the licences agree
                    await anext(directory.report())
    await adapter.close()

    assert found == [
        ("renewed", Eligibility.ELIGIBLE, False),
        ("ending", Eligibility.ELIGIBLE, True),
        ("ended", Eligibility.INELIGIBLE, True),
        ("renewed", Eligibility.ELIGIBLE, False),
    ]


async def test_a_wrong_secret_is_our_own_trouble_and_never_in_the_message(
    cloud: SimulatedCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = graph(cloud, monkeypatch, secret="not-the-secret")

    with pytest.raises(GiveUp) as caught:
        async with adapter.open(TenantId(cloud.tenant_ids[0])):
            pass
    await adapter.close()

    assert caught.value.trouble.word is Access.APP_CREDENTIAL
    assert "not-the-secret" not in caught.value.trouble.message


@pytest.mark.parametrize(
    ("fault", "kind", "word"),
    [
        ({"status": 401, "code": "AADSTS700213"}, TryAgain, Access.APP_CREDENTIAL),
        ({"status": 401, "code": "AADSTS7000277"}, GiveUp, Access.APP_CREDENTIAL),
        ({"status": 401, "code": "AADSTS99999999"}, GiveUp, Access.APP_CREDENTIAL),
        ({"status": 400, "code": "AADSTS650052"}, GiveUp, Access.OTHER),
        ({"status": 400, "code": "AADSTS7000229"}, GiveUp, Access.CONSENT_MISSING),
    ],
)
async def test_what_entra_says_of_the_app_is_told_from_what_it_says_of_the_tenant(
    cloud: SimulatedCloud,
    monkeypatch: pytest.MonkeyPatch,
    fault: dict[str, object],
    kind: type[GiveUp | TryAgain],
    word: Access,
) -> None:
    heard = a_listener()
    cloud.ask("POST", "faults", {"path": "/token", **fault})
    adapter = graph(cloud, monkeypatch)
    adapter._telemetry = heard.telemetry

    with pytest.raises(kind) as caught:
        async with adapter.open(TenantId(cloud.tenant_ids[0])):
            pass
    cloud.ask("DELETE", "faults")
    await adapter.close()

    assert caught.value.trouble
    assert (caught.value.trouble.word, caught.value.trouble.code) == (word, fault["code"])
    counted = [name for name, _ in heard.metrics()]
    assert counted == (["sspr.credential.failures"] if (kind, word) == (GiveUp, Access.APP_CREDENTIAL) else [])


async def test_a_connection_that_drops_is_temporary(cloud: SimulatedCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = next(one["tenant_id"] for one in cloud.says["tenants"] if one["special"] is None)
    cloud.ask("POST", "faults", {"tenant": tenant, "path": "/users", "status": 0})
    adapter = graph(cloud, monkeypatch)

    async with adapter.open(TenantId(tenant)) as directory:
        with pytest.raises(TryAgain):
            await anext(directory.users())
    cloud.ask("DELETE", "faults")
    await adapter.close()


async def test_a_throttled_page_is_asked_again_and_nothing_is_missed(
    cloud: SimulatedCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = next(one["tenant_id"] for one in cloud.says["tenants"] if one["special"] is None)
    cloud.ask("POST", "faults", {"tenant": tenant, "path": "/users", "status": 429, "count": 2, "retry_after": 3})
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    adapter = graph(cloud, monkeypatch)
    adapter._patience = RetryPolicy(sleep=sleep)
    async with adapter.open(TenantId(tenant)) as directory:
        found = [row.id async for page in directory.users() for row in page]
    await adapter.close()

    assert waits == [3, 3]
    assert sorted(found) == sorted(one["user"]["id"] for one in cloud.ask("GET", f"directory/{tenant}")["users"])


async def test_the_report_is_read_with_the_brake_on_unless_told_otherwise(
    cloud: SimulatedCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[RateLimiter] = []

    class Counting(RateLimiter):
        async def turn(self) -> None:
            turns.append(self)

    adapter = graph(cloud, monkeypatch)
    adapter._report_brake = Counting
    tenant = next(one["tenant_id"] for one in cloud.says["tenants"] if one["special"] is None)
    async with adapter.open(TenantId(tenant)) as directory:
        pages = [page async for page in directory.report()]
        async for _ in directory.users():
            pass
    await adapter.close()

    assert len(turns) == len(pages)
    usual = Graph.__init__.__kwdefaults__
    assert usual
    assert usual["report_brake"] is RateLimiter


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ({"status": 503}, Access.UNAVAILABLE),
        ({"status": 503, "body": "html"}, Access.UNAVAILABLE),
        ({"status": 429, "retry_after": 17}, Access.THROTTLED),
        ({"status": 0}, Access.UNAVAILABLE),
    ],
    ids=["503", "html", "429", "dropped"],
)
async def test_a_token_endpoint_in_trouble_is_temporary_though_it_names_no_code(
    cloud: SimulatedCloud, monkeypatch: pytest.MonkeyPatch, fault: dict[str, object], word: Access
) -> None:
    tenant = next(one["tenant_id"] for one in cloud.says["tenants"] if one["special"] is None)
    cloud.ask("POST", "faults", {"tenant": tenant, "path": "/token", **fault})
    adapter = graph(cloud, monkeypatch)

    with pytest.raises(TryAgain) as caught:
        async with adapter.open(TenantId(tenant)):
            pass
    cloud.ask("DELETE", "faults")
    await adapter.close()

    assert caught.value.trouble
    assert caught.value.trouble.word is word
