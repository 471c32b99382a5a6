"""The statements in docs/operate.md are true."""

import re
from pathlib import Path

import pytest

from dev import __main__ as command_line
from sspr_core.ports.telemetry import Metric
from tests.local_stack import ROOT

TEXT = (ROOT / "docs" / "operate.md").read_text()


def section(title: str) -> str:
    return re.split(r"\n## ", TEXT.split(f"\n## {title}\n")[1])[0]


def test_every_alert_is_explained_and_no_other() -> None:
    alerts = re.findall(r"^    name: '([\w-]+)'", (ROOT / "infra" / "alerts.bicep").read_text(), re.MULTILINE)

    assert sorted(re.findall(r"^### (\S+)$", section("Alerts"), re.MULTILINE)) == sorted(alerts)


def test_every_metric_is_explained_and_alerts_are_made_of_no_other() -> None:
    explained = set(re.findall(r"`(sspr\.[\w.]+)`", section("Metrics")))
    in_alerts = set(re.findall(r"sspr\.[a-z]+\.[a-z_]+", (ROOT / "infra" / "alerts.bicep").read_text()))

    assert explained == {str(one) for one in Metric}
    assert in_alerts <= explained


@pytest.mark.parametrize("command", sorted(set(re.findall(r"bootstrap\.py (\w+)", TEXT))))
def test_every_command_is_there(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command_line.main([command, "--help"])

    assert ended.value.code == 0
    assert command in capsys.readouterr().out


def test_names_that_azd_is_said_to_show_are_those_that_the_deployment_tells() -> None:
    told = re.findall(r"^output (\w+) ", (ROOT / "infra" / "main.bicep").read_text(), re.MULTILINE)
    said = re.findall(r"`azd env get-values` shows (.*?)\. ", TEXT, re.DOTALL)[0]

    names = set(re.findall(r"`(\w+)`", said)) | set(re.findall(r"trust [^`]*<(\w+)>[^`]*<(\w+)>", TEXT)[0])
    assert len(names) == 5
    assert names <= set(told)


def test_trust_is_told_whom_to_trust_wherever_it_is_to_be_typed() -> None:
    for file in DOCS:
        for words in re.findall(r"register_apps\.py trust\b([^`]*)`", file.read_text()):
            assert not words or words.startswith(" --host"), file.name
    assert "register_apps.py trust --host" in TEXT


DOCS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


@pytest.mark.parametrize("file", DOCS, ids=lambda file: file.name)
def test_links_between_the_documents_lead_to_files_and_headings_that_are_there(file: Path) -> None:
    for path, anchor in re.findall(r"\]\(([^)#:\s]*)(?:#([^)\s]+))?\)", file.read_text()):
        target = (file.parent / path).resolve() if path else file
        assert target.exists(), path
        if anchor:
            assert anchor in anchors(target.read_text()), f"{path}#{anchor}"


def anchors(text: str) -> set[str]:
    """GitHub's anchors for headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}
