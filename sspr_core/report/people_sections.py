"""The sections on people: who is still to register, who has registered, who is easily locked out."""

from collections.abc import Iterator

from sspr_core.model.report import People, Person, Report
from sspr_core.model.text import one_line
from sspr_core.report.languages import Texts, say
from sspr_core.report.rendering import Section

_MOST_NAME, _MOST_UPN = 60, 113


def people_sections(report: Report, texts: Texts) -> Iterator[Section]:
    """By name where the report names people, else how many."""
    count = texts.numbers.count
    admins = ((texts.admin_to_register, count(report.admin_to_register_count)),)
    yield _of(report.to_register, texts.to_register, texts, facts=admins if report.to_register.count else ())
    if report.since is not None:
        yield _of(report.newly_registered, texts.newly_registered, texts)
    yield from _weak(report, texts)


def _weak(report: Report, texts: Texts) -> Iterator[Section]:
    """The lists of those who are named follow the sentence that says why they are looked at."""
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
