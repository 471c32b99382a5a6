"""Branding: the look of mails and the names in them."""

from playwright.async_api import expect

from tests.browser.axe import assert_accessible
from tests.browser.conftest import PageAs, Shoot
from tests.browser.page_errors import Heard
from tests.browser.tenants import busy
from tests.e2e.conftest import Product

SHOWN = "iframe.preview:not([hidden])"


async def test_the_branding_can_be_used_by_everyone(page_as: PageAs, shoot: Shoot, scheme: str) -> None:
    page = await page_as("Operator", scheme)
    await page.goto("/p")

    await page.get_by_role("link", name="Branding").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Branding")
    await expect(page.frame_locator(SHOWN).get_by_text("aka.ms/mysecurityinfo").first).to_be_visible()
    await assert_accessible(page)
    await shoot(page, f"branding-{scheme}")


async def test_a_colour_that_cannot_be_read_on_is_refused_beside_its_field(
    product: Product, page_as: PageAs, heard: Heard, shoot: Shoot
) -> None:
    tenant = busy(product, 1)
    page = await page_as("Operator")
    await page.goto("/p/branding")
    await page.get_by_role("combobox", name="Tenant").select_option(tenant["display_name"])
    await expect(page.get_by_role("heading", name="This tenant's own")).to_be_visible()
    mail = page.frame_locator(SHOWN)

    await page.get_by_label("Company").fill("Fjord IT")
    await expect(mail.get_by_text("Fjord IT").first).to_be_visible()
    await page.get_by_label("Colour").fill("#ffee00")
    await expect(mail.get_by_text("There is no preview yet")).to_be_visible()
    heard.expect("422")
    await page.get_by_role("button", name="Save").click()

    await expect(page.get_by_role("alert")).to_contain_text("Nothing was saved")
    await expect(page.get_by_label("Colour")).to_have_attribute("aria-invalid", "true")
    await expect(page.locator("#h-colour")).to_contain_text("contrast")
    await expect(page.get_by_label("Company")).to_have_value("Fjord IT")
    await assert_accessible(page)
    await shoot(page, "branding-wrong", whole=False)
    await page.get_by_label("Colour").fill("#0b6a0b")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    await expect(mail.get_by_text("Fjord IT").first).to_be_visible()
    header = mail.get_by_role("heading").first.locator("xpath=ancestor::*[contains(@class, 'p')]")
    colours = await header.evaluate_all("all => all.map(one => getComputedStyle(one).backgroundColor)")
    assert "rgb(11, 106, 11)" in colours

    await page.goto("/p/branding")
    await expect(page.get_by_label("Company")).to_have_value("")
    await expect(mail.get_by_text("Fjord IT")).to_have_count(0)
