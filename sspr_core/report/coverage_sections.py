"""Sections of a report about coverage: of one tenant, and of all tenants."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from sspr_core.formats.chart import ChartLocale, Points, chart
from sspr_core.formats.chart_png import FRAME
from sspr_core.model.counts import Counts, coverage
from sspr_core.model.history import Point
from sspr_core.model.report import AllTenants, Report, TenantRow
from sspr_core.model.text import one_line
from sspr_core.report.languages import Texts, say
from sspr_core.report.rendering import Bar, Section

MOST_BARS = 6  # days shown as bars beside the chart of the course

MOST_NAME = 60


def coverage_section(report: Report, counts: Counts, texts: Texts) -> Section:
    """The share as one number, and the counts behind it, each with its change since the last report."""
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
    """The course as a chart, some of its days as bars, its first and last day in a sentence. None: no day has a
    figure.
    """
    days = days_of(points)
    known = [(on, share) for on, share in days if share is not None]
    if not known:
        return None
    saying = ChartLocale(
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


def _sentence(known: Points, texts: Texts) -> str:
    (first, was), (last, now) = known[0], known[-1]
    ends = {"first": texts.dates.day(first), "last": texts.dates.day(last)}
    text = texts.course_sentence if len(known) > 1 else texts.course_of_one_day
    return say(text, was=texts.numbers.share(was), now=texts.numbers.share(now), **ends)


def days_of(points: Sequence[Point]) -> list[tuple[date, float | None]]:
    """Every day from the first to the last, also days without a row: a chart has no gaps."""
    if not points:
        return []
    by_day = {one.on: coverage(one.registered_enabled_count, one.to_register_count) for one in points}
    first, last = min(by_day), max(by_day)
    every = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [(on, by_day.get(on)) for on in every]


def some_of(known: Points) -> list[tuple[date, float]]:
    """The first day, the last day, and evenly spaced days between them."""
    if len(known) <= MOST_BARS:
        return list(known)
    step = (len(known) - 1) / (MOST_BARS - 1)
    return [known[round(number * step)] for number in range(MOST_BARS)]


def not_read_section(report: Report, whole: AllTenants, texts: Texts, *, public_url: str) -> Section | None:
    """Which tenants could not be read, why and since when. The linked page says what to do about each."""
    if not whole.failed_count:
        return None
    rest = whole.failed_count - len(whole.failed)
    return Section(
        heading=f"{texts.not_read}: {texts.numbers.count(whole.failed_count)}",
        items=tuple(
            say(
                texts.not_read_line,
                tenant=one_line(one.display_name, most=MOST_NAME),
                why=texts.problems[one.problem.word],
                since=texts.dates.on(one.problem.since, report.zone),
            )
            for one in whole.failed
        ),
        rest=say(texts.more, count=texts.numbers.count(rest)) if rest else "",
        link=f"{public_url}/p/to-do" if public_url else "",
    )


def tenants_section(report: Report, whole: AllTenants, texts: Texts) -> Section:
    rest = whole.row_count - len(whole.rows)
    return Section(
        heading=texts.tenants,
        bars=tuple(_row(one, report, texts) for one in whole.rows),
        rest=say(texts.more, count=texts.numbers.count(rest)) if rest else "",
    )


def _row(row: TenantRow, report: Report, texts: Texts) -> Bar:
    name = one_line(row.display_name, most=MOST_NAME)
    told = texts.numbers.share(row.coverage) if row.coverage is not None else "–"
    return Bar(label=name, told=told, share=row.coverage, note="; ".join(_notes(row, report, texts)))


def _notes(row: TenantRow, report: Report, texts: Texts) -> Iterator[str]:
    if row.to_register_count is None:
        yield texts.no_figures
    else:
        yield say(texts.tenant_note, count=texts.numbers.count(row.to_register_count))
    if row.coverage_change is not None:
        yield texts.numbers.point_change(row.coverage_change)
    if not row.fresh and row.last_success_at:
        yield say(texts.stale_mark, read=texts.dates.on(row.last_success_at, report.zone))
    if row.problem:
        yield texts.problems[row.problem]


def states_sections(whole: AllTenants, texts: Texts) -> tuple[Section, Section]:
    count = texts.numbers.count
    lifecycles = tuple(
        (texts.lifecycles[one], count(number)) for one, number in whole.tenants_by_lifecycle.items() if number
    )
    scopes = tuple((texts.scopes[one], count(number)) for one, number in whole.tenants_by_sspr_scope.items())
    return (
        Section(heading=texts.lifecycles_heading, facts=lifecycles),
        Section(heading=texts.scopes_heading, facts=scopes),
    )
