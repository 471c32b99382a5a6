"""The sections of a report's mail: which there are, and in which order."""

from collections.abc import Collection, Iterator

from sspr_core.model.report import Report
from sspr_core.report.coverage_sections import course_section, coverage_section
from sspr_core.report.languages import Texts, say
from sspr_core.report.notices import is_complete
from sspr_core.report.people_sections import not_counted_section, people_sections
from sspr_core.report.rendering import Section
from sspr_core.report.tenants_sections import not_read_section, states_sections, tenants_section


def sections(report: Report, texts: Texts, *, left_out: Collection[str], public_url: str) -> Iterator[Section]:
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
