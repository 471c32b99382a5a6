"""Plan a report, preview it, send it now, and read the archived ones."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace
from playwright.async_api import expect

from sspr_core.adapters.storage import open_storage
from sspr_core.model.ids import EVERY_TENANT, TenantId, tenant_id
from sspr_core.model.report_plan import ReportPlan, ReportState, ReportTrouble, SentReport
from sspr_core.model.run import new_run_id
from tests.browser.axe import assert_accessible, assert_accessible_in_both_looks
from tests.browser.conftest import PageAs, Shoot
from tests.browser.page_errors import Heard
from tests.browser.tenants import busy
from tests.e2e.conftest import Product
from tests.report.report_builders import a_report, a_report_over_all

SHOWN = "iframe.preview:not([hidden])"
DAY = timedelta(days=1)
SENT = {"light": 6, "dark": 7}  # places of tenants whose reports are sent


async def were_sent(product: Product, tenant: TenantId | None) -> None:
    """Two reports, a week apart, the last one late."""
    storage, now = open_storage(connection=product.azurite.connection), datetime.now(UTC)
    made = a_report(tenant_id=tenant) if tenant else a_report_over_all()
    for ago in (8, 1):
        at = now - ago * DAY
        report = replace(made, as_of=at, since=at - 7 * DAY, due_at=at - 7 * timedelta(hours=1), late=ago == 1)
        await storage.reports.archive(SentReport(run_id=new_run_id(at), report=report.without_names()))
    await storage.close()


async def test_all_reports_can_be_looked_through_by_everyone(
    product: Product, page_as: PageAs, shoot: Shoot, scheme: str
) -> None:
    await were_sent(product, None)
    page = await page_as("Reader", scheme)
    await page.goto("/p")

    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Reports").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Reports")
    await assert_accessible(page)
    await shoot(page, f"reports-{scheme}")
    await page.get_by_role("link", name="All tenants").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Report: All tenants")
    await expect(page.frame_locator(SHOWN).get_by_role("heading", name="Coverage", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="Save")).to_have_count(0)
    await assert_accessible(page)
    await shoot(page, f"report-all-{scheme}")

    await page.get_by_role("table").get_by_role("link").first.click()

    await expect(page.get_by_role("heading", level=1)).to_contain_text("All tenants, ")
    await expect(page.get_by_text("1 of 3 tenants were fresh")).to_be_visible()
    await expect(page.get_by_role("img", name="Coverage of All tenants")).to_be_visible()
    await assert_accessible(page)
    await shoot(page, f"report-sent-{scheme}")


async def test_a_report_is_planned_with_a_preview_and_sent_now(
    product: Product, page_as: PageAs, shoot: Shoot, heard: Heard, scheme: str
) -> None:
    tenant = busy(product, SENT[scheme])
    page = await page_as("Operator", scheme)
    await page.goto(f"/p/tenants/{tenant['tenant_id']}")
    await page.get_by_role("link", name="Report by mail").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"Report: {tenant['display_name']}")
    mail = page.frame_locator(SHOWN)
    await expect(mail.get_by_role("heading", name="Coverage", exact=True)).to_be_visible()
    course = mail.locator(f"img.{scheme}")
    await expect(course).to_have_js_property("complete", True)
    assert await course.evaluate("one => one.naturalWidth > 0 && one.clientWidth > 200")

    await page.get_by_label("Send", exact=True).select_option("Every week")
    await page.get_by_label("Weekday").select_option("Friday")
    await expect(page.get_by_label("Day, if every month")).to_be_hidden()
    await page.get_by_label("Time zone").fill("Berlin")
    await expect(mail.get_by_text("zone: is no time zone")).to_be_visible()
    await page.get_by_label("Time zone").fill("Europe/Berlin")
    await page.get_by_label("Language").select_option("Deutsch")
    await expect(mail.get_by_role("heading", name="Abdeckung")).to_be_visible()
    await page.get_by_label("Recipients").fill("no address")
    heard.expect("422")
    await page.get_by_role("button", name="Save").click()

    await expect(page.get_by_role("alert")).to_contain_text("Nothing was saved")
    await expect(page.get_by_label("Recipients")).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_label("Weekday")).to_have_value("friday")
    await assert_accessible(page)
    await shoot(page, f"report-wrong-{scheme}", whole=False)
    await page.get_by_label("Recipients").fill(f"report-{scheme}@customer.example")
    await page.get_by_role("button", name="Save").click()

    await expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    await expect(page.get_by_text("Every Friday at 08:00, Europe/Berlin; next on")).to_be_visible()
    await assert_accessible(page)
    await shoot(page, f"report-{scheme}")
    await page.get_by_role("link", name="Send now …").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text(f"report-{scheme}@customer.example")).to_be_visible()
    await assert_accessible(page)
    await shoot(page, f"report-ask-{scheme}", whole=False)
    await dialog.get_by_role("button", name="Send now").click()

    await expect(page.get_by_text("The report is on its way.")).to_be_visible()
    await expect(page.get_by_role("region", name="Table of sent reports").get_by_role("row")).to_have_count(2)
    await page.get_by_role("link", name="Follow its emails").click()
    await expect(page).to_have_url(re.compile("/p/runs/[0-9a-f]{14}$"))
    await arrived(product, f"report-{scheme}@customer.example")


async def arrived(product: Product, address: str) -> None:
    """Received once, with a German subject and the chart's pictures in the mail."""
    for _ in range(300):
        found = [one for one in product.cloud.ask("GET", "mailbox") if address in one["recipients"]]
        if found:
            break
        await asyncio.sleep(0.2)
    [message] = [one["message"] for one in found]
    assert "Kennwort selbst zurücksetzen bei" in message["content"]["subject"]
    pictures = [one["contentId"] for one in message["attachments"] if one["contentType"] == "image/png"]
    assert pictures == ["course-light", "course-dark"]
    assert all(f"cid:{one}" in message["content"]["html"] for one in pictures)


async def test_why_a_report_was_not_sent_is_seen(product: Product, page_as: PageAs, shoot: Shoot) -> None:
    tenant = tenant_id(busy(product, 8)["tenant_id"])
    storage = open_storage(connection=product.azurite.connection)
    now = datetime.now(UTC)
    plan = ReportPlan(scheduled=True, weekday="monday", recipients=("it@customer.example",))
    await storage.own.save_report_plan(tenant, plan, begins_at=now, by="olga", at=now)
    trouble = ReportTrouble(
        code="no_recipients",
        message="The report has no recipients.",
        remedy="Name at least one address.",
        at=now,
    )
    before = await storage.reports.state(EVERY_TENANT, tenant)
    await storage.reports.save_state(ReportState(tenant_id=tenant, trouble=trouble, etag=before.etag))
    await storage.close()
    page = await page_as("Reader")

    await page.goto(f"/p/tenants/{tenant}/report")

    await expect(page.get_by_text("The report has no recipients.")).to_be_visible()
    await expect(page.get_by_text("Name at least one address.")).to_be_visible()
    await assert_accessible_in_both_looks(page)
    await shoot(page, "report-trouble", whole=False)


async def test_a_report_fits_a_phone(product: Product, page_as: PageAs, shoot: Shoot) -> None:
    tenant = tenant_id(busy(product, 9)["tenant_id"])
    await were_sent(product, tenant)
    page = await page_as("Operator", width=360, height=740)

    for name, path in (("report", f"/p/tenants/{tenant}/report"), ("reports", "/p/reports")):
        await page.goto(path)
        await shoot(page, f"phone-{name}")
        assert await page.evaluate("document.documentElement.scrollWidth") == 360
        await assert_accessible_in_both_looks(page)
    await page.goto(f"/p/tenants/{tenant}/report")
    await page.get_by_role("table").get_by_role("link").first.click()
    await expect(page.get_by_role("heading", name="Coverage up to then")).to_be_visible()
    await shoot(page, "phone-report-sent")
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    await assert_accessible_in_both_looks(page)


async def test_the_mail_as_it_is_framed_is_whole_in_both_looks(
    product: Product, page_as: PageAs, shoot: Shoot, scheme: str
) -> None:
    page = await page_as("Reader", scheme, width=320)

    await page.goto(f"/p/tenants/{busy(product)['tenant_id']}/report/preview")

    shown = await page.locator("img.light, img.dark").evaluate_all(
        "all => all.filter(one => one.offsetParent && one.naturalWidth).map(one => one.className.split(' ')[0])"
    )
    assert shown == [scheme]
    assert await page.evaluate("document.documentElement.scrollWidth") == 320
    await shoot(page, f"report-mail-{scheme}")
