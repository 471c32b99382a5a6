"""One tenant: its figures and its users."""

import asyncio
import csv
import io
import re

import pytest
from openpyxl import load_workbook
from playwright.async_api import Route, expect

from tests.browser.axe import assert_accessible, assert_accessible_in_both_looks
from tests.browser.conftest import PageAs, Shoot
from tests.browser.tenants import assert_bookmarkable, busy, downloaded, names, table_of, users, without_news
from tests.e2e.conftest import Product


async def test_a_tenant_shows_its_figures_and_users_to_everyone(
    product: Product, page_as: PageAs, shoot: Shoot, scheme: str
) -> None:
    tenant = busy(product)
    page = await page_as("Operator", scheme)
    await page.goto("/p")

    await page.get_by_role("link", name=tenant["display_name"], exact=True).click()

    await expect(page.get_by_role("heading", level=1)).to_have_text(tenant["display_name"])
    await expect(page.get_by_role("region", name="To register", exact=True)).to_contain_text(
        f"{tenant['to_register_count']}\nof {tenant['population_count']} users", use_inner_text=True
    )
    await expect(page.get_by_role("region", name="Licences")).to_contain_text("seats of Entra ID P1 or P2")
    for name in ("Edit SSPR settings in Entra", "Authentication methods report"):
        await expect(page.get_by_role("link", name=name)).to_have_attribute(
            "href", re.compile(f"^https://entra.microsoft.com/{tenant['tenant_id']}/#view/")
        )
    await shoot(page, f"tenant-{scheme}", whole=False)
    await page.get_by_text("The figures as a table").click()
    await expect(page.get_by_role("region", name="figures").get_by_role("row")).not_to_have_count(1)
    await names(page).first.hover()
    await page.get_by_label("Select all on this page").check()
    await assert_accessible(page)


@pytest.mark.parametrize(
    ("special", "told"),
    [
        ("not_premium", "Licences are, every day"),
        ("gone", "set the tenant inactive if the customer's directory was deleted"),
    ],
)
async def test_a_tenant_without_figures_says_why_and_what_to_do(
    product: Product, page_as: PageAs, shoot: Shoot, special: str, told: str
) -> None:
    page = await page_as("Operator")

    await page.goto(f"/p/tenants/{product.cloud.special(special)}")

    await expect(page.get_by_role("heading", name="No snapshot yet")).to_be_visible()
    await expect(page.get_by_text(told)).to_be_visible()
    await assert_accessible_in_both_looks(page)
    await shoot(page, f"tenant-{special}-dark")


async def test_users_are_searched_filtered_sorted_and_paged_by_the_address(product: Product, page_as: PageAs) -> None:
    tenant = busy(product)["tenant_id"]
    page = await page_as("Reader")
    await page.goto(f"/p/tenants/{tenant}?limit=5")

    await page.get_by_role("combobox", name="Registration").select_option("Not registered")
    await expect(page).to_have_url(re.compile("registration=not_registered"))
    await page.get_by_label("Search", exact=True).press_sequentially("example")
    await expect(page).to_have_url(re.compile("q=example"))
    await page.get_by_role("link", name="User name").click()
    await expect(page).to_have_url(re.compile("sort=upn"))
    first = await table_of(page)
    await page.get_by_role("link", name="Next page").click()
    await expect(page).to_have_url(re.compile("continuation="))

    wanted = users(product, tenant, registration="not_registered", q="example", sort="upn")
    assert [*first, *await table_of(page)] == [one["display_name"] for one in wanted[:10]]
    await assert_bookmarkable(page)


async def test_a_filter_that_lets_nobody_through_says_so(product: Product, page_as: PageAs) -> None:
    page = await page_as("Reader")

    await page.goto(f"/p/tenants/{busy(product)['tenant_id']}?q=nobody+is+called+so")

    await expect(page.get_by_text("No user is like that")).to_be_visible()
    await assert_accessible_in_both_looks(page)
    await page.get_by_role("link", name="show all").click()
    await expect(page.get_by_text("No user is like that")).to_have_count(0)
    assert await table_of(page)


async def test_the_exports_are_the_list_that_is_shown(product: Product, page_as: PageAs) -> None:
    tenant = busy(product)["tenant_id"]
    page = await page_as("Reader")
    await page.goto(f"/p/tenants/{tenant}?to_register=true")

    _, as_csv = await downloaded(page.get_by_role("link", name="Export CSV"))
    _, as_xlsx = await downloaded(page.get_by_role("link", name="Export XLSX"))

    rows = csv.DictReader(io.StringIO(as_csv.decode("utf-8-sig")))
    cells = load_workbook(io.BytesIO(as_xlsx))["Users"]
    wanted = [one["display_name"] for one in users(product, tenant, to_register="true")]
    assert [row["display_name"] for row in rows] == wanted
    assert [row[0].value for row in cells.iter_rows(min_row=2)] == wanted


async def test_who_types_on_while_the_list_is_on_its_way_finds_all_that_was_typed(
    product: Product, page_as: PageAs
) -> None:
    page = await page_as("Reader")
    await page.goto(f"/p/tenants/{busy(product)['tenant_id']}")
    on_its_way = asyncio.Event()

    async def slowly(route: Route) -> None:
        on_its_way.set()
        await asyncio.sleep(0.4)
        await route.continue_()

    await page.route(re.compile("q=user1$"), slowly)
    search = page.get_by_label("Search", exact=True)
    await search.press_sequentially("user1")
    await on_its_way.wait()
    await search.press_sequentially("3@")

    await expect(page).to_have_url(re.compile("q=user13%40"))
    await expect(search).to_have_value("user13@")
    await expect(names(page)).to_have_count(1)


async def test_refresh_now_is_watched_until_the_new_figures_are_there(
    product: Product, page_as: PageAs, shoot: Shoot
) -> None:
    tenant = busy(product, 3)["tenant_id"]
    page = await page_as("Operator")
    await page.goto(f"/p/tenants/{tenant}")
    before = await page.get_by_role("region", name="Coverage", exact=True).inner_text()
    product.cloud.change(tenant, 6)

    async with without_news(page):
        await page.get_by_role("button", name="Refresh now").click()
        await expect(page.get_by_role("progressbar", name="Taking a snapshot")).to_be_visible()
        await assert_accessible(page)
    await page.get_by_role("link", name="Show the new figures").click()

    now = product.tenants()[tenant]
    coverage = page.get_by_role("region", name="Coverage", exact=True)
    await expect(coverage).to_contain_text(f"{now['coverage']:.1%}")
    assert before != await coverage.inner_text()
    changes = page.get_by_role("region", name="Recent changes")
    await expect(changes.get_by_role("listitem").first).to_contain_text("just now")
    told = product.get(f"tenants/{tenant}/changes?limit=1000")["items"]
    await expect(changes.get_by_role("listitem")).to_have_count(min(5, len(told)))
    await shoot(page, "tenant-refreshed", whole=False)
