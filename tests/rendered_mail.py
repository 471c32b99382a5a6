"""Mails in real Chromium: a page that serves every picture a mail requests, and records the requests."""

import os
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, Route, async_playwright

from dev import chromium
from dev.azurite import ROOT
from dev.bootstrap import BROWSER
from sspr_core.model.branding import Branding

LOGO = "https://cdn.partner.example/logo.svg"
BRANDING = Branding(
    company="Partner IT GmbH",
    logo_url=LOGO,
    logo_alt="Partner IT",
    colour="#767676",  # the lightest allowed
    support_contact="Help desk, +49 30 1234, help@partner.example",
    footer="Partner IT GmbH\nBerlin",
)
# Landmarks belong to a page; a mail is an article within the program that shows it.
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="80"><rect width="320" height="80"/></svg>'


@pytest.fixture(name="browser")
async def mail_browser() -> AsyncIterator[Browser]:
    path = chromium.known(BROWSER, os.environ) or chromium.find(os.environ)
    assert path, "no Chromium or Chrome is there; run the set-up: python3 dev/bootstrap.py test"
    async with async_playwright() as playwright:
        one = await playwright.chromium.launch(executable_path=path, args=["--disable-gpu", "--disable-dev-shm-usage"])
        yield one
        await one.close()


async def opened(browser: Browser, scheme: str, width: int, asked_for: set[str]) -> Page:
    context = await browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = await context.new_page()

    async def picture(route: Route) -> None:
        asked_for.add(route.request.url)
        await route.fulfill(body=_PICTURE, content_type="image/svg+xml")

    await page.route("**", picture)
    return page


def axe() -> str:
    """The script to evaluate in a page, which then has `axe`."""
    return (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
