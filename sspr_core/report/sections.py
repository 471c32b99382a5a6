"""Sections of a report: notices, what changed, and the users it names."""

from collections.abc import Collection, Iterator

from sspr_core.model.report import People, Person, Report
from sspr_core.model.text import one_line
from sspr_core.report.coverage_sections import (
    course_section,
    coverage_section,
    not_read_section,
    states_sections,
    tenants_section,
)
from sspr_core.report.languages import Texts, say
from sspr_core.report.rendering import Notice, Section

_MOST_NAME, _MOST_UPN = 60, 113


def notices(report: Report, texts: Texts) -> tuple[Notice, ...]:
    """The most important first; none for a report that is on time, complete and fresh."""
    return tuple(_notices(report, texts))


def _notices(report: Report, texts: Texts) -> Iterator[Notice]:
    numbers, dates, zone = texts.numbers, texts.dates, report.zone
    if report.late and report.due_at:
        due, made = dates.at(report.due_at, zone), dates.at(report.as_of, zone)
        yield Notice(text=say(texts.late, due=due, made=made))
    if report.counts is None:
        yield Notice(text=texts.no_snapshot, grave=True)
    elif report.all_tenants is None and not report.fresh and report.last_success_at:
        yield Notice(text=say(texts.stale, read=dates.at(report.last_success_at, zone)), grave=True)
    if report.problem:
        since, why = dates.at(report.problem.since, zone), texts.problems[report.problem.word]
        yield Notice(text=say(texts.problem, since=since, why=why), grave=True)
    if (whole := report.all_tenants) and not is_complete(report):
        fresh, stale, failed = map(numbers.count, (whole.fresh_count, whole.stale_count, whole.failed_count))
        expected = numbers.count(whole.expected_count)
        yield Notice(text=say(texts.incomplete, fresh=fresh, expected=expected, stale=stale, failed=failed), grave=True)


def is_complete(report: Report) -> bool:
    """Every expected tenant is fresh, and none has an access problem."""
    whole = report.all_tenants
    return whole is None or (whole.fresh_count == whole.expected_count and not whole.failed_count)


def people_sections(report: Report, texts: Texts) -> Iterator[Section]:
    """Users by name if the report names them, else only their number."""
    count = texts.numbers.count
    admins = ((texts.admin_to_register, count(report.admin_to_register_count)),)
    yield _of(report.to_register, texts.to_register, texts, facts=admins if report.to_register.count else ())
    if report.since is not None:
        yield _of(report.newly_registered, texts.newly_registered, texts)
    yield from _weak(report, texts)


def _weak(report: Report, texts: Texts) -> Iterator[Section]:
    """First the sentence that says why these users are listed, then the lists of names."""
    kinds = ((report.single_method, texts.single_method), (report.phone_only, texts.phone_only))
    anybody, named = any(people.count for people, _ in kinds), any(people.named for people, _ in kinds)
    yield Section(
        heading=texts.weak,
        lines=(texts.weak_why,) if anybody else (),
        facts=() if named else tuple((heading, texts.numbers.count(people.count)) for people, heading in kinds),
    )
    if named:
        yield from (_of(people, heading, texts) for people, heading in kinds)


def _of(people: People, heading: str, texts: Texts, facts: tuple[tuple[str, str], ...] = ()) -> Section:
    return Section(
        heading=f"{heading}: {texts.numbers.count(people.count)}",
        facts=facts,
        items=tuple(_line(person, texts) for person in people.named),
        rest=say(texts.more, count=texts.numbers.count(people.rest_count))
        if people.named and people.rest_count
        else "",
    )


def _line(person: Person, texts: Texts) -> str:
    name, upn = one_line(person.display_name, most=_MOST_NAME), one_line(person.upn, most=_MOST_UPN)
    who = f"{name} ({upn})" if name and upn else name or upn
    return f"{who}, {texts.administrator}" if person.admin else who


def not_counted_section(report: Report, texts: Texts) -> Section:
    count = texts.numbers.count
    licences = report.licence_shortfall_count
    shortfall = ((texts.licence_shortfall, count(licences)),) if licences is not None else ()
    excluded = ((texts.excluded[reason], count(number)) for reason, number in report.excluded_by_reason.items())
    return Section(heading=texts.not_counted, facts=(*shortfall, *excluded))


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
    """How old the figures are, and in which zone times are given."""
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
