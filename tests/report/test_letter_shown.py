"""Reports in real Chromium: whole on a phone, readable in the dark, loading nothing but the logo and their pictures."""

import base64
import os
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, Route, async_playwright

from dev import chromium
from dev.azurite import ROOT
from dev.bootstrap import BROWSER
from sspr_core.model.branding import Branding
from sspr_core.model.report import Letter, People, Person
from sspr_core.report.languages import known
from sspr_core.report.letter import letter
from tests.report.reports import LATE, TROUBLE, a_named_report, a_report, a_report_over_all

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
LONG = Person(display_name="W" * 300, upn="w" * 60 + "@" + "contoso" * 6 + ".example", admin=True)
REPORTS = {
    "named": a_named_report(to_register=People(count=1, named=(LONG,))),
    "all": a_report_over_all(**LATE),
    "no figures": a_report(counts=None, course=(), problem=TROUBLE, last_success_at=None, fresh=False),
    **{f"in {tag}": a_report(language=tag, problem=TROUBLE) for tag in known()},
}
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]  # landmarks are a page's, a mail is an article
AXE = """tags => axe.run(document, {runOnly: {type: 'tag', values: tags}}).then(found => ({
    passes: found.passes.length,
    violations: found.violations.map(one => one.id + ': ' + one.nodes[0].html + ' ' + one.nodes[0].failureSummary),
}))"""
LOOK = """() => ({
    width: document.documentElement.scrollWidth,
    courses: [...document.querySelectorAll('img.light, img.dark')].filter(one => one.offsetParent).map(one => ({
        look: one.className, shown: one.naturalWidth > 0, width: one.clientWidth, height: one.clientHeight})),
    bars: [...document.querySelectorAll('td.filled')].map(one => one.clientHeight),
})"""


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


def with_pictures(mail: Letter) -> str:
    """As a mail program shows it, which knows the pictures by their content ids."""
    html = mail.html
    for one in mail.pictures:
        html = html.replace(f"cid:{one.content_id}", f"data:image/png;base64,{base64.b64encode(one.content).decode()}")
    assert "cid:" not in html
    return html


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 600])
async def test_every_report_is_whole_and_readable(browser: Browser, scheme: str, width: int) -> None:
    asked_for: set[str] = set()
    page = await opened(browser, scheme, width, asked_for)
    script = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")

    for number, (name, report) in enumerate(REPORTS.items()):
        branding = BRANDING if number % 2 == 0 else Branding()
        mail = letter(report, branding, left_out=("csv", "xlsx"), public_url="https://sspr.partner.example")
        await page.set_content(with_pictures(mail))

        found = await page.evaluate(LOOK)

        assert found["width"] == width, name
        assert all(height == 10 for height in found["bars"]), name
        if mail.pictures:
            [course] = found["courses"]
            assert (course["look"], course["shown"]) == (scheme, True), name
            assert course["width"] / course["height"] == pytest.approx(2.2, abs=0.02)
        if not name.startswith("in "):  # other words change nothing of what axe looks at
            await page.evaluate(script)
            seen = await page.evaluate(AXE, STANDARDS)
            assert (seen["violations"], seen["passes"] > 0) == ([], True), name
    assert {one for one in asked_for if not one.startswith("data:")} == {LOGO}


async def test_with_pictures_blocked_the_course_is_still_told(browser: Browser) -> None:
    page = await opened(browser, "light", 600, set())

    await page.set_content(letter(a_report(), BRANDING).html)

    assert "Coverage was 56.0% on 24 September 2026 and 80.0% on 23 November 2026." in await page.inner_text("body")
    assert await page.locator("td.filled").count() == 6
