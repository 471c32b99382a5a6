"""The figures in docs/scaling.md are those that its arithmetic gives."""

import re

import pytest

from bench.scaling import GROUPS, LIMITS, QUOTAS, Month, instances, tables
from dev.azurite import ROOT
from sspr_core.model.sending import SendingLimits
from tests.project.bicep import typed_params

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
    usual = SendingLimits()

    assert any((per_minute, per_hour) == (usual.per_minute, usual.per_hour) for _, per_minute, per_hour in QUOTAS)
    assert f"{usual.longest_run / usual.spacing:,.0f} recipients" in TEXT


def test_groups_of_functions_are_those_that_azure_scales_apart():
    alone = re.findall(r"^@app\.(?:queue|timer)_trigger", (ROOT / "function_app.py").read_text(), re.MULTILINE)

    assert len(alone) + 1 == GROUPS  # plus one group for all of HTTP
    assert f"The app has {GROUPS}:" in (ROOT / "infra" / "main.bicep").read_text()
    assert f"each of the {len(alone)} others is its own, so there are {GROUPS}" in TEXT


def test_the_limit_that_is_deployed_is_among_those_of_which_the_upper_end_is_said():
    limit = typed_params("main.bicep")["maximumInstanceCount"].default

    assert limit in map(str, LIMITS)
    assert f"{limit} is ample" in TEXT


def test_no_limit_lets_more_run_than_the_cores_that_a_subscription_has():
    assert [instances(limit) for limit in (1, 5, 40, 1_000)] == [17, 85, 250, 250]
