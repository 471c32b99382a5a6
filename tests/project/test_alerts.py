"""When the alerts fire, and when they must not."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sspr_core.ports.telemetry import MEASURED, Metric
from tests.project.alert_rules import OF_ALL, OF_MAIL, RULES
from tests.project.bicep import declared, text_of
from tests.project.bicep_values import value_of
from tests.project.kql import Row

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def told(metric: Metric, value: float, *, ago: int = 5, **dimensions: str) -> Row:
    """A row of the table as the app's exporter writes it, so many minutes old."""
    return {
        "timestamp": NOW - timedelta(minutes=ago),
        "name": str(metric),
        "value": value,
        "valueSum": value,
        "customDimensions": dimensions,
    }


def tenants(*, active: int, fresh: int, ago: int = 5) -> list[Row]:
    return [told(Metric.TENANTS_ACTIVE, active, ago=ago), told(Metric.TENANTS_FRESH, fresh, ago=ago)]


def waiting(seconds: float, *, queue: str = "a", ago: int = 5) -> list[Row]:
    return [told(Metric.QUEUE_AGE, seconds, ago=ago, queue=queue)]


@pytest.mark.parametrize("name", RULES)
def test_nothing_fires_before_the_app_has_said_anything(name: str) -> None:
    assert not RULES[name].fires([], now=NOW)


CASES: list[tuple[str, bool, list[Row]]] = [
    ("app-silent", False, tenants(active=3, fresh=3)),
    ("app-silent", False, tenants(active=0, fresh=0, ago=55)),  # has no tenants yet, but reports
    ("app-silent", True, tenants(active=3, fresh=3, ago=65)),
    ("app-silent", True, tenants(active=0, fresh=0, ago=47 * 60)),
    ("app-silent", True, [told(Metric.TENANTS_FRESH, 3, ago=65)]),  # of the version before, which reported only this
    # tenants of which none has consented; the first that has; one that was fresh within the hour
    ("no-fresh-snapshot", False, [told(Metric.TENANTS_EXPECTED, 300), *tenants(active=0, fresh=0)]),
    ("no-fresh-snapshot", False, [*tenants(active=0, fresh=0, ago=30), *tenants(active=1, fresh=1)]),
    ("no-fresh-snapshot", False, [*tenants(active=9, fresh=1, ago=50), *tenants(active=9, fresh=0)]),
    ("no-fresh-snapshot", True, [*tenants(active=9, fresh=0, ago=50), *tenants(active=9, fresh=0)]),
    ("fewer-fresh-snapshots", False, [*tenants(active=100, fresh=100, ago=600), *tenants(active=100, fresh=81)]),
    ("fewer-fresh-snapshots", True, [*tenants(active=100, fresh=100, ago=600), *tenants(active=100, fresh=79)]),
    # thirty left; a start
    ("fewer-fresh-snapshots", False, [*tenants(active=100, fresh=100, ago=600), *tenants(active=70, fresh=70)]),
    ("fewer-fresh-snapshots", False, [*tenants(active=1, fresh=1, ago=600), *tenants(active=100, fresh=2)]),
    ("removals-held-back", False, [told(Metric.TENANTS_HELD_BACK, 5, ago=55), told(Metric.TENANTS_HELD_BACK, 0)]),
    ("removals-held-back", True, [told(Metric.TENANTS_HELD_BACK, 0, ago=55), told(Metric.TENANTS_HELD_BACK, 5)]),
    ("poison-messages", True, [told(Metric.POISON_MESSAGES, 1, queue="snapshots")]),
    ("poison-messages", False, [told(Metric.POISON_MESSAGES, 1, ago=65, queue="snapshots")]),
    ("queue-stands-still", True, [*waiting(0), *waiting(1900, queue="b")]),
    ("queue-stands-still", False, [*waiting(1900, ago=9), *waiting(0)]),
    ("credential-failure", True, [told(Metric.CREDENTIAL_FAILURES, 1, service="graph")]),
    ("many-bounces", True, [told(Metric.MAILS_ACCEPTED, 20), told(Metric.MAILS_BOUNCED, 2)]),
    ("many-bounces", False, [told(Metric.MAILS_ACCEPTED, 20), told(Metric.MAILS_BOUNCED, 1)]),
    ("many-bounces", False, [told(Metric.MAILS_ACCEPTED, 19), told(Metric.MAILS_BOUNCED, 9)]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "fires", "rows"), CASES)
def test_an_alert_fires_when_it_should_and_only_then(name: str, rows: list[Row], *, fires: bool) -> None:
    assert RULES[name].fires(rows, now=NOW) is fires


def test_every_alert_has_a_case_in_which_it_fires() -> None:
    assert {name for name, fires, _ in CASES if fires} == set(RULES)


def test_a_silent_app_is_never_said_to_be_well_again() -> None:
    longer = NOW + timedelta(days=2)
    assert not RULES["app-silent"].fires(tenants(active=3, fresh=3), now=longer)  # Azure looks back no further

    resource = dict(re.findall(r"^    (\w+): (.+)$", text_of("alerts.bicep"), re.MULTILINE))
    for name in RULES:
        unresolved = name in declared("alerts.bicep", "var")["neverResolved"]
        names: dict[str, Any] = {"neverResolved": ["app-silent"], "rule.name": name, "null": ""}
        assert unresolved is (name == "app-silent")
        assert value_of(resource["autoMitigate"], names) is not unresolved
        assert value_of(resource["muteActionsDuration"], names) == ("P1D" if unresolved else "")


@pytest.mark.parametrize(("service", "rules"), [("none", OF_ALL), ("communication-services", OF_ALL | OF_MAIL)])
def test_rules_about_mail_are_there_only_with_a_mail_service(service: str, rules: dict[str, Any]) -> None:
    names: dict[str, Any] = {"mailService": service, "rulesOfAll": list(OF_ALL), "rulesOfMail": list(OF_MAIL)}

    assert value_of(declared("alerts.bicep", "var")["rules"], names) == list(rules)


@pytest.mark.parametrize("name", RULES)
def test_an_alert_asks_for_metrics_that_the_app_tells(name: str) -> None:
    asked = set(re.findall(r"sspr\.[a-z]+\.[a-z_]+", RULES[name].query))

    assert asked
    assert asked <= {*Metric}


@pytest.mark.parametrize("name", RULES)
def test_what_is_counted_is_summed_and_what_is_measured_is_not(name: str) -> None:
    query = RULES[name].query
    asked = {metric for metric in Metric if f'"{metric}"' in query}

    assert ("valueSum" in query) is not bool(asked & set(MEASURED))
