"""The health page, for Admins."""

from playwright.async_api import expect

from tests.browser.axe import assert_accessible, assert_accessible_in_both_looks
from tests.browser.conftest import PageAs, Shoot


async def test_an_admin_sees_at_once_what_wants_to_be_looked_at(page_as: PageAs, shoot: Shoot, scheme: str) -> None:
    page = await page_as("Admin", scheme)
    await page.goto("/p")

    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Health").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Health")
    await expect(page.get_by_text("checks want to be looked at")).to_be_visible()
    snapshots = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="snapshots", exact=True))
    await expect(snapshots).to_contain_text("Look at it")
    await expect(snapshots).to_contain_text("See GET /api/v1/overview, completeness")
    await assert_accessible(page)
    await shoot(page, f"health-{scheme}")


async def test_it_fits_a_phone(page_as: PageAs, shoot: Shoot) -> None:
    page = await page_as("Admin", width=360, height=740)

    await page.goto("/p/health")

    await shoot(page, "phone-health")
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    await assert_accessible_in_both_looks(page)
