"""The values that azd's hooks store for an installation, and those they refuse. tests/project/test_azd.py has their
order.
"""

import os
import re
from pathlib import Path

import pytest

from tests.graph_rows import guid
from tests.infra.signed_in import ROOT, Desk
from tests.project.azd import hook_line

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-in is a shell script")

NEW = {"AZURE_ENV_NAME": "prod", "AZURE_LOCATION": "westeurope"}
IDS = {name: guid(name) for name in ("SSPR_PARTNER_TENANT_ID", "SSPR_CLIENT_ID", "SSPR_SIGN_IN_CLIENT_ID")}
AZURE_YAML = (ROOT / "azure.yaml").read_text()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.change(desk.state | {"azd": NEW})
    return desk


@pytest.mark.parametrize("forgotten", ["SSPR_CLIENT_ID", "SSPR_SIGN_IN_CLIENT_ID"])
def test_a_hook_that_could_not_set_an_id_stops_the_deployment(desk: Desk, forgotten: str) -> None:
    desk.change(desk.state | {"azd_forgets": [forgotten]})

    done = desk.shell(hook_line("preprovision"), **NEW)

    assert done.returncode == 1
    assert f"azd's environment has no {forgotten}:" in done.stderr


def test_with_a_certificate_ids_that_were_not_given_stop_the_deployment(desk: Desk) -> None:
    done = desk.shell(hook_line("preprovision"), SSPR_CLIENT_CERTIFICATE="x", **NEW)

    assert (done.returncode, desk.writes()) == (1, [])
    assert "no SSPR_PARTNER_TENANT_ID and no SSPR_CLIENT_ID and no SSPR_SIGN_IN_CLIENT_ID" in done.stderr


@pytest.mark.parametrize(
    ("before", "chosen"),
    [
        ({}, None),
        ({"SSPR_MAIL_SERVICE_NAME": ""}, None),
        ({"SSPR_MAIL_SERVICE_NAME": "email-sspr-x"}, "communication-services"),
        ({"SSPR_MAIL_SERVICE_NAME": "email-sspr-x", "SSPR_MAIL_SERVICE": "none"}, "none"),
    ],
    ids=["new", "without", "with", "chosen"],
)
def test_an_update_keeps_the_mail_service_that_an_installation_has_also_with_a_certificate(
    desk: Desk, before: dict[str, str], chosen: str | None
) -> None:
    known = NEW | IDS | before
    desk.change(desk.state | {"azd": known})

    done = desk.shell(hook_line("preprovision"), SSPR_CLIENT_CERTIFICATE="x", **known)

    assert (done.returncode, desk.state["azd"].get("SSPR_MAIL_SERVICE")) == (0, chosen)


def test_an_update_keeps_the_mail_service_with_an_identity_too(desk: Desk) -> None:
    desk.shell(hook_line("preprovision"), SSPR_MAIL_SERVICE_NAME="email-sspr-x", **NEW)

    assert desk.state["azd"]["SSPR_MAIL_SERVICE"] == "communication-services"


MAIL = {"email-sspr-x": "Microsoft.Communication/emailServices"}


@pytest.mark.parametrize(
    ("groups", "chosen"),
    [({}, None), ({"rg-sspr-prod": {}}, None), ({"rg-sspr-other": MAIL}, None),
     ({"rg-sspr-prod": MAIL}, "communication-services")],
    ids=["first", "without", "of another", "with"],
)  # fmt: skip
@pytest.mark.parametrize("certificate", ["", "x"])
def test_an_environment_that_lost_what_was_deployed_asks_azure_for_the_mail_service(
    desk: Desk, groups: dict[str, dict[str, str]], chosen: str | None, certificate: str
) -> None:
    desk.change(desk.state | {"azd": NEW | IDS, "groups": groups, "tenant": IDS["SSPR_PARTNER_TENANT_ID"]})

    done = desk.shell(hook_line("preprovision"), SSPR_CLIENT_CERTIFICATE=certificate, **NEW, **IDS)

    assert (done.returncode, desk.state["azd"].get("SSPR_MAIL_SERVICE")) == (0, chosen)


@pytest.mark.parametrize(("choice", "code"), [({}, 1), ({"SSPR_MAIL_SERVICE": "none"}, 0)], ids=["open", "chosen"])
def test_where_azure_does_not_say_the_deployment_stops_until_somebody_has_chosen(
    desk: Desk, choice: dict[str, str], code: int
) -> None:
    desk.change(desk.state | {"refuse_resources": [("AuthorizationFailed", "no permission to read")]})

    done = desk.shell(hook_line("preprovision"), **NEW, **choice)

    assert done.returncode == code
    assert ("azd env set SSPR_MAIL_SERVICE none, or communication-services" in done.stderr) is bool(code)


def test_ids_that_a_pipeline_gives_as_variables_of_the_process_are_enough(desk: Desk) -> None:
    done = desk.shell(hook_line("preprovision"), SSPR_CLIENT_CERTIFICATE="x", **NEW, **IDS)

    assert (done.returncode, done.stderr) == (0, "")
    assert not set(IDS) & set(desk.state["azd"])


def test_a_dry_run_keeps_nothing(desk: Desk) -> None:
    desk.run("--dry-run", "apps", "--azd", SSPR_MAIL_SERVICE_NAME="email-sspr-x")

    assert desk.state["azd"] == NEW


@pytest.mark.parametrize("hook", ["preprovision", "postprovision", "postdeploy"])
def test_windows_runs_what_the_others_run(hook: str) -> None:
    assert hook_line(hook, "windows").replace("py -3", "python3") == hook_line(hook)


def test_what_the_hook_after_a_deployment_finds_does_not_end_azd() -> None:
    [block] = re.findall(r"^  postdeploy:\n((?:    .*\n)+)", AZURE_YAML, re.MULTILINE)

    assert block.count("continueOnError: true") == block.count("run: ") == 2


def test_the_lowest_azd_is_the_one_that_the_guide_names() -> None:
    [lowest] = re.findall(r"azd: '>= ([\d.]+)'", AZURE_YAML)

    assert f"`azd`) {lowest} or newer" in (ROOT / "docs" / "deploy.md").read_text()
