"""The helpers of the browser tests detect what they should."""

import pytest
from playwright.async_api import Browser

from tests.browser.axe import WCAG, assert_accessible
from tests.browser.conftest import PageAs
from tests.browser.page_errors import Heard

NO_PAGE = '<!doctype html><html lang="en"><title>A mail</title><p>Hello</p>'
ILL = f'{NO_PAGE}<img src="data:,"><p style="color: #bbb; background: #fff">Pale</p>'


async def test_axe_tells_what_is_wrong_and_where(page_as: PageAs) -> None:
    page = await page_as(None)
    await page.set_content(ILL)

    with pytest.raises(AssertionError) as told:
        await assert_accessible(page)

    assert {"image-alt", "color-contrast", "landmark-one-main"} <= {
        line.split()[0] for line in str(told.value).split("\n")
    }
    assert '<img src="data:,">' in str(told.value)


async def test_a_mail_needs_no_landmarks(page_as: PageAs) -> None:
    page = await page_as(None)
    await page.set_content(NO_PAGE)

    await assert_accessible(page, WCAG)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("console.warn('hm')", "warning: hm"),
        ("setTimeout(() => { throw new Error('oops') })", "thrown: Error: oops"),
        ("fetch('http://127.0.0.1:1/')", "failed: GET http://127.0.0.1:1/"),
    ],
)
async def test_whatever_the_browser_complains_of_is_heard(browser: Browser, script: str, words: str) -> None:
    heard = Heard()
    async with await browser.new_context() as context:
        heard.listen(context)
        page = await context.new_page()
        await page.evaluate(f"() => {{ {script} }}")
        for _ in range(100):
            if not heard.complaints:
                await page.wait_for_timeout(50)

    with pytest.raises(AssertionError, match=words):
        heard.assert_only_what_was_expected()


def test_what_is_expected_and_not_said_fails_too() -> None:
    heard = Heard()
    heard.expect("403")

    with pytest.raises(AssertionError, match="nothing was said of '403'"):
        heard.assert_only_what_was_expected()


async def test_a_picture_of_the_page_can_be_looked_at(page_as: PageAs, shoot, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("tests.browser.conftest.SCREENSHOTS", tmp_path)
    page = await page_as(None, width=360)
    await page.set_content('<div style="height: 3000px">tall</div>')

    await shoot(page, "tall")
    await shoot(page, "seen", whole=False)

    sizes = {one.stem: one.read_bytes()[16:24] for one in tmp_path.iterdir()}  # of a PNG: width, height
    assert {name: int.from_bytes(size[4:]) for name, size in sizes.items()} == {"tall": 3016, "seen": 900}
