"""What a report says first: that it is late, that its figures are old, that something could not be read."""

from collections.abc import Iterator

from sspr_core.model.report import Report
from sspr_core.report.languages import Texts, say
from sspr_core.report.rendering import Notice


def notices(report: Report, texts: Texts) -> tuple[Notice, ...]:
    """In the order in which they matter; none for a report that is in time, whole and fresh."""
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
    """Every tenant that is expected is fresh, and none has an access problem."""
    whole = report.all_tenants
    return whole is None or (whole.fresh_count == whole.expected_count and not whole.failed_count)
