"""What a role may not do is not offered, and is refused when tried; other errors are shown on a page."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.axe import assert_accessible, assert_accessible_in_both_looks
from tests.browser.conftest import PageAs
from tests.browser.page_errors import Heard
from tests.browser.tenants import busy
from tests.e2e.conftest import Product

FORBIDDEN = ["Refresh now", "Check now", "Save"]


async def offered(page: Page, product: Product) -> set[str]:
    """Forbidden actions for a Reader that the pages still offer."""
    found: set[str] = set()
    for path in (f"/p/tenants/{busy(product)['tenant_id']}", "/p/to-do", "/p/templates", "/p/branding"):
        await page.goto(path)
        found |= {name for name in FORBIDDEN if await page.get_by_role("button", name=name).count()}
    return found


@pytest.mark.parametrize("role", ["Reader", "Operator", "Admin"])
async def test_what_a_role_may_not_do_is_not_offered(product: Product, page_as: PageAs, role: str) -> None:
    page = await page_as(role)

    assert await offered(page, product) == (set() if role == "Reader" else set(FORBIDDEN))
    await expect(page.get_by_text(f"({role})")).to_be_visible()


async def test_a_readers_fields_are_there_to_read(page_as: PageAs) -> None:
    page = await page_as("Reader")

    await page.goto("/p/branding")
    await expect(page.get_by_label("Company")).not_to_be_editable()
    await expect(page.get_by_text("Operators may change these.")).to_be_visible()
    await assert_accessible_in_both_looks(page)


@pytest.mark.parametrize("path", ["/p/branding", "/p/templates", "refresh"])
async def test_a_reader_who_posts_by_hand_is_refused_on_a_page(
    product: Product, page_as: PageAs, heard: Heard, path: str
) -> None:
    tenant = busy(product)["tenant_id"]
    page = await page_as("Reader")
    await page.goto("/p/branding")
    heard.expect("403")

    async with page.expect_navigation():
        await page.evaluate(
            """path => {
                const form = document.createElement("form");
                Object.assign(form, {method: "post", action: path});
                form.innerHTML = '<input name="company" value="Mine">';
                document.body.append(form);
                form.submit();
            }""",
            f"/p/tenants/{tenant}/refresh" if path == "refresh" else path,
        )

    await expect(page.get_by_role("heading", level=1)).to_have_text("Not allowed")
    await expect(page.get_by_role("main")).to_contain_text("Ask an administrator of the partner's tenant for the role")
    await assert_accessible(page)
    assert product.get("settings/branding")["own"]["company"] is None


@pytest.mark.parametrize(
    ("path", "status", "heading", "words"),
    [
        ("/p/nowhere", "404", "Not found", "may have been removed"),
        ("/p/tenants/00000000-0000-4000-8000-000000000000", "404", "Not found", "not yours to see"),
        ("/p?sort=nonsense", "422", "Not understood", "sort: "),
    ],
)
async def test_an_address_that_leads_nowhere_ends_on_a_page_with_a_way_on(
    page_as: PageAs, heard: Heard, path: str, status: str, heading: str, words: str
) -> None:
    page = await page_as("Reader")
    heard.expect(status)

    await page.goto(path)

    await expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    await expect(page.get_by_role("main")).to_contain_text(words)
    await assert_accessible_in_both_looks(page)
    await page.get_by_role("main").get_by_role("link", name="Overview").click()
    await expect(page).to_have_url("/p")


async def test_what_fails_behind_a_button_is_told_where_one_is(product: Product, page_as: PageAs, heard: Heard) -> None:
    page = await page_as("Reader")
    await page.goto(f"/p/tenants/{busy(product)['tenant_id']}")
    await page.get_by_role("button", name="Select all users").click()
    heard.expect("503")

    await page.route(
        re.compile("/draft$"),
        lambda route: route.fulfill(
            status=503, body="<main><h1>Storage did not answer</h1><p>Nothing is lost.</p></main>"
        ),
    )
    await page.get_by_role("button", name="Create email").click()

    await expect(page.get_by_role("alert")).to_have_text("Storage did not answer: Nothing is lost.")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await assert_accessible(page)
