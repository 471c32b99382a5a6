"""The demo's output: the table of tenants, and when all of them have been read."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from rich.console import Console

from dev.commands.api import Api, Patience
from dev.commands.parts import StackError
from dev.commands.progress import first_snapshots, is_done, unread
from dev.commands.table import overview_table, remedies
from sspr_core.model.tenant import Lifecycle
from tests.dev.apps import a_tenant, an_app, an_overview, url_of


@pytest.fixture
def app() -> Iterator[Any]:
    with an_app() as server:
        yield server


def shown(overview: dict[str, Any], rows: list[dict[str, Any]]) -> list[str]:
    console = Console(width=140, record=True, file=io.StringIO())
    console.print(overview_table(overview, rows))
    return console.export_text().splitlines()


def test_the_table_has_every_tenant_those_with_most_to_do_first_and_the_totals_last():
    rows = [
        a_tenant("Ana", to_register_count=5, population_count=50, registered_count=40, coverage=0.8),
        a_tenant("Bo", to_register_count=70, population_count=90, registered_count=20, coverage=0.2),
        a_tenant("Cleo", "ineligible"),
    ]

    lines = [line.split() for line in shown(an_overview(), rows) if line.strip()]

    names = [line[0] for line in lines if line[0] in ("Ana", "Bo", "Cleo", "All")]
    assert names == ["Bo", "Ana", "Cleo", "All"]
    assert lines[0] == ["2", "of", "3", "tenants", "fresh"]
    assert {"1,234", "800", "400", "65%"} <= set(lines[-1])


def test_a_tenant_without_figures_shows_dashes_and_one_in_trouble_its_word():
    lines = shown(an_overview("Ana"), [a_tenant("Ana", "in_process", "consent_missing")])

    (row,) = [line for line in lines if "Ana" in line]
    assert row.split() == ["Ana", "in", "process", "–", "–", "–", "–", "consent", "missing"]
    assert "1 could not be read" in lines[0]


@pytest.mark.parametrize("lifecycle", Lifecycle)
def test_every_lifecycle_has_its_colour(lifecycle):
    assert any(lifecycle.replace("_", " ") in line for line in shown(an_overview(), [a_tenant("Ana", lifecycle)]))


def test_names_are_shown_as_they_are_whatever_they_look_like():
    assert any("[red]東京 & [/]" in line for line in shown(an_overview(), [a_tenant("[red]東京 & [/]")]))


def test_every_tenant_that_could_not_be_read_has_its_remedy():
    assert [one.plain for one in remedies(an_overview("Ana", "Bo"))] == ["Ana: Ask Ana.", "Bo: Ask Bo."]


@pytest.mark.parametrize(
    ("tenant", "done"),
    [
        (a_tenant("a", "in_process"), False),
        (a_tenant("a", "in_process", "throttled"), True),
        (a_tenant("a", "ineligible"), True),
        (a_tenant("a"), True),
    ],
)
def test_a_tenant_is_done_with_data_with_a_reason_or_with_a_problem(tenant, done):
    assert is_done(tenant) is done


@pytest.mark.parametrize(
    ("tenant", "special", "named"),
    [
        (a_tenant("A"), None, []),
        (a_tenant("A", "in_process", "unavailable"), None, ["A"]),
        (a_tenant("A", "active", "unavailable"), None, ["A"]),
        (a_tenant("A", "in_process"), None, ["A"]),
        (a_tenant("A", "inactive"), None, []),
        (a_tenant("B"), None, ["A"]),
        (a_tenant("A", "in_process", "unavailable"), "html_502", []),
    ],
)
def test_a_tenant_that_was_not_read_is_named_when_nothing_is_wrong_with_it_in_the_cloud(tenant, special, named):
    cloud = {"tenants": [{"tenant_id": "a", "display_name": "A", "special": special}]}

    assert unread([tenant], cloud) == named


def test_every_page_of_tenants_is_read(app):
    assert [one["display_name"] for one in Api(url_of(app)).tenants()] == ["0", "1", "2", "3", "4"]


def test_the_sweep_waits_until_discovery_is_through_even_when_it_ran_before(app):
    assert first_snapshots(Api(url_of(app)), set("01234"), Console(quiet=True), Patience(10))
    assert app.fired == ["discover_tenants", "schedule_snapshots"]


def test_patience_ends_when_a_tenant_is_missing_however_many_others_there_are(app):
    assert not first_snapshots(Api(url_of(app)), {"4", "5"}, Console(quiet=True), Patience(0.5))


def test_an_app_that_is_busy_now_and_then_is_asked_again(app):
    app.troubles = [503, None, 500, None, None]  # None: the connection drops

    assert first_snapshots(Api(url_of(app)), set("01234"), Console(quiet=True), Patience(20))
    assert app.troubles == []


@pytest.mark.parametrize("trouble", [500, None])
def test_patience_ends_with_the_last_trouble_of_an_app_that_does_not_answer(app, trouble):
    app.troubles = [trouble] * 1000

    with pytest.raises(StackError, match="does not answer"):
        Patience(0.5).ask(Api(url_of(app)).tenants)


def test_a_refusal_is_not_asked_again(app):
    app.troubles = [401, 500]

    with pytest.raises(StackError, match=r"refuses .*/api/v1/tenants.* 401"):
        Patience(60).ask(Api(url_of(app)).tenants)
    assert app.troubles == [500]


def test_nobody_waits_for_a_part_that_has_ended(app):
    def check() -> None:
        raise StackError("cloud has ended")

    with pytest.raises(StackError, match="cloud has ended"):
        Patience(60, check).ask(Api(url_of(app)).tenants)
