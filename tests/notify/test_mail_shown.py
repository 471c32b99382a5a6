"""The mails in real Chromium: whole on a phone, readable in the dark, loading nothing but the logo."""

import os
from collections.abc import AsyncIterator
from itertools import product

import pytest
from playwright.async_api import Browser, Page, Route, async_playwright

from dev import chromium
from dev.azurite import ROOT
from dev.bootstrap import BROWSER
from sspr_core.model.branding import Branding
from sspr_core.model.words import Words
from sspr_core.notify.compose import compose
from sspr_core.notify.languages import known
from sspr_core.notify.letter import ADDRESS
from sspr_core.notify.templates import TEMPLATES

pytestmark = pytest.mark.xdist_group("browser")

LOGO = "https://cdn.partner.example/logo.svg"
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="80"><rect width="320" height="80"/></svg>'
BRANDING = Branding(
    company="Partner IT GmbH",
    logo_url=LOGO,
    logo_alt="Partner IT",
    colour="#767676",  # the lightest there may be
    support_contact="Help desk, +49 30 1234, help@partner.example",
    footer="Partner IT GmbH\nBerlin",
)
MAILS = [  # every language, every template with and without branding
    compose(
        template, language, branding=branding, words=Words(), tenant_name="Contoso Dental Practice", first_name="Ana"
    )
    for language, (template, branding) in zip(known(), product(TEMPLATES, (Branding(), BRANDING)), strict=True)
]
# Landmarks are a page's; a mail is an article within whatever shows it.
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LOOK = """tags => axe.run(document, {runOnly: {type: 'tag', values: tags}}).then(found => ({
    passes: found.passes.length,
    violations: found.violations.map(one => one.id + ': ' + one.nodes[0].html + ' ' + one.nodes[0].failureSummary),
    width: document.documentElement.scrollWidth,
    height: document.querySelector('.address').clientHeight,
    address: document.querySelector('.address').innerText,
}))"""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
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
        await route.fulfill(body=PICTURE, content_type="image/svg+xml")

    await page.route("**", picture)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 600])
async def test_every_mail_is_whole_and_readable(browser: Browser, scheme: str, width: int) -> None:
    asked_for: set[str] = set()
    page = await opened(browser, scheme, width, asked_for)
    script = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")

    for mail in MAILS:
        await page.set_content(mail.html)
        await page.evaluate(script)
        found = await page.evaluate(LOOK, STANDARDS)

        assert found["violations"] == [], (mail.subject, mail.language)
        assert found["passes"] > 10
        assert found["width"] == width, mail.subject
        assert (found["address"], found["height"] < 60) == (ADDRESS, True), mail.subject
    assert asked_for == {LOGO}
