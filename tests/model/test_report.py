"""A report keeps its figures, and is archived without names."""

from datetime import UTC, date, datetime, timedelta

import msgspec
from msgspec.structs import replace

from sspr_core.model.counts import Counts
from sspr_core.model.history import Point
from sspr_core.model.ids import tenant_id
from sspr_core.model.problem import Access
from sspr_core.model.registration import Excluded
from sspr_core.model.report import People, Person, Report, ReportProblem, RunSince

MONDAY = datetime(2026, 5, 4, 8, tzinfo=UTC)
ANA = Person(display_name="Ana <b>", upn="ana@contoso.example", admin=True)


def a_report() -> Report:
    return Report(
        tenant_id=tenant_id("11111111-1111-4111-8111-111111111111"),
        tenant_name="Contoso",
        language="de",
        zone="Europe/Berlin",
        as_of=MONDAY,
        since=MONDAY - timedelta(days=7),
        counts=Counts(population_count=4, registered_enabled_count=1, to_register_count=3),
        course=(
            Point(
                on=date(2026, 5, 3),
                population_count=4,
                registered_count=1,
                registered_enabled_count=1,
                to_register_count=3,
            ),
        ),
        named=True,
        to_register=People(count=3, named=(ANA,)),
        single_method=People(count=1, named=(ANA,)),
        excluded_by_reason={Excluded.GUEST: 2, Excluded.DISABLED: 1},
        runs=(
            RunSince(
                run_id="0" * 14,
                template="register",
                created_at=MONDAY,
                mailed_count=3,
                looked_at_count=3,
                registered_count=1,
            ),
        ),
        problem=ReportProblem(word=Access.THROTTLED, since=MONDAY, remedy="Wait: https://example.com/"),
    )


def test_a_report_comes_back_as_it_was_packed():
    report = a_report()

    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report


def test_the_rest_of_a_list_is_counted():
    assert People(count=3, named=(ANA,)).rest_count == 2


def test_what_is_archived_names_nobody_and_counts_the_same():
    bare = a_report().without_names()

    assert b"ana@" not in msgspec.json.encode(bare).lower()
    assert b"Ana" not in msgspec.json.encode(bare)
    assert bare.to_register == People(count=3)
    assert bare.single_method == People(count=1)


def test_every_list_of_people_loses_its_names():
    named = People(count=1, named=(ANA,))
    lists = [name for name in Report.__struct_fields__ if isinstance(getattr(a_report(), name), People)]
    report = replace(a_report(), **dict.fromkeys(lists, named))

    assert [getattr(report.without_names(), name) for name in lists] == [People(count=1)] * len(lists)


def test_coverage_is_that_of_the_counts():
    assert a_report().coverage == 1 / 4
    assert replace(a_report(), counts=None).coverage is None
