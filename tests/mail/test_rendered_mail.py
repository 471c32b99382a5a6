"""The mails in real Chromium: complete on a phone, readable in dark mode, loading nothing but the logo."""

from itertools import product

import pytest
from playwright.async_api import Browser

from sspr_core.mail.compose import compose
from sspr_core.mail.languages import TEMPLATES, known
from sspr_core.mail.rendering import ADDRESS
from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from tests.rendered_mail import BRANDING, LOGO, STANDARDS, axe, mail_browser, opened  # noqa: F401 - a fixture

pytestmark = pytest.mark.xdist_group("browser")

MAILS = [  # every language, every template with and without branding
    compose(
        template, language, branding=branding, words=Words(), tenant_name="Contoso Dental Practice", first_name="Ana"
    )
    for language, (template, branding) in zip(known(), product(TEMPLATES, (Branding(), BRANDING)), strict=True)
]
LOOK = """tags => axe.run(document, {runOnly: {type: 'tag', values: tags}}).then(found => ({
    passes: found.passes.length,
    violations: found.violations.map(one => one.id + ': ' + one.nodes[0].html + ' ' + one.nodes[0].failureSummary),
    width: document.documentElement.scrollWidth,
    height: document.querySelector('.address').clientHeight,
    address: document.querySelector('.address').innerText,
}))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 600])
async def test_every_mail_is_whole_and_readable(browser: Browser, scheme: str, width: int) -> None:
    asked_for: set[str] = set()
    page = await opened(browser, scheme, width, asked_for)
    script = axe()

    for mail in MAILS:
        await page.set_content(mail.html)
        await page.evaluate(script)
        found = await page.evaluate(LOOK, STANDARDS)

        assert found["violations"] == [], (mail.subject, mail.language)
        assert found["passes"] > 10
        assert found["width"] == width, mail.subject
        assert (found["address"], found["height"] < 60) == (ADDRESS, True), mail.subject
    assert asked_for == {LOGO}
