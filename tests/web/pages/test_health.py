"""The health page, for Admins: problems come first, each with its remedy."""

import re
from typing import Any

import pytest

from sspr_core.health.checks import LONGEST_PAUSES
from sspr_core.model.ids import TenantId
from sspr_core.model.tenant import Discovery
from sspr_core.ports.monitoring import JobRun, QueueState
from sspr_core.ports.services import Services
from tests.builders import HOUR, PARTNER
from tests.fakes.directories import FakeDirectory
from tests.graph_rows import guid
from tests.web.pages.test_pages import text_of
from tests.web.web_env import ADMIN, ILL, NOW, OPERATOR, READER, a_populated_world, principal, visiting

COUNT = len(["settings", "storage", "graph", "mail", "discovery", "snapshots", *LONGEST_PAUSES])


async def a_well_world() -> Services:
    services: Any = await a_populated_world()
    del services.tenants.rows[ILL], services.tenants.statuses[ILL]
    services.directories.tenants[TenantId(PARTNER)] = FakeDirectory(PARTNER)
    for job in LONGEST_PAUSES:
        await services.job_runs.save(JobRun(job=job, finished_at=NOW, took=HOUR / 60))
    await services.tenants.save_discovery(Discovery(last_complete_at=NOW))
    return services  # type: ignore[no-any-return]


async def page_of(services: Services) -> str:
    async with visiting(services, **ADMIN) as admin:
        return (await admin.get("/p/health")).text


def states_of(page: str) -> list[str]:
    return re.findall(r'<span class="pill \w+">([^<]+)</span>', page)


async def test_where_all_is_well_the_page_says_so_of_every_part() -> None:
    page = await page_of(await a_well_world())

    assert f"All is well. 0 of {COUNT} checks want to be looked at." in text_of(page)
    assert states_of(page) == ["Well"] * COUNT


async def test_what_is_broken_comes_before_what_is_to_be_looked_at_and_each_says_what_to_do() -> None:
    services: Any = await a_well_world()
    services.queues.standing = [
        QueueState(name="one", waiting_count=3, poison_count=2, visible_since=None),
        QueueState(name="other", waiting_count=4, poison_count=0, visible_since=NOW - 2 * HOUR),
    ]

    page = await page_of(services)

    assert states_of(page) == ["Broken", "Look at it", *["Well"] * COUNT]
    text = text_of(page)
    assert (
        f"Something does not work until somebody does something. 2 of {COUNT + 2} checks want to be looked at." in text
    )
    assert text.index("queue other") < text.index("queue one") < text.index("settings Well")
    assert "docs/operate.md, poison messages" in text


async def test_what_mends_itself_is_no_alarm() -> None:
    services: Any = await a_well_world()
    services.queues.standing = [QueueState(name="one", waiting_count=3, poison_count=2, visible_since=None)]

    assert f"Everything works, or will again by itself. 1 of {COUNT + 1} checks wants to be looked at." in text_of(
        await page_of(services)
    )


@pytest.mark.parametrize("headers", [READER, OPERATOR])
async def test_for_others_there_is_neither_the_page_nor_a_way_to_it(headers: dict[str, str]) -> None:
    async with visiting(await a_well_world(), **headers) as client:
        refused, overview = await client.get("/p/health"), await client.get("/p")

    assert refused.status_code == 403
    assert "This needs the role Admin." in refused.text
    assert "/p/health" not in overview.text
    assert "poison" not in refused.text


async def test_an_admin_finds_it_from_every_page() -> None:
    async with visiting(await a_well_world(), **principal("Admin", oid=guid("anna"))) as admin:
        overview, health = (await admin.get("/p")).text, (await admin.get("/p/health")).text

    assert '<a href="/p/health">' in overview
    assert '<a href="/p/health" aria-current="page">' in health
    assert " style=" not in health


async def test_an_address_with_more_to_it_is_not_understood() -> None:
    async with visiting(await a_well_world(), **ADMIN) as admin:
        answer = await admin.get("/p/health?nonsense=1")

    assert (answer.status_code, "nonsense: unknown parameter" in answer.text) == (422, True)
