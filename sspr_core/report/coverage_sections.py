"""The first sections of a report: coverage now, since the last report, and its course."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from sspr_core.formats.chart import Known, Saying, chart
from sspr_core.formats.chart_png import FRAME
from sspr_core.model.counts import Counts, coverage
from sspr_core.model.day import Point
from sspr_core.model.report import Report
from sspr_core.report.languages import Texts, say
from sspr_core.report.rendering import Bar, Section

MOST_BARS = 6  # days of the course beside its picture


def coverage_section(report: Report, counts: Counts, texts: Texts) -> Section:
    """The share in one number; the counts it comes from, each with its change since the last report."""
    judged = counts.registered_enabled_count + counts.to_register_count
    numbers = texts.numbers
    if report.coverage is None:
        return Section(
            heading=texts.coverage, lines=(texts.nobody_enabled,), facts=tuple(_counts(report, counts, texts))
        )
    registered, everybody = numbers.count(counts.registered_enabled_count), numbers.count(judged)
    return Section(
        heading=texts.coverage,
        figure=numbers.share(report.coverage),
        lines=(_change(report, texts), say(texts.of_how_many, registered=registered, all=everybody)),
        facts=tuple(_counts(report, counts, texts)),
    )


def _change(report: Report, texts: Texts) -> str:
    if report.coverage_change is None or report.since is None:
        return texts.no_change_known
    points, since = texts.numbers.point_change(report.coverage_change), texts.dates.on(report.since, report.zone)
    return say(texts.change_since, points=points, date=since)


def _counts(report: Report, counts: Counts, texts: Texts) -> Iterator[tuple[str, str]]:
    before = report.counts_before
    for label, name in (
        (texts.population, "population_count"),
        (texts.registered, "registered_count"),
        (texts.to_register, "to_register_count"),
        (texts.unknown, "unknown_count"),
        (texts.not_enabled, "not_enabled_count"),
    ):
        now = getattr(counts, name)
        change = now - getattr(before, name) if before else 0
        told = texts.numbers.count(now)
        yield label, f"{told} ({texts.numbers.change(change)})" if change else told


def course_section(points: Sequence[Point], texts: Texts) -> Section | None:
    """The course as a picture, some of its days as bars, and its ends in a sentence. None: no day has a figure."""
    days = days_of(points)
    known = [(on, share) for on, share in days if share is not None]
    if not known:
        return None
    saying = Saying(
        percent=texts.numbers.round_share,
        day=texts.dates.short_day,
        summary=lambda _, ends: _sentence(ends, texts),
    )
    return Section(
        heading=texts.course,
        lines=(_sentence(known, texts),),
        chart=chart(days, what=texts.coverage, frame=FRAME, saying=saying) if len(known) > 1 else None,
        bars=tuple(
            Bar(label=texts.dates.short_day(on), told=texts.numbers.share(share), share=share)
            for on, share in some_of(known)
        ),
    )


def _sentence(known: Known, texts: Texts) -> str:
    (first, was), (last, now) = known[0], known[-1]
    ends = {"first": texts.dates.day(first), "last": texts.dates.day(last)}
    text = texts.course_sentence if len(known) > 1 else texts.course_of_one_day
    return say(text, was=texts.numbers.share(was), now=texts.numbers.share(now), **ends)


def days_of(points: Sequence[Point]) -> list[tuple[date, float | None]]:
    """Every day from the first to the last, those without a row too: a chart's days have no gaps."""
    if not points:
        return []
    by_day = {one.on: coverage(one.registered_enabled_count, one.to_register_count) for one in points}
    first, last = min(by_day), max(by_day)
    every = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [(on, by_day.get(on)) for on in every]


def some_of(known: Known) -> list[tuple[date, float]]:
    """The first, the last, and days evenly between them."""
    if len(known) <= MOST_BARS:
        return list(known)
    step = (len(known) - 1) / (MOST_BARS - 1)
    return [known[round(number * step)] for number in range(MOST_BARS)]
