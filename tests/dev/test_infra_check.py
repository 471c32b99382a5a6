"""How checkov's output is judged."""

import json
import re
from typing import Any

import pytest

from dev.azurite import ROOT
from dev.infra_check import INFRA, command, problems

FAILED = {
    "check_id": "CKV_AZURE_44",
    "check_name": "Ensure TLS",
    "file_path": "/storage.bicep",
    "file_line_range": [13, 38],
    "resource": "account",
}


def a_report(*failed: dict[str, Any], unread: tuple[str, ...] = (), **counted: int) -> str:
    counts = {"passed": 20, "failed": len(failed), "parsing_errors": len(unread), "resource_count": 56, **counted}
    return json.dumps({"results": {"failed_checks": failed, "parsing_errors": unread}, "summary": counts})


def test_when_every_file_is_read_and_every_rule_holds_nothing_is_wrong():
    assert problems(a_report()) == []


def test_a_rule_that_does_not_hold_is_told_with_its_place():
    assert problems(a_report(FAILED)) == ["/storage.bicep:13: CKV_AZURE_44 Ensure TLS (account)"]


def test_a_file_that_could_not_be_read_is_a_failure():
    assert problems(a_report(unread=("infra/storage.bicep",))) == ["infra/storage.bicep: checkov cannot read it"]


@pytest.mark.parametrize("counted", [{"failed": 1}, {"parsing_errors": 2}])
def test_a_failure_that_is_only_counted_is_one_too(counted):
    [problem] = problems(a_report(**counted))

    assert problem.startswith("checkov counts ")


def test_nothing_to_check_is_a_failure():
    bare = {"passed": 0, "failed": 0, "skipped": 0, "parsing_errors": 0, "resource_count": 0}

    assert problems(json.dumps(bare)) == ["checkov found nothing to check"]


@pytest.mark.parametrize("said", ["", "Traceback (most recent call last):", "[]", "{}", '{"summary": 3}'])
def test_words_that_are_no_report_are_a_failure(said):
    [problem] = problems(said)

    assert problem.startswith("checkov said nothing that can be judged")


def test_our_list_of_rules_is_used_and_no_service_is_asked():
    words = command(INFRA)

    assert words[words.index("--config-file") + 1] == str(INFRA / ".checkov.yaml")
    assert "--skip-download" in words


def test_every_rule_that_is_left_out_has_a_reason():
    lines = (INFRA / ".checkov.yaml").read_text().splitlines()
    reason = ""
    for line in lines[1:]:
        if rule := re.fullmatch(r"  - (CKV_AZURE_\d+)(?: # (.+))?", line):
            reason = rule[2] or reason
            assert len(reason) > 20, line
        else:
            reason = line.partition("# ")[2]


def test_what_is_locked_for_it_is_what_was_asked_for_with_a_hash_for_every_file():
    asked, locked = ((ROOT / f"requirements-check.{kind}").read_text() for kind in ("in", "txt"))
    blocks = [block for block in re.split(r"\n(?=[a-z0-9])", locked) if "==" in block]

    assert set(asked.split()) <= set(re.findall(r"^(\S+==\S+)", locked, re.MULTILINE))
    assert len(blocks) > 50
    assert all("--hash=sha256:" in block for block in blocks)
