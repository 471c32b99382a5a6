"""The dialog of drafts: recipients, content, and the ways to send it."""

import io
import re
import zipfile
from collections.abc import Iterable
from email import message_from_bytes, policy
from urllib.parse import parse_qsl, urlsplit

from playwright.async_api import Locator, Page, Route, expect

from tests.browser.axe import assert_accessible, assert_accessible_in_both_looks
from tests.browser.conftest import PageAs, Shoot
from tests.browser.tenants import busy, downloaded, users
from tests.e2e.conftest import Product


def reachable(product: Product, tenant: str) -> dict[str, str]:
    """Addresses by name of all users to register who have an address."""
    waiting = users(product, tenant, to_register="true")
    return {one["display_name"]: one["mail"] for one in waiting if one["mail"]}


def mails_of(file: bytes) -> Iterable[bytes]:
    if not zipfile.is_zipfile(io.BytesIO(file)):
        return [file]
    with zipfile.ZipFile(io.BytesIO(file)) as several:
        return [several.read(name) for name in several.namelist()]


def hidden_recipients(file: bytes) -> list[str]:
    """The BCC recipients in the file, or in all files of the zip."""
    mails = [message_from_bytes(one, policy=policy.SMTP) for one in mails_of(file)]
    assert all(mail["X-Unsent"] == "1" and mail["To"] is None for mail in mails)
    return sorted(one.addr_spec for mail in mails for one in mail["Bcc"].addresses)


async def linked_recipients(dialog: Locator) -> list[str]:
    """The BCC recipients of the buttons that open the mail program."""
    links = await dialog.get_by_role("link", name="Open in mail program").all()
    asked = [parse_qsl(urlsplit(str(await link.get_attribute("href"))).query) for link in links]
    return sorted(address for query in asked for address in dict(query)["bcc"].split(","))


async def opened(page: Page, *chosen: str) -> Locator:
    """Opens the dialog for those users."""
    for name in chosen:
        await page.get_by_role("checkbox", name=f"Select {name}", exact=True).check()
    await page.get_by_role("button", name="Create email").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("heading", name="Create email")).to_be_visible()
    return dialog


async def test_the_dialog_can_be_used_by_everyone(product: Product, page_as: PageAs, shoot: Shoot, scheme: str) -> None:
    page = await page_as("Reader", scheme)
    await page.goto(f"/p/tenants/{busy(product)['tenant_id']}")
    await page.get_by_role("button", name="Select all users").click()

    dialog = await opened(page)

    await expect(page.frame_locator("iframe.preview").get_by_role("heading").first).to_be_visible()
    await shoot(page, f"draft-{scheme}", whole=False)
    await dialog.get_by_role("link", name="Preview in Português (Brasil)").click()
    await expect(page.frame_locator("iframe.preview").get_by_role("heading").first).to_have_text(
        "Configure a redefinição da sua senha"
    )
    await dialog.get_by_text("left out").click()
    await dialog.get_by_text("As plain text").click()
    await expect(dialog.get_by_text("registered already").first).to_be_visible()
    await assert_accessible(page)


async def test_exactly_the_chosen_are_in_the_links_and_in_the_file(product: Product, page_as: PageAs) -> None:
    tenant = busy(product)["tenant_id"]
    some = dict(list(reachable(product, tenant).items())[:4])
    page = await page_as("Reader")
    await page.goto(f"/p/tenants/{tenant}")

    dialog = await opened(page, *some)
    await expect(dialog.get_by_role("heading", level=2)).to_contain_text("4 recipients")
    await dialog.get_by_label("Language").select_option("English")
    await expect(dialog.get_by_role("region")).to_have_count(1)
    name, file = await downloaded(dialog.get_by_role("button", name="Download .eml"))

    assert name.endswith("-en.eml")
    assert hidden_recipients(file) == sorted(some.values())
    assert await linked_recipients(dialog) == sorted(some.values())


async def test_a_page_and_all_matching_can_be_chosen(product: Product, page_as: PageAs) -> None:
    tenant = busy(product)["tenant_id"]
    page = await page_as("Reader")
    await page.goto(f"/p/tenants/{tenant}?to_register=true&limit=5")
    told = page.locator("[data-selected]")
    await expect(page.get_by_role("button", name="Create email")).to_be_disabled()

    await page.get_by_label("Select all on this page").check()
    await expect(told).to_have_text("5 selected")
    await page.locator("tbody input").first.uncheck()
    await expect(told).to_have_text("4 selected")
    await page.get_by_role("button", name="Clear selection").click()
    await expect(told).to_have_text("None selected")
    await page.get_by_role("button", name="Select all matching").click()
    await expect(told).to_have_text("All matching selected")

    dialog = await opened(page)
    everybody = sorted(reachable(product, tenant).values())
    assert await linked_recipients(dialog) == everybody
    _, file = await downloaded(dialog.get_by_role("button", name="Download all .eml (zip)"))
    assert hidden_recipients(file) == everybody


async def test_template_language_and_mode_change_what_is_shown(product: Product, page_as: PageAs) -> None:
    tenant = busy(product)
    some = list(reachable(product, tenant["tenant_id"]))[:3]
    page = await page_as("Reader")
    await page.goto(f"/p/tenants/{tenant['tenant_id']}")
    dialog = await opened(page, *some)
    mail = page.frame_locator("iframe.preview").get_by_role("heading").first

    await dialog.get_by_label("Language").select_option("Deutsch")
    await expect(dialog.get_by_role("region")).to_have_count(1)
    await expect(mail).to_have_text("Richten Sie das Zurücksetzen Ihres Kennworts ein")
    await dialog.get_by_label("Template").select_option("Last reminder")
    await expect(mail).not_to_have_text("Richten Sie das Zurücksetzen Ihres Kennworts ein")
    await dialog.get_by_label("Sent as").select_option("A message per user, by name")

    await expect(dialog.get_by_role("region")).to_have_count(3)
    for name in some:
        one = dialog.get_by_role("region", name=name)
        await expect(one.get_by_role("link", name="Open in mail program")).to_have_attribute(
            "href", re.compile(r"^mailto:[^?]+@tenant[0-9]+\.example\?subject=.*body=")
        )
    await expect(dialog.get_by_role("heading", level=2)).to_contain_text(f"3 recipients at {tenant['display_name']}")


async def test_addresses_are_copied_as_mail_programs_take_them(product: Product, page_as: PageAs) -> None:
    tenant = busy(product)["tenant_id"]
    some = dict(list(reachable(product, tenant).items())[:3])
    page = await page_as("Reader")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.goto(f"/p/tenants/{tenant}")
    dialog = await opened(page, *some)
    await dialog.get_by_label("Language").select_option("English")
    await expect(dialog.get_by_role("region")).to_have_count(1)

    await dialog.get_by_role("button", name="Copy addresses").click()

    await expect(dialog.locator(".copied")).to_be_visible()
    assert sorted(str(await page.evaluate("navigator.clipboard.readText()")).split("; ")) == sorted(some.values())


async def test_the_icon_beside_a_user_writes_to_that_user_alone(product: Product, page_as: PageAs) -> None:
    tenant = busy(product)["tenant_id"]
    (chosen, _), (wanted, address), *_ = reachable(product, tenant).items()
    page = await page_as("Reader")
    await page.goto(f"/p/tenants/{tenant}")
    await page.get_by_role("checkbox", name=f"Select {chosen}", exact=True).check()

    await page.get_by_role("button", name=f"Write to {wanted}").click()

    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("heading", name="1 recipient at")).to_be_visible()
    assert await linked_recipients(dialog) == [address]


async def test_whoever_is_left_out_is_named_with_the_reason(product: Product, page_as: PageAs) -> None:
    tenant = busy(product)["tenant_id"]
    registered = users(product, tenant, registration="registered", excluded_reason="none")[0]["display_name"]
    page = await page_as("Reader")
    await page.goto(f"/p/tenants/{tenant}")

    dialog = await opened(page, registered)

    await expect(dialog.get_by_text("Nobody to write to")).to_be_visible()
    await dialog.get_by_text("1 left out").click()
    await expect(dialog.get_by_role("listitem")).to_have_text(f"{registered}: registered already")
    await assert_accessible_in_both_looks(page)


async def test_the_keyboard_alone_is_enough(product: Product, page_as: PageAs) -> None:
    page = await page_as("Reader")
    await page.goto(f"/p/tenants/{busy(product)['tenant_id']}?to_register=true")

    async def press_until(key: str, wanted: Locator) -> None:
        for _ in range(60):
            await page.keyboard.press(key)
            if await wanted.evaluate("one => one === document.activeElement"):
                return
        raise AssertionError(f"{key} does not lead to {wanted}")

    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("main")).to_be_focused()
    await press_until("Tab", page.get_by_role("region", name="Table of users"))
    await press_until("Tab", page.locator("tbody input").first)
    await page.keyboard.press("Space")
    create = page.get_by_role("button", name="Create email")
    await press_until("Shift+Tab", create)
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await press_until("Tab", dialog.get_by_label("Sent as"))
    await page.keyboard.press("ArrowDown")
    await expect(dialog.get_by_role("region", name=", ")).to_be_visible()
    await expect(dialog.get_by_label("Sent as")).to_have_value("individual")
    await expect(dialog.get_by_label("Sent as")).to_be_focused()
    await page.keyboard.press("Escape")

    await expect(dialog).to_have_count(0)
    await expect(create).to_be_focused()


async def test_a_dialog_that_is_closed_stays_closed_whatever_still_comes(product: Product, page_as: PageAs) -> None:
    page = await page_as("Reader")
    await page.goto(f"/p/tenants/{busy(product)['tenant_id']}?to_register=true")
    await page.get_by_label("Select all on this page").check()
    dialog = await opened(page)

    async def late(route: Route) -> None:
        await expect(dialog).to_have_count(0)
        await route.continue_()

    await page.route(re.compile("/draft$"), late)
    async with page.expect_response(re.compile("/draft$")) as answered:
        await dialog.get_by_label("Sent as").select_option("individual")
        await page.keyboard.press("Escape")
    await (await answered.value).finished()

    await expect(page.locator(".htmx-request")).to_have_count(0)
    await expect(dialog).to_have_count(0)
    await opened(page)
