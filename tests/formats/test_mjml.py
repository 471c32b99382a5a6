"""From a template to HTML: a value cannot change the markup."""

from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from sspr_core.formats.mjml import html
from tests.hostile_names import HOSTILE_NAMES

SOURCE = """<mjml><mj-head><mj-title>{{ it | in_attribute }}</mj-title></mj-head><mj-body><mj-section><mj-column>
<mj-image src="https://a.example/l.png" alt="{{ it | in_attribute }}" /><mj-text>{{ it }}</mj-text>
</mj-column></mj-section></mj-body></mjml>"""


class Read(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.alt: str | None = None
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "img":
            self.alt = dict(attrs)["alt"]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "a.mjml.j2"
    path.write_text(SOURCE, encoding="utf-8")
    return path


def read(page: str) -> Read:
    found = Read()
    found.feed(page)
    return found


@pytest.mark.parametrize("name", [name for name in HOSTILE_NAMES if name.strip() and "\x00" not in name])
def test_a_hostile_value_adds_no_tag_and_reads_as_it_is(source: Path, name: str) -> None:
    tame, found = read(html(source, it="tame")), read(html(source, it=name))

    assert found.tags == tame.tags
    assert name.split() == (found.alt or "").split()
    assert " ".join(name.split()) in " ".join(found.text.split())


def test_a_value_that_is_missing_is_an_error(source: Path) -> None:
    with pytest.raises(UndefinedError):
        html(source)
