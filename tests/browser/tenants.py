"""Finds tenants of the simulated cloud for the browser tests, by their problem."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Locator, Page, Route, expect

from tests.e2e.conftest import Product


def busy(product: Product, place: int = 0) -> dict[str, Any]:
    """A tenant with many users to register: the first, second, … of them. A test that changes one uses a place of
    its own.
    """
    healthy = {one["tenant_id"] for one in product.cloud.says["tenants"] if one["special"] is None}
    waiting = [one for one in product.tenants().values() if one["tenant_id"] in healthy and one["sspr_scope"] == "all"]
    waiting.sort(key=lambda one: (-one["to_register_count"], one["tenant_id"]))
    return waiting[place]


def users(product: Product, tenant: str, **filters: str) -> list[dict[str, Any]]:
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    found: list[dict[str, Any]] = product.get(f"tenants/{tenant}/users?limit=1000&{query}")["items"]
    return found


def names(page: Page) -> Locator:
    """The names in the page's main table, in order."""
    return page.locator("tbody th[scope=row].name")


async def table_of(page: Page) -> list[str]:
    await page.wait_for_load_state()
    await expect(page.locator(".htmx-request")).to_have_count(0)
    return await names(page).all_inner_texts()


@asynccontextmanager
async def without_news(page: Page) -> AsyncIterator[None]:
    """Blocks the page's progress requests in the meantime, so that the waiting state can be checked."""
    go_on = asyncio.Event()

    async def held(route: Route) -> None:
        await go_on.wait()
        await route.continue_()

    await page.route("**/progress*", held)
    try:
        yield
    finally:
        go_on.set()
        await page.unroute_all(behavior="wait")  # plain `unroute` would also release the requests being answered now


async def assert_bookmarkable(page: Page) -> None:
    """A reload, or the same address opened elsewhere, shows what is shown now."""
    shown = await table_of(page)
    assert shown

    await page.reload()
    assert await table_of(page) == shown

    another = await page.context.new_page()
    await another.goto(page.url)
    assert await table_of(another) == shown
    await another.close()


async def downloaded(link: Locator) -> tuple[str, bytes]:
    """Name and content of the file behind a link or button."""
    async with link.page.expect_download() as downloading:
        await link.click()
    download = await downloading.value
    return download.suggested_filename, await asyncio.to_thread((await download.path()).read_bytes)
