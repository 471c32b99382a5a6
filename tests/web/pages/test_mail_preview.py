"""A mail's preview in a frame: the same look, under a policy that allows it nothing."""

import base64
import re
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from sspr_core.mail.compose import compose
from sspr_core.mail.languages import TEMPLATES, known
from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.report import Picture
from sspr_core.report.email import letter
from sspr_core.web.pages.mail_preview import framed, without_style_attributes
from tests.report.report_builders import a_report


class Outline(HTMLParser):
    """Tags, texts, and each tag's own style: from its attribute, or from the rules of its classes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, str]] = []
        self.texts: list[str] = []
        sheets = "".join(re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL))
        self.rules = dict(re.findall(r"\.(p\d+)\{(.*?)\}", sheets))
        self.feed(re.sub(r"<style[^>]*>.*?</style>|<!--.*?-->", "", html, flags=re.DOTALL))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        own = [self.rules[name] for name in (given.get("class") or "").split() if name in self.rules]
        self.tags.append((tag, given.get("style") or "".join(own)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def a_mail(template: str, language: str) -> str:
    branding = Branding(company='R&D "Partner"', logo_url="https://cdn.example/logo.png?a=1&b=2", logo_alt="Partner")
    return compose(
        template, language, branding=branding, words=Words(), tenant_name="O'Brien <b>", first_name=None
    ).html


@pytest.mark.parametrize("language", sorted(known()))
@pytest.mark.parametrize("template", TEMPLATES)
def test_every_tag_keeps_its_style_and_every_text_is_there(template: str, language: str) -> None:
    mail = a_mail(template, language)

    shown = without_style_attributes(mail)

    assert " style=" not in shown
    before, after = Outline(mail), Outline(shown)
    assert after.tags == before.tags
    assert after.texts == before.texts


def test_each_style_sheet_is_allowed_by_its_hash_and_nothing_else_is() -> None:
    answer = framed(a_mail("register_now", "en"))

    policy = answer.headers["content-security-policy"]
    sheets = re.findall(r"<style[^>]*>(.*?)</style>", answer.body.decode(), re.DOTALL)
    assert sheets
    for sheet in sheets:
        assert f"'sha256-{base64.b64encode(sha256(sheet.encode()).digest()).decode()}'" in policy
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; ")
    assert policy.endswith("frame-ancestors 'self'; base-uri 'none'; form-action 'none'; sandbox")


def test_a_style_cannot_end_its_sheet() -> None:
    shown = without_style_attributes('<html><head></head><body><p style="color:red</style><b>">x</p></body></html>')

    assert shown.count("</style>") == 1


def test_pictures_that_come_with_a_mail_are_shown_and_no_others_may_be() -> None:
    picture = Picture(name="a.png", content_type="image/png", content=b"\x89PNG", content_id="a")

    answer = framed('<html><head></head><body><img src="cid:a"><p>cid:a</p></body></html>', [picture])

    assert b'<img src="data:image/png;base64,iVBORw=="><p>cid:a</p>' in answer.body
    assert "img-src https: data:;" in answer.headers["content-security-policy"]
    assert "data:" not in framed("<html><head></head></html>").headers["content-security-policy"]


def test_a_report_looks_as_it_did_and_its_course_is_in_it() -> None:
    mail = letter(a_report(), Branding())

    answer = framed(mail.html, mail.pictures)

    before, after = Outline(mail.html), Outline(bytes(answer.body).decode())
    assert [tag for tag, _ in after.tags if tag != "style"] == [tag for tag, _ in before.tags if tag != "style"]
    assert " style=" not in bytes(answer.body).decode()
    assert bytes(answer.body).count(b"data:image/png;base64,") == 2
    assert b"cid:" not in answer.body
