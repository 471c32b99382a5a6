"""Composes a report's email: the same report and branding always give the same email."""

from collections.abc import Collection, Iterator

from sspr_core.formats.chart_png import DARK, LIGHT, png
from sspr_core.model.branding import Branding
from sspr_core.model.report import Letter, Picture, Report
from sspr_core.model.text import one_line, subject_line
from sspr_core.report.coverage_sections import MOST_NAME
from sspr_core.report.languages import Texts, known, say
from sspr_core.report.rendering import DARK_ID, LIGHT_ID, Content, html_part, text_part
from sspr_core.report.sections import notices, sections


def letter(report: Report, branding: Branding, *, left_out: Collection[str] = (), public_url: str = "") -> Letter:
    """The email without its files; for files left out it links to where they are. Raises KeyError for an unknown
    language.
    """
    content = content_of(report, branding, left_out=left_out, public_url=public_url)
    return Letter(
        subject=content.subject,
        text=text_part(content),
        html=html_part(content, branding),
        pictures=tuple(_pictures(content)),
    )


def _pictures(content: Content) -> Iterator[Picture]:
    for drawn in filter(None, (section.chart for section in content.sections)):
        for content_id, colours in ((LIGHT_ID, LIGHT), (DARK_ID, DARK)):
            made = png(drawn, colours)
            yield Picture(name=f"{content_id}.png", content_type="image/png", content=made, content_id=content_id)


def content_of(report: Report, branding: Branding, *, left_out: Collection[str], public_url: str) -> Content:
    """The email's content, without layout."""
    texts = known()[report.language]
    tenant, made = one_line(report.tenant_name, most=MOST_NAME), texts.dates.on(report.as_of, report.zone)
    one = report.all_tenants is None
    subject = say(texts.subject_tenant if one else texts.subject_all, tenant=tenant, date=made)
    return Content(
        language=report.language,
        subject=subject_line(subject),
        preview=_preview(report, texts),
        heading=say(texts.heading_tenant if one else texts.heading_all, tenant=tenant),
        period=_period(report, texts, made),
        notices=notices(report, texts),
        intro=texts.intro,
        sections=tuple(sections(report, texts, left_out=left_out, public_url=public_url)),
        help=say(texts.questions, support=branding.support_contact) if branding.support_contact else "",
        company=branding.company or "",
        footer=tuple((branding.footer or "").split("\n\n")) if branding.footer else (),
    )


def _preview(report: Report, texts: Texts) -> str:
    if not report.counts:
        return texts.preview_without_figures
    share = "–" if report.coverage is None else texts.numbers.share(report.coverage)
    return say(texts.preview, coverage=share, count=texts.numbers.count(report.counts.to_register_count))


def _period(report: Report, texts: Texts, made: str) -> str:
    if report.since is None:
        return say(texts.period_first, date=made)
    return say(texts.period_since, date=made, since=texts.dates.on(report.since, report.zone))
