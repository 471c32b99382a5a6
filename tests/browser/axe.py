"""Runs axe-core on a page in its current state."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from playwright.async_api import Page

from dev.azurite import ROOT

WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
_RUN = """tags => axe.run(document, {
    runOnly: {type: 'tag', values: tags}, resultTypes: ['violations'], iframes: false, preload: false})"""


@cache
def _script() -> str:
    return (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


async def assert_accessible(page: Page, standards: Sequence[str] = (*WCAG, "best-practice")) -> None:
    """No violation of WCAG 2.2 AA or of best practice.

    Frames are left out: axe cannot run in a frame without scripts, such as a mail's preview. Open the frame's content
    as a page of its own, with `standards=WCAG` for a mail, since best practice requires landmarks that only pages have.
    """
    await page.evaluate(_script())  # bypasses the page's policy, which allows no foreign script
    found = await page.evaluate(_RUN, list(standards))
    assert found["passes"], "axe looked at nothing"
    violations = "\n".join(_told(one) for one in found["violations"])
    assert not violations, f"{page.url}:\n{violations}"


async def assert_accessible_in_both_looks(page: Page) -> None:
    """The same check, light and dark, without opening the page twice."""
    await page.emulate_media(color_scheme="light", reduced_motion="reduce")
    await assert_accessible(page)
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    await assert_accessible(page)


def _told(violation: dict[str, Any]) -> str:
    where = [f"    {one['target'][-1]}: {one['html'][:160]}" for one in violation["nodes"][:5]]
    why = violation["nodes"][0]["failureSummary"].replace("\n", " ")
    count = len(violation["nodes"])
    return "\n".join(
        [f"  {violation['id']} ({violation['impact']}, {count} times): {violation['help']}. {why}", *where]
    )
