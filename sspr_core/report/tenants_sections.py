"""The sections that only the report over all tenants has."""

from collections.abc import Iterator

from sspr_core.model.report import AllTenants, Report, TenantRow
from sspr_core.model.text import one_line
from sspr_core.report.languages import Texts, say
from sspr_core.report.rendering import Bar, Section

MOST_NAME = 60


def not_read_section(report: Report, whole: AllTenants, texts: Texts, *, public_url: str) -> Section | None:
    """Which tenants could not be read, why and since when. What to do about each is on the page that is linked."""
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
