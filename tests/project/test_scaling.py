"""What docs/scaling.md says is what its arithmetic gives."""

import pytest

from bench.scaling import QUOTAS, Month, tables
from dev.azurite import ROOT
from sspr_core.notify.runs.numbers import Numbers

TEXT = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")


def test_its_tables_are_those_that_the_program_prints():
    _, _, after = TEXT.partition("<!-- python -m bench.scaling -->\n")

    assert after.partition("\n<!-- end -->")[0] == tables()


def test_the_arithmetic_in_words_is_that_of_the_tables():
    month = Month(1_000)

    assert f"= {month.table_requests:,.0f}." in TEXT
    assert month.gb_seconds == 17_280 + 180_000 + 118_080
    assert month.timers * 2 == 118_080
    assert all(f"{part:,}" in TEXT for part in (17_280, 180_000, 118_080))


@pytest.mark.parametrize(("tenants", "times"), [(100, 1), (1_000, 10)])
def test_ten_times_the_tenants_need_ten_times_the_requests_and_emails(tenants, times):
    base, month = Month(100), Month(tenants)

    assert month.table_requests == pytest.approx(times * base.table_requests)
    assert month.emails == times * base.emails


def test_the_quota_that_most_have_and_the_longest_run_are_said():
    usual = Numbers()

    assert any((per_minute, per_hour) == (usual.per_minute, usual.per_hour) for _, per_minute, per_hour in QUOTAS)
    assert f"{usual.longest_run / usual.spacing:,.0f} recipients" in TEXT
