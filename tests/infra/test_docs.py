"""What docs/deploy.md and docs/security.md tell people to type and to rely on is there."""

import json
import re
from pathlib import Path

import pytest

from tests.infra.signed_in import ROOT, Desk
from tests.project.bicep import INFRA, text_of

DEPLOY, SECURITY = ((ROOT / "docs" / name).read_text() for name in ("deploy.md", "security.md"))
OUTPUTS = set(re.findall(r"^output (\w+) ", text_of("main.bicep"), re.MULTILINE))
ASKED = set(re.findall(r"\$\{(\w+)", (INFRA / "main.parameters.json").read_text()))


def test_every_value_that_azd_is_given_is_one_that_the_deployment_asks_for() -> None:
    given = set(re.findall(r"azd env set (\w+)", DEPLOY))

    assert {"SSPR_MAIL_DOMAIN", "SSPR_CLIENT_CERTIFICATE"} <= given <= ASKED | {"SSPR_REGISTRATION_NAME"}


def test_every_value_that_is_to_be_filled_in_is_known_to_azd_by_then() -> None:
    to_fill_in = set(re.findall(r"<((?:SSPR|AZURE)_\w+)>", DEPLOY)) | set(re.findall(r"env get-value (\w+)", DEPLOY))

    assert to_fill_in <= OUTPUTS | ASKED


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


@pytest.mark.parametrize("text", [DEPLOY, SECURITY], ids=["deploy", "security"])
def test_links_lead_to_files_and_headings_that_are_there(text: str) -> None:
    for file, heading in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", text):
        target = ROOT / "docs" / file if file else None
        assert target is None or target.resolve().is_file(), file
        there = target.read_text() if target else text
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
