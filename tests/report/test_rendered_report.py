"""Reports in real Chromium: complete on a phone, readable in dark mode, loading nothing but the logo and their
pictures.
"""

import base64

import pytest
from playwright.async_api import Browser

from sspr_core.model.branding import Branding
from sspr_core.model.report import Letter, People, Person
from sspr_core.report.email import letter
from sspr_core.report.languages import known
from tests.rendered_mail import BRANDING, LOGO, STANDARDS, axe, mail_browser, opened  # noqa: F401 - a fixture
from tests.report.report_builders import LATE, TROUBLE, a_named_report, a_report, a_report_over_all

LONG = Person(display_name="W" * 300, upn="w" * 60 + "@" + "contoso" * 6 + ".example", admin=True)
REPORTS = {
    "named": a_named_report(to_register=People(count=1, named=(LONG,))),
    "all": a_report_over_all(**LATE),
    "no figures": a_report(counts=None, course=(), problem=TROUBLE, last_success_at=None, fresh=False),
    **{f"in {tag}": a_report(language=tag, problem=TROUBLE) for tag in known()},
}
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


def with_pictures(mail: Letter) -> str:
    """As shown by a mail program, which finds the pictures by their content ids."""
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
    script = axe()

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
        if not name.startswith("in "):  # other texts make no difference to axe
            await page.evaluate(script)
            seen = await page.evaluate(AXE, STANDARDS)
            assert (seen["violations"], seen["passes"] > 0) == ([], True), name
    assert {one for one in asked_for if not one.startswith("data:")} == {LOGO}


async def test_with_pictures_blocked_the_course_is_still_told(browser: Browser) -> None:
    page = await opened(browser, "light", 600, set())

    await page.set_content(letter(a_report(), BRANDING).html)

    assert "Coverage was 56.0% on 24 September 2026 and 80.0% on 23 November 2026." in await page.inner_text("body")
    assert await page.locator("td.filled").count() == 6
