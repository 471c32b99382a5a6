"""Settings: read once, all problems reported together, secrets never shown."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sspr_core.model.limits import Retention
from sspr_core.model.sending import SendingLimits
from sspr_core.settings.environment import DEFAULTS, SettingsError, read, schedule
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

    assert settings.terms.snapshot_every == timedelta(hours=24)
    assert settings.terms.fresh_within == timedelta(hours=26)
    assert settings.discover_gdap is True
    assert settings.graph_url == "https://graph.microsoft.com/v1.0"
    assert settings.terms.sign_in_enabled is False
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
        ("SSPR_REPORT_SCHEDULE", "every Monday"),
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
    assert read({**GOOD, "SSPR_FRESH_WITHIN": text}).terms.fresh_within == duration


def test_the_public_address_is_the_setting_or_the_sites_own() -> None:
    assert read({**GOOD, "WEBSITE_HOSTNAME": "x.example"}).terms.public_url == "https://x.example"
    assert read({**GOOD, "WEBSITE_HOSTNAME": "localhost:7071"}).terms.public_url == "http://localhost:7071"
    assert read({**GOOD, "SSPR_PUBLIC_URL": "https://y.example/"}).terms.public_url == "https://y.example"
    assert read(GOOD).terms.public_url == ""


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


BY_KEY = {
    "SSPR_MAIL_CONNECTION_STRING": "endpoint=https://mail.example/;accesskey=a2V5aHVzaA==",
    "SSPR_MAIL_SENDER": "donotreply@partner.example",
}


def test_without_a_mail_service_everything_else_works() -> None:
    settings = read(GOOD)

    assert (settings.mail_service, settings.mail_connection, settings.mail_endpoint) == ("none", None, None)
    assert (settings.terms.cool_down, settings.numbers) == (timedelta(days=7), SendingLimits())
    assert settings.terms.typed_above == 100


def test_a_mail_service_is_given_with_its_key_or_by_its_address_and_always_with_a_sender() -> None:
    by_address = {"SSPR_MAIL_ENDPOINT": "https://mail.example/", "SSPR_MAIL_SENDER": "us@partner.example"}

    assert read({**GOOD, **BY_KEY}).mail_sender == "donotreply@partner.example"
    assert read({**GOOD, **by_address}).mail_endpoint == "https://mail.example"
    assert problems_of(**{**BY_KEY, **by_address}) == [
        "SSPR_MAIL_ENDPOINT and SSPR_MAIL_CONNECTION_STRING are both set"
    ]
    for name in ("SSPR_MAIL_ENDPOINT", "SSPR_MAIL_CONNECTION_STRING"):
        given = {name: {**BY_KEY, **by_address}[name]}
        assert problems_of(**given) == [f"SSPR_MAIL_SENDER is missing beside {name}"]


@pytest.mark.parametrize(
    ("given", "service"),
    [
        ({}, "none"),
        ({"SSPR_MAIL_SERVICE": " "}, "none"),
        ({"SSPR_MAIL_SENDER": "us@partner.example"}, "none"),
        (BY_KEY, "communication-services"),
        ({**BY_KEY, "SSPR_MAIL_SERVICE": ""}, "communication-services"),
        ({**BY_KEY, "SSPR_MAIL_SERVICE": "communication-services"}, "communication-services"),
        ({**BY_KEY, "SSPR_MAIL_SERVICE": "none"}, "none"),
        ({"SSPR_MAIL_SERVICE": "none", "SSPR_MAIL_ENDPOINT": "https://mail.example"}, "none"),  # and no sender
    ],
)
def test_who_sends_is_chosen_or_else_follows_from_who_can_be_reached(given: dict[str, str], service: str) -> None:
    assert read({**GOOD, **given}).mail_service == service


def test_a_chosen_mail_service_that_cannot_be_reached_is_told_with_both_settings() -> None:
    [problem] = problems_of(SSPR_MAIL_SERVICE="communication-services", SSPR_MAIL_SENDER="us@partner.example")

    assert problem.startswith("SSPR_MAIL_SERVICE is communication-services")
    assert problem.endswith("neither SSPR_MAIL_ENDPOINT nor SSPR_MAIL_CONNECTION_STRING is set")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SSPR_MAIL_SERVICE", "None"),
        ("SSPR_MAIL_SERVICE", "sendgrid"),
        ("SSPR_MAIL_CONNECTION_STRING", "endpoint=https://mail.example/"),
        ("SSPR_MAIL_CONNECTION_STRING", "accesskey=a2V5"),
        ("SSPR_MAIL_CONNECTION_STRING", "endpoint=http://mail.example/;accesskey=a2V5"),  # it would be called by https
        ("SSPR_MAIL_CONNECTION_STRING", "endpoint=https://mail.example/;accesskey=not base64"),
        ("SSPR_MAIL_ENDPOINT", "mail.example"),
        ("SSPR_MAIL_SENDER", "donotreply"),
        ("SSPR_MAIL_SENDERS", "security@partner.example"),
        ("SSPR_MAIL_SENDERS", '{"a": 1}'),
        ("SSPR_MAIL_SENDERS", "[1]"),
        ("SSPR_MAIL_SENDERS", '["security"]'),
        ("SSPR_MAIL_PER_MINUTE", "-1"),
        ("SSPR_MAIL_PER_HOUR", "many"),
        ("SSPR_MAIL_PER_HOUR", "9" * 5_000),
        ("SSPR_MAIL_COOL_DOWN", "a week"),
        ("SSPR_MAIL_LONGEST_RUN", "0h"),
        ("SSPR_MAIL_TYPED_ABOVE", "1.5"),
        ("SSPR_MAIL_NUMBERS", "[]"),
        ("SSPR_MAIL_NUMBERS", '{"settle":"10m"}'),
        ("SSPR_MAIL_NUMBERS", '{"settel":600}'),
        ("SSPR_MAIL_NUMBERS", '{"per_hour":1000}'),
        ("SSPR_MAIL_NUMBERS", '{"grace":-1}'),
        ("SSPR_MAIL_NUMBERS", '{"remembered":1e99}'),
        ("SSPR_MAIL_NUMBERS", '{"settle":60}'),  # shorter than a request can last
        ("SSPR_MAIL_NUMBERS", '{"memory_safe":86000}'),
        ("SSPR_MAIL_NUMBERS", '{"attempts":0}'),
    ],
)
def test_a_wrong_value_of_the_mail_service_is_named(name: str, value: str) -> None:
    usual = BY_KEY if name != "SSPR_MAIL_ENDPOINT" else {"SSPR_MAIL_SENDER": "us@partner.example"}

    [problem] = problems_of(**{**usual, name: value})

    assert problem.startswith(f"{name} is ")


def test_further_senders_are_a_list() -> None:
    listed = '["security@partner.example", " It@partner.example "]'

    assert read({**GOOD, **BY_KEY}).mail_senders == ()
    assert read({**GOOD, "SSPR_MAIL_SENDERS": listed}).mail_senders == (
        "security@partner.example",
        "It@partner.example",
    )


def test_a_quota_of_zero_is_none() -> None:
    settings = read({**GOOD, "SSPR_MAIL_PER_MINUTE": "0", "SSPR_MAIL_PER_HOUR": "0"})

    assert (settings.numbers.per_minute, settings.numbers.per_hour) == (None, None)


def test_what_is_past_is_kept_for_so_many_days() -> None:
    usual, other = read(GOOD).terms.keep, read({**GOOD, "SSPR_KEEP_DELIVERIES": "40 d"}).terms.keep

    assert usual == Retention()
    assert other == replace(usual, deliveries=timedelta(days=40))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SSPR_KEEP_CHANGES", "39d"),  # a monthly report looks back further
        ("SSPR_KEEP_CHANGES", "960h"),
        ("SSPR_KEEP_COVERAGE", "109d"),
        ("SSPR_KEEP_COVERAGE", "for ever"),
        ("SSPR_KEEP_DELIVERIES", "0d"),
        ("SSPR_KEEP_DELIVERIES", "10000d"),
    ],
)
def test_less_than_the_app_looks_back_is_refused_with_the_least(name: str, value: str) -> None:
    [problem] = problems_of(**{name: value})

    assert problem.startswith(f"{name} is not a number of days like ")
    assert problem.endswith(f"(from {110 if name == 'SSPR_KEEP_COVERAGE' else 40}d to 9999d)")


def test_numbers_of_sending_can_be_scaled_as_long_as_they_keep_its_promises() -> None:
    scaled = '{"budget":0.5,"post_timeout":1,"lingering":1,"lookup_lag":0,"clock_error":0.1,"settle":3,"attempts":9}'

    assert read({**GOOD, "SSPR_MAIL_NUMBERS": scaled, "SSPR_MAIL_PER_HOUR": "7"}).numbers == SendingLimits(
        budget=timedelta(seconds=0.5),
        post_timeout=timedelta(seconds=1),
        lingering=timedelta(seconds=1),
        lookup_lag=timedelta(0),
        clock_error=timedelta(seconds=0.1),
        settle=timedelta(seconds=3),
        attempts=9,
        per_hour=7,
    )


def test_the_mail_services_key_is_never_shown_nor_repeated() -> None:
    shown = repr(read({**GOOD, **BY_KEY}))
    told = " ".join(problems_of(SSPR_MAIL_CONNECTION_STRING="endpoint=mail;accesskey=a2V5aHVzaA=="))

    assert "a2V5aHVzaA" not in shown + told
