"""Templates: what users receive, with an operator's own texts."""

import re
from email import message_from_bytes, policy

from playwright.async_api import Page, expect

from tests.browser.axe import assert_accessible
from tests.browser.conftest import PageAs, Shoot
from tests.browser.page_errors import Heard
from tests.browser.tenants import busy, downloaded
from tests.e2e.conftest import Product

SHOWN = "iframe.preview:not([hidden])"


async def chosen(page: Page) -> list[str]:
    """Template, language and tenant as the page shows them."""
    boxes = [page.get_by_role("combobox", name=name) for name in ("Template", "Language", "Tenant")]
    return [await box.input_value() for box in boxes]


async def test_the_templates_can_be_used_by_everyone(page_as: PageAs, shoot: Shoot, scheme: str) -> None:
    page = await page_as("Operator", scheme)
    await page.goto("/p")

    await page.get_by_role("link", name="Templates").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Templates")
    await expect(page.frame_locator(SHOWN).get_by_text("aka.ms/mysecurityinfo").first).to_be_visible()
    await shoot(page, f"templates-{scheme}")
    await page.get_by_text("As plain text").click()
    await assert_accessible(page)


async def test_template_language_and_tenant_are_in_the_address(product: Product, page_as: PageAs) -> None:
    tenant = busy(product)
    page = await page_as("Reader")
    await page.goto("/p/templates")

    await page.get_by_role("combobox", name="Template").select_option("Last reminder")
    await expect(page).to_have_url(re.compile("template=last_reminder"))
    await page.get_by_role("combobox", name="Language").select_option("Deutsch")
    await expect(page).to_have_url(re.compile("language=de"))
    await page.get_by_role("combobox", name="Tenant").select_option(tenant["display_name"])
    await expect(page).to_have_url(re.compile("tenant="))

    wanted = ["last_reminder", "de", tenant["tenant_id"]]
    assert await chosen(page) == wanted
    await expect(page.frame_locator(SHOWN).get_by_text(tenant["display_name"]).first).to_be_visible()
    await page.reload()
    assert await chosen(page) == wanted
    another = await page.context.new_page()
    await another.goto(page.url)
    assert await chosen(another) == wanted
    _, file = await downloaded(page.get_by_role("link", name="Download .eml"))
    assert tenant["display_name"] in message_from_bytes(file, policy=policy.SMTP)["Subject"]


async def test_own_words_are_seen_while_typing_refused_when_wrong_and_saved_when_right(
    page_as: PageAs, heard: Heard, shoot: Shoot
) -> None:
    page = await page_as("Operator")
    await page.goto("/p/templates?template=reminder&language=nl")
    mail = page.frame_locator(SHOWN)

    await page.get_by_label("Closing").fill("Tot ziens bij {tenant}")
    await expect(mail.get_by_text("Tot ziens bij Contoso")).to_be_visible()
    await page.get_by_label("Closing").fill("Tot ziens bij {tenantt}")
    await expect(mail.get_by_text("There is no preview yet")).to_be_visible()

    heard.expect("422")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_label("Closing")).to_have_value("Tot ziens bij {tenantt}")
    await expect(page.get_by_label("Closing")).to_have_attribute("aria-invalid", "true")
    await expect(page.locator("#e-closing")).to_contain_text("tenantt")
    await assert_accessible(page)
    await shoot(page, "templates-wrong")
    await page.get_by_label("Closing").fill("Tot ziens bij {tenant}")
    await page.get_by_role("button", name="Save").click()

    await expect(page.get_by_role("status").filter(has_text="Saved as version 1")).to_be_visible()
    await expect(mail.get_by_text("Tot ziens bij Contoso")).to_be_visible()
    await expect(page.get_by_label("Closing")).to_have_value("Tot ziens bij {tenant}")


async def test_the_way_back_does_not_lead_through_every_preview(page_as: PageAs) -> None:
    page = await page_as("Operator")
    await page.goto("/p")
    await page.get_by_role("link", name="Templates").click()
    for words in ("Bye", "Goodbye", "See you"):
        await page.get_by_label("Closing").fill(words)
        await expect(page.frame_locator(SHOWN).get_by_text(words, exact=True)).to_be_visible()

    await page.go_back()

    await expect(page).to_have_url("/p")


async def test_who_was_faster_is_not_written_over(page_as: PageAs, heard: Heard) -> None:
    page = await page_as("Operator")
    await page.goto("/p/templates?template=reminder&language=es")
    other = await page.context.new_page()
    await other.goto(page.url)
    await other.get_by_label("Subject").fill("Primero")
    await other.get_by_role("button", name="Save").click()
    await expect(other.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    heard.expect("409")

    await page.get_by_label("Subject").fill("Segundo")
    await page.get_by_role("button", name="Save").click()

    await expect(page.get_by_role("alert")).to_contain_text("Somebody else has saved these words meanwhile")
    await expect(page.get_by_label("Subject")).to_have_value("Segundo")
    await assert_accessible(page)
