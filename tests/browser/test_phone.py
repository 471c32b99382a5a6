"""The same pages 360 pixels wide: nothing is wider than the screen, and everything stays accessible."""

from collections.abc import Callable

import pytest
from playwright.async_api import expect

from tests.browser.axe import assert_accessible_in_both_looks
from tests.browser.conftest import PageAs, Shoot
from tests.browser.tenants import busy
from tests.e2e.conftest import Product

PAGES: dict[str, Callable[[Product], str]] = {
    "overview": lambda _: "/p",
    "to-do": lambda _: "/p/to-do",
    "tenant": lambda product: f"/p/tenants/{busy(product)['tenant_id']}",
    "failed": lambda product: f"/p/tenants/{product.cloud.special('gone')}",
    "templates": lambda _: "/p/templates",
    "branding": lambda _: "/p/branding",
}


@pytest.mark.parametrize("name", PAGES)
async def test_every_page_fits_a_phone(product: Product, page_as: PageAs, shoot: Shoot, name: str) -> None:
    page = await page_as("Operator", width=360, height=740)

    await page.goto(PAGES[name](product))

    await shoot(page, f"phone-{name}")
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    await assert_accessible_in_both_looks(page)


async def test_the_dialog_fits_a_phone(product: Product, page_as: PageAs, shoot: Shoot) -> None:
    page = await page_as("Operator", width=360, height=740)
    await page.goto(PAGES["tenant"](product))

    await page.get_by_role("button", name="Select all users").click()
    await page.get_by_role("button", name="Create email").click()

    dialog = page.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    assert await dialog.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    await assert_accessible_in_both_looks(page)
    await shoot(page, "phone-draft", whole=False)


async def test_on_a_phone_every_page_is_in_sight_and_the_table_is_moved_by_itself(
    product: Product, page_as: PageAs
) -> None:
    page = await page_as("Operator", width=360, height=740)
    await page.goto(PAGES["tenant"](product))

    for link in await page.get_by_role("navigation", name="Main").get_by_role("link").all():
        box = await link.bounding_box()
        assert box
        assert box["x"] + box["width"] <= 360
    table = page.get_by_role("region", name="Table of users")
    assert await table.evaluate("one => (one.scrollLeft = 200, one.scrollLeft)") == 200
