"""The commands and facts in docs/deploy.md and docs/security.md exist."""

import json
import re
from pathlib import Path

import pytest

from tests.infra.signed_in import ROOT, Desk
from tests.project.bicep import INFRA, text_of
from tests.project.test_triggers import FUNCTIONS

DEPLOY, SECURITY = ((ROOT / "docs" / name).read_text() for name in ("deploy.md", "security.md"))
README, CHANGELOG = ((ROOT / name).read_text() for name in ("README.md", "CHANGELOG.md"))
OUTPUTS = set(re.findall(r"^output (\w+) ", text_of("main.bicep"), re.MULTILINE))
ASKED = set(re.findall(r"\$\{(\w+)", (INFRA / "main.parameters.json").read_text()))


def test_every_value_that_azd_is_given_is_one_that_the_deployment_asks_for() -> None:
    given = set(re.findall(r"azd env set (\w+)", DEPLOY))

    assert {"SSPR_MAIL_DOMAIN", "SSPR_CLIENT_CERTIFICATE", "SSPR_MAIL_SERVICE"} <= given
    assert given <= ASKED | {"SSPR_REGISTRATION_NAME"}


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "docs/deploy.md", "docs/operate.md"])
def test_no_command_rests_on_an_empty_argument_which_powershell_before_7_3_leaves_out(name: str) -> None:
    commands = re.findall(r"`((?:azd?|python3|py) [^`]+)`", (ROOT / name).read_text())

    assert [one for one in commands if '""' in one or "''" in one] == []


def test_every_value_that_the_template_refuses_has_a_row_under_the_words_of_azure() -> None:
    refused = re.findall(r"@minLength\(1\)\nparam (\w+)", text_of("registrations.bicep") + text_of("budget.bicep"))
    said = "".join(row.split(" | ")[0] for row in DEPLOY.splitlines() if row.startswith("| "))

    assert len(refused) == 3
    for name in (*refused, "location"):
        assert f"`'{name}' is not valid`" in said
    assert "not part of the allowed value(s)" in said


def test_each_heading_of_what_is_unreleased_is_there_once() -> None:
    unreleased = CHANGELOG.split("## [Unreleased]\n")[1].split("\n## ")[0]

    assert re.findall(r"^### (.+)$", unreleased, re.MULTILINE) == ["Added", "Changed"]


def test_every_value_that_is_to_be_filled_in_is_known_to_azd_by_then() -> None:
    to_fill_in = set(re.findall(r"<((?:SSPR|AZURE)_\w+)>", DEPLOY)) | set(re.findall(r"env get-value (\w+)", DEPLOY))

    assert to_fill_in <= OUTPUTS | ASKED | {"AZURE_SUBSCRIPTION_ID"}  # which azd sets by itself


def test_every_command_of_the_scripts_is_one_that_they_have(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    commands = set(re.findall(r"register_apps\.py (?:--dry-run )?(\w+)", DEPLOY))

    assert commands == {"apps", "trust", "assign", "consent"}
    for command in commands:
        code, said = desk.run(command, "--help")
        assert (code, f"register_apps.py {command}" in said) == (0, True)
    options = set(re.findall(r"check_deployment\.py[^`\n]*?(--\w+)", DEPLOY))
    _, said = desk.run("--help", script="check_deployment.py")
    assert options
    assert all(option in said for option in options)


@pytest.mark.parametrize(
    ("command", "option"), sorted(set(re.findall(r"register_apps\.py (\w+)[^`\n]*? (--[\w-]+)", DEPLOY)))
)
def test_every_option_of_a_command_is_one_that_it_has(tmp_path: Path, command: str, option: str) -> None:
    _, said = Desk(tmp_path).run(command, "--help")

    assert option in said


def test_the_number_of_functions_that_people_are_told_is_the_number_there_is() -> None:
    numbers = {
        int(one)
        for one in re.findall(r"(?:all|None of) (\d+)(?: functions|: )|knows \((\d+)\)", DEPLOY)
        for one in one
        if one
    }

    assert numbers == {len(FUNCTIONS)}


def test_the_end_of_the_mail_service_is_said_before_anything_is_done() -> None:
    for text in (DEPLOY.split("| what | why |")[0], README.split("## Two commands")[0]):
        words = " ".join(text.split())
        assert "23 October 2026" in words
        assert "30 September 2028" in words
    assert "mailService" in CHANGELOG.split("## [Unreleased]\n")[1].split("\n\n")[0]


@pytest.mark.parametrize("text", [DEPLOY, SECURITY], ids=["deploy", "security"])
def test_links_lead_to_files_and_headings_that_are_there(text: str) -> None:
    for file, heading in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", text):
        target = ROOT / "docs" / file if file else None
        assert target is None or target.resolve().exists(), file
        there = text if target is None else target.read_text() if target.is_file() else ""
        slugs = {
            re.sub(r"[^\w\- ]", "", line.lstrip("# ")).lower().replace(" ", "-")
            for line in there.splitlines()
            if line.startswith("#")
        }
        assert not heading or heading in slugs, heading


def test_every_table_is_told_of() -> None:
    stored = SECURITY.split("## What is stored")[1].split("## ")[0]
    tables = re.findall(r'Table\(tables, prefix \+ "(\w+)"', (ROOT / "sspr_core/adapters/storage.py").read_text())

    assert len(tables) > 5
    assert not [name for name in tables if f"`{name}`" not in stored]


def test_every_threat_is_answered_by_code_that_is_there() -> None:
    table = SECURITY.split("## Threats")[1].split("## ")[0]

    for file in re.findall(r"`((?:sspr_core|infra)/[\w/.]+)`", table):
        assert (ROOT / file).is_file(), file


def test_permissions_are_told_as_they_are_asked_for() -> None:
    section = SECURITY.split("## Permissions")[1].split("In your tenant")[0]
    asked = re.search(r"IN_CUSTOMER_TENANTS = \((.*?)\)", (INFRA / "scripts" / "registrations.py").read_text())

    assert asked
    assert re.findall(r"^\| `(\S+)` \|", section, re.MULTILINE) == json.loads(f"[{asked[1]}]")
