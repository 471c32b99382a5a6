"""Start a run from a selection, watch it until it is done, stop one, and see its outcome."""

import re
from datetime import UTC, datetime, timedelta

from playwright.async_api import Locator, Page, expect

from tests.browser.axe import assert_accessible
from tests.browser.conftest import PageAs, Shoot
from tests.browser.past_runs import a_run_in_every_state, a_run_nine_days_ago
from tests.browser.tenants import busy, users
from tests.e2e.conftest import Product

LOOKS = ("light", "dark")


def waiting(product: Product, place: int) -> list[tuple[str, str]]:
    """Names and addresses of the users to register in that tenant."""
    found = users(product, busy(product, place)["tenant_id"], to_register="true")
    return [(one["display_name"], one["mail"]) for one in found if one["mail"]]


def state_of(page: Page) -> Locator:
    return page.locator(".head .pill").first


def mailed(product: Product) -> list[str]:
    return [to for one in product.cloud.ask("GET", "mailbox") for to in one["recipients"]]


async def confirmed(page: Page, product: Product, place: int, *names: str) -> None:
    await page.goto(f"/p/tenants/{busy(product, place)['tenant_id']}")
    await expect(page.get_by_role("button", name="Notify")).to_be_disabled()
    for name in names:
        await page.get_by_role("checkbox", name=f"Select {name}", exact=True).check()
    await page.get_by_role("button", name="Notify").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Notify")


async def test_from_a_selection_to_a_run_that_is_watched_until_it_is_finished(
    product: Product, page_as: PageAs, shoot: Shoot, scheme: str
) -> None:
    some = waiting(product, LOOKS.index(scheme))[:4]
    page = await page_as("Operator", scheme)
    await confirmed(page, product, LOOKS.index(scheme), *(name for name, _ in some))
    await expect(page.get_by_role("button", name="Start run: 4 emails")).to_be_visible()
    await expect(page.frame_locator("iframe.preview").get_by_role("heading").first).to_be_visible()
    await assert_accessible(page)
    await shoot(page, f"runs-new-{scheme}")
    product.cloud.ask("POST", "mail", {"answer_after": 1})

    await page.get_by_role("button", name="Start run: 4 emails").dblclick()

    await expect(page).to_have_url(re.compile("/p/runs/[0-9a-f]{14}$"))
    await expect(page.get_by_role("heading", name="4 of 4 done")).to_be_visible(timeout=30_000)
    await expect(state_of(page)).to_have_text("Sending")
    product.fire("watch_runs")
    await expect(state_of(page)).to_have_text("Finished", timeout=20_000)
    await expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    await expect(page.locator("[hx-trigger^=every]")).to_have_count(0)
    product.cloud.ask("POST", "mail", {"answer_after": 0})
    assert sorted(one for one in mailed(product) if one in dict(some).values()) == sorted(mail for _, mail in some)
    await expect(page.get_by_role("region", name="Table of deliveries").get_by_text("Accepted")).to_have_count(4)
    await assert_accessible(page)


async def test_another_mail_is_looked_ahead_to_without_losing_the_place(product: Product, page_as: PageAs) -> None:
    page = await page_as("Operator")
    await confirmed(page, product, 2, *(name for name, _ in waiting(product, 2)[:2]))
    key = await page.locator("[name=key]").input_value()
    heading = page.frame_locator("iframe.preview").get_by_role("heading").first

    await page.get_by_label("Language").focus()
    await page.get_by_label("Language").select_option("Deutsch")

    await expect(heading).to_have_text("Richten Sie das Zurücksetzen Ihres Kennworts ein")
    await expect(page.locator("[name=key]")).not_to_have_value(key)
    await expect(page.get_by_label("Language")).to_be_focused()
    await page.get_by_label("Not before (UTC)").fill(f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d}T07:30")
    await page.get_by_label("Not before (UTC)").blur()
    await expect(page.locator("#plan")).to_contain_text("07:30 UTC")
    await expect(page).to_have_url("/p/runs/new")


async def test_a_sample_goes_to_whoever_asks(product: Product, page_as: PageAs) -> None:
    page = await page_as("Operator")
    await confirmed(page, product, 2, waiting(product, 2)[0][0])

    await page.get_by_role("button", name="Send me a sample").click()
    await page.get_by_role("link", name="see what becomes of it").click()

    await expect(page.get_by_role("heading", level=1)).to_contain_text("Sample of")
    await expect(page.get_by_role("heading", name="1 of 1 done")).to_be_visible(timeout=30_000)


async def test_a_run_is_paused_resumed_and_cancelled(
    product: Product, page_as: PageAs, shoot: Shoot, scheme: str
) -> None:
    place = 2 + LOOKS.index(scheme)
    page = await page_as("Operator", scheme)
    await confirmed(page, product, place, waiting(product, place)[3][0])
    await page.get_by_label("Not before (UTC)").fill(f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d}T07:30")
    await page.get_by_label("Not before (UTC)").blur()
    await expect(page.locator("#plan")).to_contain_text("07:30 UTC")
    await page.get_by_role("button", name="Start run: 1 email").click()

    await page.get_by_role("button", name="Pause").click()
    await expect(state_of(page)).to_have_text("Paused")
    await page.get_by_role("button", name="Resume").click()
    await expect(state_of(page)).to_have_text(re.compile("Expanding|Sending"))
    cancel = page.get_by_role("link", name="Cancel …")
    await cancel.click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("heading", name="Cancel this run?")).to_be_visible()
    await assert_accessible(page)
    await shoot(page, f"runs-cancel-{scheme}", whole=False)
    await page.keyboard.press("Escape")
    await expect(cancel).to_be_focused()
    await cancel.click()
    await dialog.get_by_role("button", name="Cancel run").click()

    await expect(state_of(page)).to_have_text("Cancelled")
    await expect(page.get_by_role("button", name="Resume")).to_have_count(0)


async def test_tenants_are_notified_as_filtered(product: Product, page_as: PageAs, shoot: Shoot, scheme: str) -> None:
    names = [busy(product, place)["display_name"] for place in (4, 5)]
    page = await page_as("Operator", scheme)
    await page.goto("/p?sspr_scope=all")

    await page.get_by_role("link", name="Notify all to register as filtered").click()

    await expect(page.get_by_role("checkbox", name=f"Notify {names[0]}", exact=True)).to_be_checked()
    await assert_accessible(page)
    await shoot(page, f"runs-choice-{scheme}", whole=False)
    await page.get_by_role("checkbox", name="Tick all tenants").uncheck()
    for name in names:
        await page.get_by_role("checkbox", name=f"Notify {name}", exact=True).check()
    await page.get_by_role("button", name="Go on").click()
    await expect(page.get_by_role("main")).to_contain_text("2 tenants.")
    await expect(page.get_by_role("button", name="Start run")).to_be_visible()
    await assert_accessible(page)


async def test_a_run_and_the_list_can_be_read_by_everyone(
    product: Product, page_as: PageAs, shoot: Shoot, scheme: str
) -> None:
    tenant = busy(product, 6)
    everybody = users(product, tenant["tenant_id"])
    run = await a_run_in_every_state(product, tenant, everybody)
    over = await a_run_nine_days_ago(product, tenant, everybody)
    page = await page_as("Operator", scheme)

    await page.goto("/p/runs")
    await assert_accessible(page)
    await shoot(page, f"runs-list-{scheme}", whole=False)
    await page.locator(f'a[href="/p/runs/{run}"]').click()
    await expect(page.get_by_text("1 in doubt now")).to_be_visible()
    await expect(page.get_by_role("main")).to_contain_text("They are not failed: a receipt may still settle them")
    await assert_accessible(page)
    await shoot(page, f"runs-run-{scheme}")
    await page.get_by_label("State").select_option("Unsure")
    await expect(page.get_by_role("region", name="Table of deliveries").get_by_role("row")).to_have_count(3)
    await page.goto(f"/p/runs/{over}")
    await expect(page.get_by_role("img", name=re.compile("registered within"))).to_be_visible()
    await page.get_by_text("The figures as a table").click()
    await assert_accessible(page)
    await shoot(page, f"runs-outcome-{scheme}", whole=False)


async def test_runs_fit_a_phone(product: Product, page_as: PageAs, shoot: Shoot, scheme: str) -> None:
    tenant = busy(product, 7)
    run = await a_run_in_every_state(product, tenant, users(product, tenant["tenant_id"]))
    page = await page_as("Operator", scheme, width=360, height=740)

    for name, path in {"list": "", "run": f"/{run}", "new": f"/new?tenant={tenant['tenant_id']}"}.items():
        await page.goto(f"/p/runs{path}")
        assert await page.evaluate("document.documentElement.scrollWidth") == 360
        await assert_accessible(page)
        await shoot(page, f"phone-runs-{name}-{scheme}")


async def test_a_reader_watches_and_is_offered_nothing(product: Product, page_as: PageAs) -> None:
    tenant = busy(product, 6)
    run = await a_run_in_every_state(product, tenant, users(product, tenant["tenant_id"]))
    page = await page_as("Reader")

    await page.goto(f"/p/runs/{run}")

    await expect(page.get_by_text("Paused")).to_have_count(1)
    offered = page.get_by_role("main").get_by_role("button").or_(page.locator(".head .button"))
    await expect(offered).to_have_count(0)
