"""The deployment fits the app: settings, queue, runtime; and it contains no secret."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from sspr_core.model.queue_messages import DELIVERY_REPORTS
from sspr_core.settings.environment import PROOFS, read
from sspr_core.web import middleware
from tests.graph_rows import guid
from tests.project.bicep import FILES, INFRA, declared, modules, params, settings, text_of
from tests.project.bicep_values import value_of
from tests.project.test_promises import settings_in_code

ROOT = Path(__file__).resolve().parent.parent.parent
PLATFORM = {  # read by the Functions host, its extensions, or App Service Authentication
    "AzureWebJobsStorage__accountName",
    "AzureWebJobsStorage__credential",
    "AzureWebJobsStorage__clientId",
    "AzureWebJobsDisableHomepage",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID",
    "WEBSITE_AUTH_AAD_ALLOWED_TENANTS",
    "SSPR_STORAGE__credential",
}
LIKELY = {  # plausible Azure values for the settings that infra/ gives
    "SSPR_STORAGE__tableServiceUri": "https://stsspr.table.core.windows.net/",
    "SSPR_STORAGE__queueServiceUri": "https://stsspr.queue.core.windows.net/",
    "SSPR_STORAGE__credential": "managedidentity",
    "SSPR_STORAGE__clientId": guid("identity"),
    "SSPR_PARTNER_TENANT_ID": guid("partner"),
    "SSPR_CLIENT_ID": guid("client"),
    "SSPR_MANAGED_IDENTITY_CLIENT_ID": guid("identity"),
    "SSPR_CLIENT_CERTIFICATE": "",
    "SSPR_MAIL_SERVICE": "communication-services",
    "SSPR_MAIL_ENDPOINT": "https://acs-sspr.europe.communication.azure.com",
    "SSPR_MAIL_SENDER": "DoNotReply@00000000.azurecomm.net",
    "SSPR_MAIL_SENDERS": '["it@mail.example"]',
    "SSPR_MAIL_PER_MINUTE": "5",
    "SSPR_MAIL_PER_HOUR": "10",
    "SSPR_PUBLIC_URL": "",
}


def test_every_setting_that_is_deployed_is_one_that_the_app_or_the_platform_reads() -> None:
    assert set(settings()) - PLATFORM <= settings_in_code()
    assert set(settings()) >= PLATFORM


def test_the_settings_that_are_deployed_are_enough_for_the_app() -> None:
    ours = {name for name in settings() if name.startswith("SSPR_")}

    assert ours == set(LIKELY)
    assert read(LIKELY).proof == "SSPR_MANAGED_IDENTITY_CLIENT_ID"


def test_the_settings_of_an_installation_without_a_mail_service_are_enough_for_the_app() -> None:
    of_mail = dict.fromkeys((name for name in LIKELY if name.startswith("SSPR_MAIL_")), "")

    assert read(LIKELY | of_mail | {"SSPR_MAIL_SERVICE": "none"}).mail_endpoint is None


@pytest.mark.parametrize("name", [file.name for file in FILES])
def test_no_key_and_no_secret_is_asked_for_or_handed_on(name: str) -> None:
    words = text_of(name)

    assert not re.findall(r"listKeys|listSecrets|AccountKey|accesskey|SSPR_CLIENT_SECRET|CONNECTION_STRING'", words)
    assert not [line for line in words.splitlines() if line.startswith("output") and "certificate" in line]


@pytest.mark.parametrize(
    ("file", "closed"),
    [
        ("storage.bicep", "allowSharedKeyAccess: false"),
        ("storage.bicep", "allowBlobPublicAccess: false"),
        ("mail.bicep", "disableLocalAuth: true"),
        ("monitoring.bicep", "DisableLocalAuth: true"),
        ("auth.bicep", "requireAuthentication: true"),
    ],
)
def test_every_way_in_without_an_identity_is_closed(file: str, closed: str) -> None:
    assert closed in text_of(file)


@pytest.mark.parametrize("name", ["scm", "ftp"])
def test_nobody_deploys_with_a_password(name: str) -> None:
    policies = re.findall(
        r"basicPublishingCredentialsPolicies@[^{]*\{\s*parent: site\s*name: '(\w+)'\s*properties: \{ allow: false \}",
        text_of("app.bicep"),
    )

    assert name in policies


def test_every_module_is_given_what_it_needs_and_nothing_else() -> None:
    given = modules()

    assert {file.name for file in FILES} == {*given, "main.bicep"}
    for file, module in given.items():
        asked = params(file)
        assert {name for name, needed in asked.items() if needed} <= set(module.given) <= set(asked), file


def test_no_deployment_in_the_subscription_has_the_same_name_for_two_installations() -> None:
    names = [module.name for module in modules().values() if not module.scope]

    assert names
    assert [name for name in names if "${suffix}" not in name] == []  # such a name is bound to its first region


def test_without_a_mail_service_nothing_asks_for_what_its_modules_say() -> None:
    given, outputs = modules(), declared("main.bicep", "output")
    of_mail = {file for file, module in given.items() if module.condition == "sendsMail"}
    asking = {one for module in given.values() for one in module.given.values() if "mail!." in one}
    names = {"sendsMail": False}

    assert of_mail == {"mail.bicep", "events.bicep"}
    assert {value_of(one, names) for one in asking} == {""}
    assert {name: value_of(one, names) for name, one in outputs.items() if "mail!." in one} == {
        "SSPR_MAIL_SERVICE_NAME": "",
        "SSPR_MAIL_SENDER": "",
        "SSPR_MAIL_DNS_RECORDS": {},
    }


def test_every_parameter_file_entry_is_a_parameter_and_none_that_is_needed_is_missing() -> None:
    given = set(json.loads((INFRA / "main.parameters.json").read_text())["parameters"])
    asked = params("main.bicep")

    assert {name for name, needed in asked.items() if needed} <= given <= set(asked)


def test_the_workflow_asks_what_would_change_with_the_ids_programs_and_mail_service_of_the_installation() -> None:
    workflow = (ROOT / ".github" / "workflows" / "azure.yml").read_text().split("what-if --location")[1]
    given = dict(re.findall(r"(\w+)=(\$\{\{ [^}]+ \}\}|\w+)", workflow.split("\n  known-holes")[0]))

    assert set(given) <= set(params("main.bicep"))
    by_name = {"clientId", "signInClientId", "programClientIds", "mailService"}
    in_azd = json.loads((INFRA / "main.parameters.json").read_text())["parameters"]
    for name in by_name:
        [variable] = re.findall(r"\$\{(\w+)", in_azd[name]["value"])
        assert f"vars.{variable} " in given[name]


def test_delivery_reports_go_to_the_queue_that_has_a_door() -> None:
    assert f"var reportsQueue = '{DELIVERY_REPORTS}'" in text_of("storage.bicep")


def test_only_what_the_app_shows_to_everybody_is_open_without_sign_in() -> None:
    assert f"excludedPaths: ['/healthz', '{middleware._OPEN}', '{middleware._OPEN}*']" in text_of("auth.bicep")


def test_azure_runs_the_python_that_the_project_is_written_for() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]

    assert f"runtime: {{ name: 'python', version: '{wanted.removeprefix('==').removesuffix('.*')}' }}" in text_of(
        "app.bicep"
    )


@pytest.mark.parametrize(
    "name", ["ftpsState", "linuxFxVersion", "alwaysOn", "FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage:"]
)
def test_nothing_is_set_for_which_flex_consumption_refuses_the_site_or_the_host_its_storage(name: str) -> None:
    assert name not in text_of("app.bicep")


def mail(*, domain: str = "", verified: bool = False, per_hour: str = "") -> tuple[str, str, str]:
    """The sender and quota that the app gets."""
    names: dict[str, str | bool] = {
        "ownDomain": domain,
        "ownDomainVerified": verified,
        "perMinute": "",
        "perHour": per_hour,
        "managed.properties.fromSenderDomain": "x.azurecomm.net",
    }
    names["sendsFromOwn"] = value_of(declared("mail.bicep", "var")["sendsFromOwn"], names)
    outputs = declared("mail.bicep", "output")
    sender, minute, hour = (str(value_of(outputs[one], names)) for one in ("sender", "perMinute", "perHour"))
    return sender, minute, hour


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ("DoNotReply@x.azurecomm.net", "5", "10")),
        ({"domain": "mail.example"}, ("DoNotReply@x.azurecomm.net", "5", "10")),
        ({"domain": "mail.example", "verified": True}, ("DoNotReply@mail.example", "30", "100")),
        ({"domain": "mail.example", "verified": True, "per_hour": "1000"}, ("DoNotReply@mail.example", "30", "1000")),
    ],
)
def test_sender_and_quota_follow_the_domain_once_it_is_verified(
    given: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert mail(**given) == expected


@pytest.mark.parametrize(("certificate", "proof"), [("", PROOFS[0]), ("@Microsoft.KeyVault(…)", PROOFS[1])])
def test_exactly_one_proof_is_deployed(certificate: str, proof: str) -> None:
    names = {"certificate": certificate, "identityClientId": "identity"}

    assert [one for one in PROOFS if one in settings() and value_of(settings()[one], names)] == [proof]
