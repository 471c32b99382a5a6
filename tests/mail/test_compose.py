"""One mail: its text, what it loads, and that no name can change its markup."""

import re
from html.parser import HTMLParser
from pathlib import Path

import mrml
import pytest

from sspr_core.mail import rendering
from sspr_core.mail.compose import MOST_BRIEF, compose, message_settings, paragraphs
from sspr_core.mail.languages import TEMPLATES, known
from sspr_core.mail.rendering import ADDRESS
from sspr_core.model.branding import MOST_CHARACTERS, Branding, check
from sspr_core.model.custom_texts import Words
from sspr_core.model.errors import NotFound
from sspr_core.model.ids import EVERY_TENANT, Scope, TenantId
from sspr_core.model.recipient import Message
from sspr_core.model.text import MOST_SUBJECT, has_controls, one_line
from tests.builders import MONDAY
from tests.fakes.operator_settings import MemoryOwnSettings
from tests.graph_rows import guid
from tests.hostile_names import HOSTILE_NAMES

A = TenantId(guid("a"))
BRANDING = Branding(
    company="Partner & Söhne",
    logo_url="https://cdn.partner.example/logo.png?a=1&b=2",
    logo_alt='The "Partner" logo',
    colour="#7a1f3d",
    support_contact="Help desk, +49 30 1234",
    footer="Partner GmbH\nBerlin",
)
EVERY_MAIL = [(template, language) for template in TEMPLATES for language in known()]


def mail(template: str = "register_now", language: str = "en", **said: object) -> Message:
    usual = {"branding": Branding(), "words": Words(), "tenant_name": "Contoso Dental", "first_name": "Ana"}
    return compose(template, language, **{**usual, **said})


class Page(HTMLParser):
    """What a browser would see: tags, attributes, visible text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self._within = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._within = tag
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if self._within not in ("style", "title"):
            self.text += data

    def words(self) -> str:
        return " ".join(self.text.split())


def words_of(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(("template", "language"), EVERY_MAIL)
def test_text_and_html_say_the_same(template: str, language: str) -> None:
    message = mail(template, language, branding=BRANDING)
    shown = Page(message.html).words()

    for line in message.text.splitlines():
        plain = re.sub(r"^\d\. |^-+$", "", line.strip())
        assert words_of(plain) in shown, line


@pytest.mark.parametrize(("template", "language"), EVERY_MAIL)
def test_every_mail_says_why_what_where_from_whom_and_whom_to_ask(template: str, language: str) -> None:
    message = mail(template, language, branding=BRANDING)

    for part in (message.text, Page(message.html).text):
        assert ADDRESS in part
        assert part.count("Contoso Dental") >= 2
        assert part.count("Partner & Söhne") >= 2
        assert "Help desk, +49 30 1234" in part
    assert re.findall(r"^\d\. ", message.text, re.MULTILINE) == ["1. ", "2. ", "3. "]
    assert ADDRESS in message.brief
    assert "Help desk, +49 30 1234" in message.brief
    assert "Contoso Dental" in message.subject


@pytest.mark.parametrize(("template", "language"), EVERY_MAIL)
@pytest.mark.parametrize("branding", [Branding(), BRANDING], ids=["plain", "branded"])
def test_no_placeholder_is_left_and_no_text_is_missing(template: str, language: str, branding: Branding) -> None:
    message = mail(template, language, branding=branding)

    for part in (message.subject, message.text, Page(message.html).text, message.brief):
        assert not set("{}") & set(part)
        assert "None" not in part


@pytest.mark.parametrize(("template", "language"), EVERY_MAIL)
def test_html_loads_nothing_but_the_logo_and_has_nothing_to_click(template: str, language: str) -> None:
    page = Page(mail(template, language, branding=BRANDING).html)

    loaded = [value for _, name, value in page.attributes if name in ("src", "href", "background", "action", "srcset")]
    assert loaded == [BRANDING.logo_url]
    assert not page.tags & {"a", "link", "script", "iframe", "form", "object", "video", "base"}


@pytest.mark.parametrize(("template", "language"), EVERY_MAIL)
def test_without_a_logo_html_loads_nothing_at_all(template: str, language: str) -> None:
    html = mail(template, language).html

    addresses = set(re.findall(r"""https?://[^\s"'<>)]+""", html))
    assert addresses == {"http://www.w3.org/1999/xhtml"}
    assert "url(" not in html
    assert "@import" not in html


def test_html_is_600_wide_with_tables_for_outlook_and_colours_for_dark_mode() -> None:
    html = mail(language="pt-BR", branding=BRANDING).html

    assert "max-width:600px" in html
    assert '<!--[if mso | IE]><table border="0" cellpadding="0" cellspacing="0" role="presentation"' in html
    assert '<meta name="color-scheme" content="light dark"' in html
    assert "@media (prefers-color-scheme: dark)" in html
    assert '<html lang="pt-BR" dir="ltr"' in html
    assert "#7a1f3d" in html


ALLOWED = {
    "mjml", "mj-head", "mj-title", "mj-preview", "mj-raw", "mj-attributes", "mj-all", "mj-style", "mj-body",
    "mj-section", "mj-column", "mj-image", "mj-text", "mj-table",
}  # fmt: skip


def test_only_tags_that_mrml_knows_are_used_because_it_swallows_others() -> None:
    source = (Path(rendering.__file__).parent / "mail.mjml.j2").read_text(encoding="utf-8")

    assert set(re.findall(r"</?(mj[\w-]*)", source)) == ALLOWED
    assert not re.search(r"<mj", mail(branding=BRANDING).html)
    assert mrml.to_html("<mjml><mj-body><mj-bogus/></mj-body></mjml>").warnings == []


HOSTILE = [name for name in HOSTILE_NAMES if name.strip()]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("by", ["first_name", "tenant_name"])
def test_a_hostile_name_is_text_and_nothing_else_in_every_part(name: str, by: str) -> None:
    usual, message = mail(branding=BRANDING), mail(branding=BRANDING, **{by: name})
    page = Page(message.html)

    shown = one_line(name, most=60)
    assert words_of(shown) in page.words()
    assert shown in message.text
    assert page.tags == Page(usual.html).tags
    assert {(tag, attribute) for tag, attribute, _ in page.attributes} == {
        (tag, attribute) for tag, attribute, _ in Page(usual.html).attributes
    }
    assert ("div", "aria-label", message.subject) in page.attributes
    assert not has_controls(message.subject)
    assert len(message.subject) <= MOST_SUBJECT
    assert len(message.brief) <= MOST_BRIEF
    assert not re.search(r"<script|49 \{name\}", message.html)


@pytest.mark.parametrize("name", [text for text in HOSTILE if not has_controls(text) and len(text) <= 80])
def test_hostile_branding_and_words_are_text_too(name: str) -> None:
    branding = Branding(company=name, support_contact=name, footer=name, logo_url=BRANDING.logo_url, logo_alt=name)
    free_of_braces = name.replace("{", "(").replace("}", ")")
    words = Words(subject=free_of_braces, opening=f"{free_of_braces}\n\n{{company}}", closing=free_of_braces)
    usual, message = Page(mail(branding=BRANDING).html), mail(branding=branding, words=words)
    page = Page(message.html)

    assert page.tags == usual.tags
    assert ("img", "alt", name) in page.attributes
    assert page.words().count(words_of(free_of_braces)) >= 2
    assert message.subject == free_of_braces


def test_own_words_take_the_place_of_the_templates_and_of_nothing_else() -> None:
    words = Words(subject="{company}: act, {name}", opening="Dear {name}\nat {tenant},\n\nplease.", closing="Bye <b>.")

    message = mail(branding=BRANDING, words=words)

    assert message.subject == "Partner & Söhne: act, Ana"
    assert "Dear Ana\nat Contoso Dental,\n\nplease.\n" in message.text
    assert "Bye <b>." in message.text
    assert "Dear Ana<br />at Contoso Dental,</p>" in message.html
    assert "Bye &lt;b&gt;." in message.html
    assert known()["en"].register_now.closing not in message.text
    assert known()["en"].check[1] in message.text


def test_without_a_name_nobody_is_addressed_by_one() -> None:
    message = mail(first_name=None, words=Words(opening="Dear {name}, please."))

    assert message.text.startswith("Hello,\n\nDear, please.\n")
    assert message.brief.startswith("Hello,\n\nDear, please.\n")


def test_a_name_of_nothing_visible_is_no_name() -> None:
    assert mail(first_name=" \u202e\t").text.startswith("Hello,\n")


LONGEST = Branding(company="C" * MOST_CHARACTERS["company"], support_contact="S" * MOST_CHARACTERS["support_contact"])


@pytest.mark.parametrize(("template", "language"), EVERY_MAIL)
def test_a_brief_is_short_whatever_the_names_are(template: str, language: str) -> None:
    check(LONGEST)
    brief = mail(template, language, branding=LONGEST, tenant_name="t" * 300, first_name="n" * 300).brief

    assert len(brief) <= MOST_BRIEF
    assert LONGEST.support_contact in brief


def test_a_brief_has_ones_own_words_when_they_are_short_and_the_templates_when_not() -> None:
    short = mail(words=Words(opening="Please do.", closing="Thanks.")).brief
    long = mail(words=Words(opening="Please. " * 60, closing="Thanks.")).brief

    assert "Please do." in short
    assert "Thanks." in short
    assert ADDRESS in short
    assert long == mail().brief


def test_paragraphs_are_divided_by_empty_lines_however_these_look() -> None:
    assert paragraphs(" a\nb\n \n\n\tc\n") == ("a\nb", "c")
    assert paragraphs("") == ()


def test_branding_is_shown_where_it_is_set() -> None:
    page = Page(mail(branding=BRANDING).html)

    assert ("img", "alt", 'The "Partner" logo') in page.attributes
    assert "Partner GmbH" in page.text
    assert "Partner GmbH\nBerlin" in mail(branding=BRANDING).text


async def test_a_tenants_settings_go_over_the_defaults() -> None:
    own = MemoryOwnSettings()
    by = {"by": "olga", "at": MONDAY}
    await own.save_branding(None, Branding(company="Partner", footer="Berlin"), **by)
    await own.save_branding(A, Branding(company="Contoso IT"), **by)
    await own.save_words(None, "reminder", "de", Words(subject="Alle", opening="Alle"), **by)
    await own.save_words(A, "reminder", "de", Words(subject="Hier"), **by)

    of_tenant = await message_settings(own, EVERY_TENANT, A, "reminder", "de")
    of_nobody = await message_settings(own, EVERY_TENANT, None, "reminder", "de")

    assert of_tenant == (
        Branding(company="Contoso IT", footer="Berlin"),
        Words(subject="Hier", opening="Alle", version=1),
    )
    assert of_nobody == (Branding(company="Partner", footer="Berlin"), Words(subject="Alle", opening="Alle", version=1))


async def test_settings_of_a_tenant_outside_the_scope_are_not_found() -> None:
    with pytest.raises(NotFound):
        await message_settings(MemoryOwnSettings(), Scope(tenants=frozenset()), A, "reminder", "de")
