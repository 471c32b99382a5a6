"""A report as a mail: the same report in the same branding is the same mail whenever it is composed."""

from collections.abc import Collection, Iterator

from sspr_core.model.branding import Branding
from sspr_core.model.plain import one_line
from sspr_core.model.report import Letter, Picture, Report
from sspr_core.report.content import Content, Section
from sspr_core.report.coverage_sections import course_section, coverage_section
from sspr_core.report.html_part import DARK_ID, LIGHT_ID, html_part
from sspr_core.report.languages import Texts, known, say
from sspr_core.report.notices import is_complete, notices
from sspr_core.report.people_sections import not_counted_section, people_sections
from sspr_core.report.picture import DARK, LIGHT, png
from sspr_core.report.tenants_sections import MOST_NAME, not_read_section, states_sections, tenants_section
from sspr_core.report.text_part import text_part

MOST_SUBJECT = 200  # characters: beyond, no list of mails shows anything


def letter(report: Report, branding: Branding, *, left_out: Collection[str] = (), public_url: str = "") -> Letter:
    """The mail without its files; of those that are left out it says where they are. Raises KeyError for a language
    that there is not."""
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
    """What the mail says, before it looks like anything."""
    texts = known()[report.language]
    tenant, made = one_line(report.tenant_name, most=MOST_NAME), texts.dates.on(report.as_of, report.zone)
    one = report.all_tenants is None
    subject = say(texts.subject_tenant if one else texts.subject_all, tenant=tenant, date=made)
    return Content(
        language=report.language,
        subject=one_line(subject, most=MOST_SUBJECT),
        preview=_preview(report, texts),
        heading=say(texts.heading_tenant if one else texts.heading_all, tenant=tenant),
        period=_period(report, texts, made),
        notices=notices(report, texts),
        intro=texts.intro,
        sections=tuple(_sections(report, texts, left_out=left_out, public_url=public_url)),
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


def _sections(report: Report, texts: Texts, *, left_out: Collection[str], public_url: str) -> Iterator[Section]:
    whole = report.all_tenants
    if whole and (missing := not_read_section(report, whole, texts, public_url=public_url)):
        yield missing
    if report.counts:
        yield coverage_section(report, report.counts, texts)
        if course := course_section(report.course, texts):
            yield course
    if whole and whole.rows:
        yield tenants_section(report, whole, texts)
    if report.counts:
        yield from people_sections(report, texts)
        if report.runs:
            yield runs_section(report, texts)
        if (not_counted := not_counted_section(report, texts)).facts:
            yield not_counted
    if whole:
        yield from states_sections(whole, texts)
    if left_out:
        yield _left_out(report, texts, left_out, public_url=public_url)
    yield about_section(report, texts)


def _left_out(report: Report, texts: Texts, left_out: Collection[str], *, public_url: str) -> Section:
    files = ", ".join(file.upper() for file in left_out)
    where = f"/p/tenants/{report.tenant_id}?to_register=true" if report.tenant_id else "/p"
    return Section(
        heading=files,
        lines=(say(texts.file_left_out, file=files),),
        link=f"{public_url}{where}" if public_url else "",
        items=() if public_url else (where,),
    )


def runs_section(report: Report, texts: Texts) -> Section:
    count = texts.numbers.count
    return Section(
        heading=texts.runs,
        items=tuple(
            say(
                texts.run,
                date=texts.dates.on(run.created_at, report.zone),
                mailed=count(run.mailed_count),
                looked_at=count(run.looked_at_count),
                registered=count(run.registered_count),
            )
            for run in report.runs
        ),
    )


def about_section(report: Report, texts: Texts) -> Section:
    """How old the figures are, and in which zone times are told."""
    return Section(heading=texts.about, lines=tuple(_about(report, texts)))


def _about(report: Report, texts: Texts) -> Iterator[str]:
    dates, zone, whole = texts.dates, report.zone, report.all_tenants
    yield say(texts.made, made=dates.at(report.as_of, zone)) + "."
    if report.last_success_at:
        yield say(texts.oldest_read if whole else texts.read, read=dates.at(report.last_success_at, zone)) + "."
    if whole and whole.expected_count and is_complete(report):
        yield say(texts.complete, expected=texts.numbers.count(whole.expected_count))
    yield say(texts.zone, zone=zone)
    if report.named:
        yield texts.names_people
