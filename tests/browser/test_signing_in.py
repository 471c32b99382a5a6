"""Signing in on this machine, and the pages that need no sign-in."""

import pytest
from playwright.async_api import expect

from dev.host.signin import ROLES
from tests.browser.axe import assert_accessible, assert_accessible_in_both_looks
from tests.browser.conftest import PageAs, Shoot
from tests.browser.page_errors import Heard


async def test_the_sign_in_page_can_be_used_by_everyone(page_as: PageAs, shoot: Shoot, scheme: str) -> None:
    page = await page_as(None, scheme)

    await page.goto("/.auth/login/aad")

    await expect(page.get_by_role("button")).to_have_count(len(ROLES))
    await assert_accessible(page)
    await shoot(page, f"sign-in-{scheme}")


async def test_the_sign_in_page_fits_a_phone(page_as: PageAs) -> None:
    page = await page_as(None, width=360, height=640)

    await page.goto("/.auth/login/aad")

    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    await assert_accessible(page)


@pytest.mark.parametrize("role", ROLES)
async def test_a_page_asks_who_one_is_and_then_shows_itself(page_as: PageAs, role: str) -> None:
    page = await page_as(None)
    await page.goto("/api/v1/docs")
    await expect(page).to_have_title("Sign in · sspr-manager")

    await page.get_by_role("button", name=f"Sign in as {role}").click()

    await expect(page).to_have_url("/api/v1/docs")
    await expect(page.get_by_role("heading", level=1)).to_have_text("API")
    me = await page.context.request.get("/.auth/me")
    assert (await me.json())[0]["user_id"] == f"{role.lower()}@partner.example"


async def test_the_keyboard_signs_in_too(page_as: PageAs) -> None:
    page = await page_as(None)
    await page.goto("/.auth/login/aad?post_login_redirect_uri=/api/v1/docs")

    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Sign in as Reader")).to_be_focused()
    await page.keyboard.press("Enter")

    await expect(page).to_have_url("/api/v1/docs")


async def test_who_signed_out_is_asked_again(page_as: PageAs) -> None:
    page = await page_as("Admin")
    await page.goto("/.auth/logout?post_login_redirect_uri=/api/v1/docs")

    await expect(page).to_have_title("Sign in · sspr-manager")


async def test_the_apis_description_can_be_read_by_everyone(page_as: PageAs, shoot: Shoot, scheme: str) -> None:
    page = await page_as("Reader", scheme)

    await page.goto("/api/v1/docs")

    await expect(page.get_by_role("heading", name="GET /api/v1/overview")).to_be_visible()
    await assert_accessible(page)
    await shoot(page, f"api-{scheme}", whole=False)


async def test_a_customers_administrator_sees_without_signing_in_that_consent_worked(page_as: PageAs) -> None:
    page = await page_as(None)

    await page.goto("/static/consented.html?admin_consent=True&tenant=6f1c5ff5-9d2e-4a6b-8a51-1f8f3e5f7a10")

    await expect(page.get_by_role("heading", level=1)).to_have_text("Consent is given")
    await expect(page.get_by_role("link")).to_have_count(0)  # each would lead to a sign-in of another organisation
    await assert_accessible_in_both_looks(page)


async def test_an_address_that_is_not_there_is_a_complaint_that_would_fail_a_test(
    page_as: PageAs, heard: Heard
) -> None:
    page = await page_as("Reader")
    heard.expect("404")

    await page.goto("/static/nothing.css")
