"""The text of a report's mail: its figures, problems first, and names only if the plan asks for them."""

import re
from datetime import timedelta
from email.policy import SMTP
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from sspr_core.model.branding import Branding
from sspr_core.model.problem import Access
from sspr_core.model.report import Letter, People, Person, Report, TenantRow
from sspr_core.report import rendering
from sspr_core.report.email import letter
from sspr_core.report.languages import known
from tests.builders import DAY, HOUR, MONDAY, counts
from tests.hostile_names import HOSTILE_NAMES
from tests.report.report_builders import (
    LATE,
    NAMES,
    TROUBLE,
    a_named_report,
    a_report,
    a_report_over_all,
    a_tenant_row,
    people,
)

URL = "https://sspr.partner.example"
BRANDING = Branding(
    company="Partner & Söhne",
    logo_url="https://cdn.partner.example/l.png",
    logo_alt="Partner",
    support_contact="Help desk, +49 30 1234",
    footer="Partner GmbH\nBerlin",
)
STALE = {"fresh": False, "last_success_at": MONDAY - 3 * DAY}
ALLOWED = {
    "mjml", "mj-head", "mj-title", "mj-preview", "mj-raw", "mj-attributes", "mj-all", "mj-section", "mj-text",
    "mj-table", "mj-style", "mj-body", "mj-column", "mj-image",
}  # fmt: skip


def mail(report: Report, branding: Branding = BRANDING, **said: Any) -> Letter:
    return letter(report, branding, **{"public_url": URL, **said})


class Read(HTMLParser):
    """The HTML's tags, the pictures' alternative texts, and its text with a blank between any two elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.alts: list[str] = []
        self.links: list[str] = []
        self.sources: list[str] = []
        self._texts: list[str] = []
        self._in_style = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self._in_style = tag == "style"
        if tag == "img":
            self.alts.append(given["alt"] or "")
            self.sources.append(given["src"] or "")
        if tag == "a":
            self.links.append(given["href"] or "")

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if not self._in_style:
            self._texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._texts).split())


def flat(text: str) -> str:
    return " ".join(text.split())


def test_the_figures_are_the_reports_and_stand_in_text_and_html_alike() -> None:
    made = mail(a_report())
    html = Read(made.html).text

    for label, value in (
        ("People who count", "1,000"),
        ("Registered", "800 (+28)"),
        ("Still to register", "200 (−28)"),
        ("Unknown", "12"),
        ("Not switched on", "34 (+34)"),
        ("Administrators among them", "1"),
        ("With a single method", "40"),
        ("With phone numbers only", "30"),
        ("People without an Entra ID Premium licence", "5"),
        ("Guests", "41"),
        ("Disabled accounts", "15"),
    ):
        assert f"{label}: {value}\n" in made.text
        assert f"{label} {value} " in html
    for text in (
        "80.0%",
        "+2.8 percentage points since 16 November 2026",
        "800 of 1,000 people",
        "Still to register: 200",
        "Newly registered since the last report: 28",
        "18 November 2026: sent to 120. Of 118 looked at again, 21 have registered.",
        "Read on 23 November 2026, 07:00.",
    ):
        assert text in made.text
        assert text in html


def test_the_course_is_a_picture_bars_and_a_sentence() -> None:
    made = mail(a_report())
    sentence = "Coverage was 56.0% on 24 September 2026 and 80.0% on 23 November 2026."
    read = Read(made.html)

    assert sentence in made.text
    assert [alt for alt in read.alts if alt != "Partner"] == [sentence, sentence]
    assert [one.content_id for one in made.pictures] == ["course-light", "course-dark"]
    assert [src for src in read.sources if src.startswith("cid:")] == ["cid:course-light", "cid:course-dark"]
    assert all(one.content.startswith(b"\x89PNG") and one.content_type == "image/png" for one in made.pictures)
    bars = re.findall(r"^(\d+ \w{3}): (\d+\.\d%)$", made.text, re.MULTILINE)
    assert bars[0] == ("24 Sep", "56.0%")
    assert bars[-1] == ("23 Nov", "80.0%")
    assert len(bars) == 6
    widths = re.findall(r'<td width="([\d.]+)%"[^>]*class="filled"', made.html)
    assert [f"{float(width):.1f}%" for width in widths] == [share for _, share in bars]


def test_one_day_is_no_course_to_draw() -> None:
    made = mail(a_report(course=a_report().course[-1:]))

    assert made.pictures == ()
    assert "cid:" not in made.html
    assert "a course needs a second day" in made.text


@pytest.mark.parametrize("language", known())
def test_in_every_language_the_figures_are_the_same(language: str) -> None:
    made, numbers = mail(a_report(language=language)), known()[language].numbers
    html = Read(made.html).text

    for figure in (numbers.count(1000), numbers.share(0.8), numbers.point_change(0.028), "200 (−28)", "800 (+28)"):
        assert figure in made.text
        assert flat(figure) in html
    assert f'lang="{language}"' in made.html
    assert "{" not in made.text


@pytest.mark.parametrize("language", known())
@pytest.mark.parametrize("report", [a_named_report(**LATE), a_report_over_all(**LATE, problem=TROUBLE)])
def test_in_every_language_no_place_stays_empty(language: str, report: Report) -> None:
    made = mail(replace(report, language=language), left_out=("csv", "xlsx"))

    for part in (made.subject, made.text, Read(made.html).text):
        assert not re.search(r"[{}]|None|StrEnum|\bconsent_missing\b", part)
    assert "Europe/Berlin" in made.text


def test_a_report_in_time_whole_and_fresh_has_nothing_to_say_first() -> None:
    assert "\n! " not in mail(a_report()).text


@pytest.mark.parametrize(
    ("said", "first"),
    [
        (LATE, "This report is late: it was due on 22 November 2026, 11:00. Its figures are"),
        (STALE, "There is no fresh snapshot. The figures are as they were read on 20 November"),
        ({"problem": TROUBLE}, "Could not be read since 21 November 2026, 07:00: consent is missing."),
        ({"counts": None, "course": (), "last_success_at": None}, "Nothing has been read yet"),
    ],
)  # fmt: skip
def test_what_is_the_matter_is_said_before_any_figure(said: dict[str, Any], first: str) -> None:
    made = mail(a_report(**said))
    html = Read(made.html).text

    assert f"\n! {first}" in made.text
    assert made.text.index(first) < made.text.index("Whoever has registered")
    assert html.index(first) < html.index("Whoever has registered")
    assert "80.0%" not in made.text[: made.text.index(first)]


def test_all_that_is_the_matter_is_said_late_first() -> None:
    made = mail(a_report(**LATE, problem=TROUBLE, **STALE))

    said = re.findall(r"^! (\w+ \w+)", made.text, re.MULTILINE)
    assert said == ["This report", "There is", "Could not"]


def test_a_report_without_a_snapshot_has_no_figures_and_says_so_in_the_list_of_mails() -> None:
    made = mail(a_report(counts=None, course=(), last_success_at=None, fresh=False))

    assert not re.search(r"\d%", made.text)
    assert "No figures yet" in made.html
    assert made.pictures == ()


def test_where_sspr_is_not_switched_on_there_is_no_coverage_and_no_nought() -> None:
    made = mail(a_report(counts=counts(registered=0, to_register=0, population_count=50), coverage_change=None))

    assert "is not switched on for anybody who counts" in made.text
    assert "0%\n" not in made.text.split("Course")[0]


def test_the_first_report_compares_with_nothing() -> None:
    made = mail(a_report(since=None, counts_before=None, coverage_change=None))

    assert "First report, 23 November 2026" in made.text
    assert "No earlier figure to compare with." in made.text
    assert "since the last report" not in made.text
    assert "Registered: 800\n" in made.text


def test_nobody_is_named_where_only_counts_are_wanted() -> None:
    made = mail(a_report())

    assert not any(name in made.text + made.html for name in NAMES)
    assert "contoso.example" not in made.text + made.html
    assert "names people" not in made.text


def test_whoever_is_named_stands_in_the_reports_order_and_the_rest_is_counted() -> None:
    made = mail(a_named_report())

    assert "- Ana Silva (ana@contoso.example), administrator\n- Bert Jansen (bert@contoso.example)\n" in made.text
    assert made.text.count("and 14 more") == 4
    assert "This report names people." in made.text
    assert Read(made.html).text.count("Ana Silva") == 4


def test_over_all_tenants_completeness_comes_first_and_each_tenant_has_a_bar() -> None:
    made = mail(a_report_over_all())

    assert "\n! 1 of 3 tenants are fresh and 1 stale. Could not be read: 1." in made.text
    assert "- Fabrikam: consent is missing, since 21 November 2026" in made.text
    assert (
        "Fabrikam: 31.0% (still to register: 50; +1.0 percentage points; stale, read on 20 November 2026; "
        "consent is missing)\nContoso: 98.4% (still to register: 2; +1.0 percentage points)\n"
        "Tailspin: – (no figures yet)\n"
    ) in made.text
    assert "Active: 2\nIn process: 1\n" in made.text
    assert "For all: 1\nFor some: 1\n" in made.text
    assert made.subject == "Self-service password reset in all tenants: report of 23 November 2026"


def test_over_all_tenants_that_are_fresh_this_is_said_too() -> None:
    whole = a_report_over_all().all_tenants
    assert whole
    fresh = replace(whole, expected_count=3, fresh_count=3, stale_count=0, failed_count=0, failed=())

    made = mail(a_report_over_all(all_tenants=fresh, fresh=True))

    assert "\n! " not in made.text
    assert "All 3 tenants are fresh." in made.text


def test_tenants_beyond_the_limit_are_counted() -> None:
    whole = a_report_over_all().all_tenants
    assert whole

    made = mail(a_report_over_all(all_tenants=replace(whole, row_count=40, failed_count=9)))

    assert "Tailspin: – (no figures yet)\n\nand 37 more" in made.text
    assert "21 November 2026\nand 8 more" in made.text


def test_a_file_that_is_left_out_is_named_with_where_it_is() -> None:
    report = a_report()
    made = mail(report, left_out=("csv", "xlsx"))

    where = f"{URL}/p/tenants/{report.tenant_id}?to_register=true"
    assert f"The file CSV, XLSX is too large for an email. It can be downloaded here:\n\n{where}" in made.text
    assert Read(made.html).links == [where]
    assert Read(mail(report).html).links == []


def test_without_an_address_of_our_own_nothing_is_linked() -> None:
    made = mail(a_report_over_all(), left_out=("csv",), public_url="")

    assert Read(made.html).links == []
    assert "It can be downloaded here:\n\n- /p\n" in made.text


def test_only_the_portal_is_linked() -> None:
    made = mail(a_report_over_all(), left_out=("csv",))

    assert Read(made.html).links == [f"{URL}/p/to-do", f"{URL}/p"]


def test_the_branding_is_seen_and_is_not_needed() -> None:
    made, bare = mail(a_report()), mail(a_report(), Branding())

    for text in ("Partner & Söhne", "Questions? Help desk, +49 30 1234", "Partner GmbH\nBerlin"):
        assert text in made.text
    assert "https://cdn.partner.example/l.png" in Read(made.html).sources
    assert "Questions?" not in bare.text
    assert [src for src in Read(bare.html).sources if not src.startswith("cid:")] == []


@pytest.mark.parametrize("name", [name for name in HOSTILE_NAMES if name.strip()])
def test_a_hostile_name_is_text_and_nothing_else(name: str) -> None:
    def with_name(who: str) -> tuple[Letter, Letter]:
        some = People(count=1, named=(Person(display_name=who, upn=f"{who}@contoso.example"),))
        one = a_named_report(tenant_name=who, to_register=some, single_method=some)
        whole = a_report_over_all().all_tenants
        assert whole
        rows: tuple[TenantRow, ...] = (a_tenant_row(who),)
        failed = (replace(whole.failed[0], display_name=who),)
        return mail(one), mail(a_report_over_all(all_tenants=replace(whole, rows=rows, failed=failed)))

    for hostile, tame in zip(with_name(name), with_name("Tame"), strict=True):
        assert Read(hostile.html).tags == Read(tame.html).tags
        assert len(hostile.subject) <= 200
        SMTP.header_factory("Subject", hostile.subject)
        assert not re.search(r"[\r\n\x00-\x08\u202e]", hostile.subject)
        assert not re.search("[\x00-\x08\x1b\u202e\u2028]", hostile.text + hostile.html)
        assert hostile.text.count("\n") == tame.text.count("\n")


def test_the_same_report_is_the_same_mail() -> None:
    assert mail(a_report()) == mail(a_report())


def test_a_mail_stays_below_what_gmail_cuts_off() -> None:
    whole = a_report_over_all().all_tenants
    assert whole
    rows = tuple(
        a_tenant_row(f"A customer with a name {number}", 0.3, problem=Access.THROTTLED) for number in range(50)
    )
    report = a_report_over_all(all_tenants=replace(whole, row_count=400, rows=rows))

    assert len(mail(report, left_out=("csv", "xlsx")).html.encode()) < 102_000


def test_only_tags_that_mrml_knows_are_used_because_it_swallows_others() -> None:
    source = (Path(rendering.__file__).parent / "report.mjml.j2").read_text(encoding="utf-8")

    assert set(re.findall(r"</?(mj[\w-]*)", source)) == ALLOWED
    assert "<mj" not in mail(a_report_over_all()).html


def test_no_line_of_the_text_part_holds_markup_and_no_two_lines_are_empty() -> None:
    for report in (a_named_report(**LATE), a_report_over_all(), a_report(counts=None, course=())):
        text = mail(report, left_out=("csv",)).text

        assert "\n\n\n" not in text
        assert not re.search(r"<\w|&\w+;|  ", text)
        assert text.endswith("\n")


def test_late_is_told_in_the_reports_own_zone() -> None:
    made = mail(
        a_report(late=True, due_at=MONDAY + 20 * HOUR, zone="Pacific/Auckland", as_of=MONDAY + timedelta(days=1))
    )

    assert "it was due on 24 November 2026, 15:00" in made.text


def test_people_are_a_list_of_their_own_only_where_there_are_any() -> None:
    made = mail(a_named_report(single_method=people(0), phone_only=people(0)))

    assert "With one phone lost" not in made.text
    assert "With a single method: 0" in made.text


def test_where_everybody_counts_and_no_licence_was_looked_at_there_is_no_heading_for_it() -> None:
    made = mail(a_report(licence_shortfall_count=None, excluded_by_reason={}))

    assert "who does not count" not in made.text
    assert "who does not count" in mail(a_report()).text
