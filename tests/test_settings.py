"""Settings: read once, every problem named at once, secrets never shown."""

from datetime import timedelta

import pytest

from sspr_core.settings import DEFAULTS, SettingsError, read, schedule
from tests.graph_rows import guid

GOOD = {
    "SSPR_STORAGE": "UseDevelopmentStorage=true",
    "SSPR_PARTNER_TENANT_ID": guid("partner"),
    "SSPR_CLIENT_ID": guid("client"),
    "SSPR_CLIENT_SECRET": "hush",
}


def problems_of(**changed: str | None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read({name: value for name, value in {**GOOD, **changed}.items() if value is not None})
    return caught.value.problems


def test_four_settings_are_enough_and_the_rest_has_defaults() -> None:
    settings = read(GOOD)

    assert settings.snapshot_every == timedelta(hours=24)
    assert settings.fresh_within == timedelta(hours=26)
    assert settings.discover_gdap is True
    assert settings.graph_url == "https://graph.microsoft.com/v1.0"
    assert settings.sign_in_enabled is False
    assert settings.tenants == {}


def test_everything_wrong_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        read({})

    text = str(caught.value)
    for name in ("SSPR_STORAGE", "SSPR_PARTNER_TENANT_ID", "SSPR_CLIENT_ID", "SSPR_CLIENT_SECRET"):
        assert name in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SSPR_STORAGE", "garbage"),
        ("SSPR_STORAGE", "AccountName=x"),
        ("SSPR_PARTNER_TENANT_ID", "contoso.example"),
        ("SSPR_DISCOVER_GDAP", "maybe"),
        ("SSPR_SNAPSHOT_EVERY", "soon"),
        ("SSPR_SNAPSHOT_EVERY", "0h"),
        ("SSPR_SNAPSHOT_EVERY", "60d"),
        ("SSPR_SNAPSHOT_EVERY", "9999999999999999d"),
        ("SSPR_SNAPSHOT_EVERY", "9" * 5_000 + "d"),
        ("SSPR_GRAPH_URL", "http://graph.example"),
        ("SSPR_GRAPH_URL", "https://"),
        ("SSPR_AUTHORITY", "https://[login.example"),
        ("SSPR_PUBLIC_URL", "sspr.example"),
        ("SSPR_PUBLIC_URL", "ftp://sspr.example"),
        ("SSPR_PUBLIC_URL", "https://"),
        ("SSPR_PUBLIC_URL", "https://sspr.example:port"),
        ("SSPR_PUBLIC_URL", "https://sspr.example/?a=b"),
        ("SSPR_TENANTS", "[1]"),
        ("SSPR_TENANTS", '[{"tenant_id":"x"}]'),
        ("SSPR_TENANTS", f'[{{"tenant_id":"{guid("a")}","name":"x"}}]'),
        ("SSPR_SNAPSHOT_SCHEDULE", "*/15 * * * *"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str) -> None:
    [problem] = problems_of(**{name: value})

    assert problem.startswith(f"{name} is ")


def test_exactly_one_credential_is_needed() -> None:
    assert "0 are set" in problems_of(SSPR_CLIENT_SECRET=None)[0]
    assert "2 are set" in problems_of(SSPR_MANAGED_IDENTITY_CLIENT_ID=guid("identity"))[0]


def test_a_certificate_that_is_none_is_named_and_not_repeated() -> None:
    [problem] = problems_of(SSPR_CLIENT_SECRET=None, SSPR_CLIENT_CERTIFICATE="garbage")

    assert problem.startswith("SSPR_CLIENT_CERTIFICATE is ")
    assert "garbage" not in problem


def test_an_empty_value_is_no_value() -> None:
    assert read({**GOOD, "SSPR_CLIENT_CERTIFICATE": " "}).proof == "SSPR_CLIENT_SECRET"


def test_storage_by_address_needs_both_addresses() -> None:
    by_address = {"SSPR_STORAGE": None, "SSPR_STORAGE__tableServiceUri": "https://x.table.example"}

    assert "SSPR_STORAGE__queueServiceUri" in problems_of(**by_address)[0]
    given = {**GOOD, **by_address, "SSPR_STORAGE__queueServiceUri": "https://x.queue.example"}
    assert read({k: v for k, v in given.items() if v}).table_service_uri == "https://x.table.example"


def test_tenants_of_the_settings_have_names_or_none() -> None:
    listed = f'[{{"tenant_id":"{guid("a").upper()}","display_name":"A"}},{{"tenant_id":"{guid("b")}"}}]'

    assert read({**GOOD, "SSPR_TENANTS": listed}).tenants == {guid("a"): "A", guid("b"): None}


@pytest.mark.parametrize(
    ("text", "duration"), [("90m", timedelta(minutes=90)), ("1d", timedelta(days=1)), ("30 s", timedelta(seconds=30))]
)
def test_durations_have_a_unit(text: str, duration: timedelta) -> None:
    assert read({**GOOD, "SSPR_FRESH_WITHIN": text}).fresh_within == duration


def test_the_public_address_is_the_setting_or_the_sites_own() -> None:
    assert read({**GOOD, "WEBSITE_HOSTNAME": "x.example"}).public_url == "https://x.example"
    assert read({**GOOD, "WEBSITE_HOSTNAME": "localhost:7071"}).public_url == "http://localhost:7071"
    assert read({**GOOD, "SSPR_PUBLIC_URL": "https://y.example/"}).public_url == "https://y.example"
    assert read(GOOD).public_url == ""


def test_secrets_are_never_shown() -> None:
    shown = repr(read({**GOOD, "SSPR_STORAGE": "AccountName=x;AccountKey=abc"}))

    assert "hush" not in shown
    assert "AccountKey" not in shown


def test_a_wrong_secret_is_not_repeated_in_the_problems() -> None:
    assert "hush" not in " ".join(problems_of(SSPR_CLIENT_ID="x"))


def test_a_wrong_schedule_does_not_keep_the_app_from_loading() -> None:
    name = "SSPR_SNAPSHOT_SCHEDULE"

    assert schedule({name: "nonsense"}, name) == DEFAULTS[name]
    assert schedule({name: "0 0 * * * *"}, name) == "0 0 * * * *"
