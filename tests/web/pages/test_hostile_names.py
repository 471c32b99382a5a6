"""Hostile names stay plain text on every page."""

from html.parser import HTMLParser

import pytest

from tests.graph_rows import a_report_row, a_row, guid
from tests.hostile_names import HOSTILE_NAMES
from tests.snapshot.snapshot_env import CONTOSO, Shop
from tests.web.web_env import READER, visiting


class Names(HTMLParser):
    """Every text of the page, and the tags it has."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


async def pages_of(name: str) -> list[Names]:
    """Pages on which both tenant and user have the name."""
    shop = Shop()
    directory = shop.knows(gdap_name=name)
    directory.user_rows = [a_row("ana", display_name=name)]
    directory.report_rows = [a_report_row("ana")]
    await shop.take()
    form = {"content-type": "application/x-www-form-urlencoded", "hx-request": "true"}
    async with visiting(shop.services, **READER) as reader:
        answers = [
            await reader.get("/p"),
            await reader.get(f"/p/tenants/{CONTOSO}"),
            await reader.get(f"/p/tenants/{CONTOSO}/report"),
            await reader.get("/p/reports"),
            await reader.post(f"/p/tenants/{CONTOSO}/draft", content=f"user={guid('ana')}", headers=form),
        ]
    return [Names(answer.text) for answer in answers]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
async def test_a_hostile_name_is_text_and_nothing_else(name: str) -> None:
    harmless = await pages_of("Ana")

    pages = await pages_of(name)

    for page, usual in zip(pages, harmless, strict=True):
        assert page.tags == usual.tags
        assert " ".join(name.split())[:40].strip() in " ".join(page.text.split())
