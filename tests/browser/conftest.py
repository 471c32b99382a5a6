"""Users of the product in real Chromium; browser and product are started once for all tests of this folder.

A test is one journey, in the colour scheme that `scheme` names (it runs once light and once dark):

    async def test_the_overview_can_be_read_by_everyone(page_as, shoot, scheme):
        page = await page_as("Reader", scheme)
        await page.goto("/p")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
        await assert_accessible(page)
        await shoot(page, f"overview-{scheme}")

`page_as(role)` signs a user in (None: not signed in) in a browser context of its own; `page_as("Reader", width=360)` is
a phone. `assert_accessible` is axe, in tests/browser/axe.py; call it again with a dialog open. Any error on the
console, in a script or of a request fails the test at its end; a test that provokes an error declares it before:
`heard.expect("403")`. `product` is the same as in tests/e2e: its simulated cloud, its host, its API. Everything is
async: Playwright's sync API would occupy the event loop of every later test.
"""

import inspect
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from dev import chromium as installed
from dev.azurite import ROOT
from dev.bootstrap import BROWSER
from sspr_core.adapters.storage import open_storage
from tests.browser.page_errors import Heard
from tests.browser.past_days import give_a_past
from tests.e2e.conftest import Product, running

SCREENSHOTS = ROOT / ".local" / "screenshots"
ARGUMENTS = ["--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]

PATIENCE = 30_000  # milliseconds: a busy machine must not fail a page
expect.set_options(timeout=PATIENCE)

type PageAs = Callable[..., Awaitable[Page]]
type Shoot = Callable[..., Awaitable[None]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All on one loop, where the browser runs; tests/process_groups.py keeps them in one process."""
    for item in items:
        here = Path(__file__).parent in item.path.parents
        if here and inspect.iscoroutinefunction(getattr(item, "function", None)):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def fresh_product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Every kind of tenant, after the first snapshots; emails are sent at once."""
    folder, no_quota = tmp_path_factory.mktemp("browser"), {"SSPR_MAIL_PER_MINUTE": "0", "SSPR_MAIL_PER_HOUR": "0"}
    with running(folder, "--tenants", "40", "--users", "40", "--seed", "3", **no_quota) as one:
        yield one


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def product(fresh_product: Product) -> Product:
    """The same with two months of history."""
    storage = open_storage(connection=fresh_product.azurite.connection)
    await give_a_past(storage)
    await storage.close()
    return fresh_product


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = installed.known(BROWSER, os.environ) or installed.find(os.environ)
    if not path:
        pytest.fail("no Chromium or Chrome is there; run the set-up: python3 dev/bootstrap.py test", pytrace=False)
    async with async_playwright() as playwright:
        one = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield one
        await one.close()


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    """The colour scheme of the user's system."""
    return str(request.param)


@pytest.fixture
def heard() -> Iterator[Heard]:
    """The errors that the browser reported; at the end of the test each must have been expected."""
    one = Heard()
    yield one
    one.assert_only_what_was_expected()


@pytest_asyncio.fixture(loop_scope="session")
async def page_as(product: Product, browser: Browser, heard: Heard) -> AsyncIterator[PageAs]:
    """A page for a user with this role."""
    contexts: list[BrowserContext] = []

    async def opened(role: str | None, scheme: str = "light", *, width: int = 1280, height: int = 900) -> Page:
        context = await browser.new_context(
            base_url=product.url,
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="UTC",
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        heard.listen(context)
        if role:
            answer = await context.request.get(f"/.auth/login/local?role={role}", max_redirects=0)
            assert answer.status == 302, f"nobody is {role}"
        return await context.new_page()

    yield opened
    for context in contexts:
        await context.close()


@pytest.fixture
def shoot() -> Shoot:
    """A screenshot of the page in .local/screenshots; `whole` False: only the part visible without scrolling."""

    async def shot(page: Page, name: str, *, whole: bool = True) -> None:
        await page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=whole, animations="disabled")

    return shot
