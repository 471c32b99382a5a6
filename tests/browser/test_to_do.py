"""What a technician should act on."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.axe import assert_accessible
from tests.browser.conftest import PageAs, Shoot
from tests.browser.tenants import table_of, without_news
from tests.e2e.conftest import Product, wait_until


async def test_the_work_is_listed_in_its_order_for_everyone(page_as: PageAs, shoot: Shoot, scheme: str) -> None:
    page = await page_as("Operator", scheme)
    await page.goto("/p")

    await page.get_by_role("link", name="see what to do").click()

    await expect(page).to_have_url("/p/to-do")
    await page.wait_for_load_state()
    assert (await page.get_by_role("heading", level=2).all_inner_texts())[:4] == [
        "Tenants without consent",
        "Tenants that cannot be read",
        "SSPR not switched on for everybody",
        "Administrators not registered",
    ]
    await assert_accessible(page)
    await shoot(page, f"to-do-{scheme}")


@pytest.mark.parametrize(
    ("group", "leads_to"),
    [
        ("Administrators not registered", "admin=true&to_register=true"),
        ("Users with a single method", "single_method=true&excluded_reason=none"),
    ],
)
async def test_users_who_want_attention_are_one_click_away(page_as: PageAs, group: str, leads_to: str) -> None:
    page = await page_as("Reader")
    await page.goto("/p/to-do")
    first = page.get_by_role("region", name=group).get_by_role("listitem").first
    count = int((await first.get_by_role("paragraph").inner_text()).split()[0])

    await first.get_by_role("link", name="Show").click()

    await expect(page).to_have_url(re.compile(re.escape(leads_to)))
    assert len(await table_of(page)) == count


async def test_a_long_group_can_be_seen_whole_at_an_address_of_its_own(page_as: PageAs) -> None:
    page = await page_as("Reader")
    await page.goto("/p/to-do")
    group = page.get_by_role("region", name="Users with a single method")
    await expect(group.get_by_role("listitem")).to_have_count(8)

    await group.get_by_role("link", name=re.compile("Show all .* tenants")).click()

    await expect(page).to_have_url(re.compile(r"all=single_method#single_method"))
    await page.wait_for_load_state()
    assert await group.get_by_role("listitem").count() > 8


async def test_the_settings_of_a_tenant_are_edited_in_its_own_entra(page_as: PageAs) -> None:
    page = await page_as("Reader")
    await page.goto("/p/to-do")
    task = page.get_by_role("region", name="SSPR not switched on for everybody").get_by_role("listitem").first
    tenant = str(await task.get_by_role("heading").get_by_role("link").get_attribute("href")).rpartition("/")[2]

    edit = task.get_by_role("link", name="Edit SSPR settings")

    await expect(edit).to_have_attribute("href", re.compile(f"^https://entra.microsoft.com/{tenant}/"))
    await expect(edit).to_have_attribute("target", "_blank")


async def test_the_consent_link_is_copied_and_consent_is_seen_by_checking(product: Product, page_as: PageAs) -> None:
    tenant = product.cloud.special("consent_missing")
    page = await page_as("Operator")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.goto("/p/to-do")
    task = page.get_by_role("region", name="Tenants without consent").get_by_role("listitem")

    await task.get_by_role("button", name="Copy link").click()
    await expect(page.locator("#said")).to_have_text("Copied")
    link = await task.get_by_role("link", name="Consent link").get_attribute("href")
    assert await page.evaluate("navigator.clipboard.readText()") == link
    await task.get_by_role("button", name="Check now").click()
    await expect(task).to_contain_text("Let an administrator of the tenant grant consent")
    product.cloud.ask("POST", "heal", {"tenant": tenant})
    async with without_news(page):
        await task.get_by_role("button", name="Check now").click()
        await expect(task).to_contain_text("Reading the tenant")

    await expect(task).to_contain_text("Refreshed.")
    await task.get_by_role("link", name="Show the new figures").click()
    await expect(page).to_have_url(f"/p/tenants/{tenant}")
    await expect(page.get_by_role("region", name="To register", exact=True)).to_be_visible()
    product.cloud.ask("POST", "ail", {"tenant": tenant, "special": "consent_missing"})
    product.get(f"tenants/{tenant}/refresh", method="POST", role="operator")
    wait_until(lambda: product.tenants()[tenant]["problem"], "consent is missing again")
