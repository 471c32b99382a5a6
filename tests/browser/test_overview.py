"""The overview: all tenants at once."""

import re
from datetime import timedelta

from playwright.async_api import expect

from tests.browser.axe import assert_accessible, assert_accessible_in_both_looks
from tests.browser.conftest import PageAs, Shoot
from tests.browser.past_days import aged
from tests.browser.tenants import assert_bookmarkable, busy, names, table_of
from tests.e2e.conftest import Product


async def test_the_overview_shows_every_tenant_to_everyone(
    product: Product, page_as: PageAs, shoot: Shoot, scheme: str
) -> None:
    page = await page_as("Operator", scheme)

    await page.goto("/p")

    await expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    totals = product.get("overview")["totals"]
    await expect(page.get_by_role("region", name="To register", exact=True)).to_contain_text(
        f"{totals['to_register_count']:,}"
    )
    await expect(page.get_by_role("region", name="Coverage", exact=True)).to_contain_text("points in 30 days")
    await expect(page.get_by_role("img", name=re.compile("^Coverage of all tenants: .*% on"))).to_be_visible()
    assert len(await table_of(page)) == len(product.tenants())
    await assert_accessible(page)
    await shoot(page, f"overview-{scheme}")


async def test_what_could_not_be_read_has_its_reason_and_remedy_one_click_away(
    product: Product, page_as: PageAs, shoot: Shoot, scheme: str
) -> None:
    page = await page_as("Reader", scheme)
    await page.goto("/p")

    await page.get_by_text("could not be read").click()

    failed = product.get("overview")["completeness"]["failed"]
    told = page.locator(".bar-message li")
    await expect(told).to_have_count(len(failed))
    await expect(told.filter(has_text="Consent missing").get_by_role("link", name="consent link")).to_have_attribute(
        "href", re.compile("/adminconsent")
    )
    await names(page).first.hover()
    await assert_accessible(page)
    await shoot(page, f"overview-problems-{scheme}", whole=False)


async def test_search_filters_and_order_are_in_the_address(page_as: PageAs) -> None:
    page = await page_as("Reader")
    await page.goto("/p")

    await page.get_by_label("Search", exact=True).press_sequentially("contoso")
    await expect(page).to_have_url(re.compile("q=contoso"))
    await expect(page.get_by_label("Search", exact=True)).to_be_focused()
    assert len(await table_of(page)) == 2
    await page.get_by_label("Search", exact=True).fill("")
    await expect(page).not_to_have_url(re.compile("q="))
    await page.get_by_role("combobox", name="SSPR scope").select_option("Some")
    await expect(page).to_have_url(re.compile("sspr_scope=some"))
    await page.get_by_role("combobox", name="Coverage below").select_option("80 %")
    await expect(page).to_have_url(re.compile("coverage_below=0.8"))
    await page.get_by_role("link", name="To register", exact=True).click()
    await expect(page).to_have_url(re.compile("sort=to_register_count"))
    await page.get_by_role("link", name="To register", exact=True).click()
    await expect(page.get_by_role("columnheader", name="To register")).to_have_attribute("aria-sort", "descending")

    assert "=&" not in page.url
    await assert_bookmarkable(page)
    await page.get_by_role("link", name="Clear").click()
    await expect(page).to_have_url("/p")
    await page.go_back()
    await expect(page.get_by_role("combobox", name="SSPR scope")).to_have_value("some")


async def test_pages_follow_one_another_by_their_addresses(product: Product, page_as: PageAs) -> None:
    page = await page_as("Reader")
    await page.goto("/p?limit=25&sort=-population_count")
    first = await table_of(page)

    await page.get_by_role("link", name="Next page").click()

    await expect(page).to_have_url(re.compile("continuation="))
    second = await table_of(page)
    assert len(first) + len(second) == len(product.tenants())
    assert not set(first) & set(second)
    await assert_bookmarkable(page)
    await page.get_by_role("link", name="First page").click()
    await expect(page).not_to_have_url(re.compile("continuation="))
    assert await table_of(page) == first


async def test_a_search_that_finds_nothing_says_how_to_go_on(page_as: PageAs) -> None:
    page = await page_as("Reader")
    await page.goto("/p/branding")

    await page.get_by_label("Search tenants").fill("nobody is called so")
    await page.get_by_label("Search tenants").press("Enter")

    await expect(page.get_by_text("No tenant is like that")).to_be_visible()
    await assert_accessible_in_both_looks(page)
    await page.get_by_role("link", name="show all").click()
    await expect(page).to_have_url("/p")
    assert await table_of(page)


async def test_a_tenants_state_is_told_in_its_row(product: Product, page_as: PageAs) -> None:
    page = await page_as("Reader")
    await page.goto("/p")

    for special, words in (
        ("not_premium", "Ineligible"),
        ("gone", "In process"),
        ("gone", "Tenant gone"),
        ("html_502", "Unavailable"),
    ):
        name = product.tenants()[product.cloud.special(special)]["display_name"]
        row = page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))
        await expect(row).to_contain_text(words)


async def test_old_figures_are_shown_and_called_stale(product: Product, page_as: PageAs) -> None:
    tenant = busy(product, -1)
    page = await page_as("Reader")

    async with aged(product.azurite.connection, tenant["tenant_id"], timedelta(hours=30)):
        await page.goto("/p")
        row = page.get_by_role("row").filter(has=page.get_by_role("link", name=tenant["display_name"], exact=True))
        await expect(row).to_contain_text("1 day ago Stale")
        await expect(page.locator(".bar-message")).to_contain_text("1 stale")
        await page.goto(f"/p/tenants/{tenant['tenant_id']}")
        await expect(page.get_by_text("Stale")).to_be_visible()
