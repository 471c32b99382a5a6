"""Microsoft's compiler accepts infra/; runs only where it is installed (`bicep` on the path, or its path in BICEP)."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.graph_rows import guid
from tests.project.bicep import INFRA

COMPILER = os.environ.get("BICEP") or shutil.which("bicep")

pytestmark = pytest.mark.skipif(COMPILER is None, reason="no Bicep compiler")


def bicep(*words: str) -> "subprocess.CompletedProcess[str]":
    assert COMPILER
    return subprocess.run([COMPILER, *words], capture_output=True, text=True, check=False, timeout=110)


def snapshot(folder: Path, **given: str) -> "subprocess.CompletedProcess[str]":
    """What a deployment with these parameters would create, printed as JSON."""
    lines = [f"using '{os.path.relpath(INFRA / 'main.bicep', folder)}'"]
    for name, value in ({"environmentName": "prod", "location": "westeurope"} | given).items():
        lines.append(f"param {name} = '{value}'")
    (folder / "main.bicepparam").write_text("\n".join(lines))
    subscription = ("--subscription-id", guid("subscription"), "--tenant-id", guid("tenant"))
    done = bicep("snapshot", str(folder / "main.bicepparam"), *subscription, "--location", "westeurope")
    if done.returncode == 0:
        done.stdout = (folder / "main.snapshot.json").read_text()
    return done


def made(folder: Path, **given: str) -> list[dict[str, Any]]:
    done = snapshot(folder, clientId=guid("client"), signInClientId=guid("sign-in"), **given)
    assert done.returncode == 0, done.stderr
    resources: list[dict[str, Any]] = json.loads(done.stdout)["predictedResources"]
    return resources


def test_every_file_compiles_without_a_warning() -> None:
    done = bicep("build", str(INFRA / "main.bicep"), "--stdout")  # and all the others, which are its modules

    assert (done.returncode, done.stderr) == (0, "")


def unguarded(expression: str) -> list[str]:
    """The arguments of `reference` outside any branch of an `if`: Azure evaluates those in any case."""
    found, calls = [], [["", 0]]  # the functions around the current position, and the index of the argument
    for one in re.finditer(r"'(?:[^']|'')*'|(\w*)\(|[),]", expression):
        if one[0].endswith("("):
            if one[1] == "reference" and not any(name == "if" and number for name, number in calls):
                found.append(_argument(expression[one.end() :]))
            calls.append([one[1], 0])
        elif one[0] == ",":
            calls[-1][1] += 1
        elif one[0] == ")":
            calls.pop()
    return found


def _argument(text: str) -> str:
    depth = 0
    for one in re.finditer(r"'(?:[^']|'')*'|[(),]", text):
        depth += {"(": 1, ")": -1}.get(one[0], 0)
        if depth < 0 or (one[0] == "," and not depth):
            return text[: one.start()]
    raise AssertionError(text)


def expressions(value: Any) -> Iterator[str]:
    """Those of a template, without those of the templates in it."""
    if isinstance(value, dict):
        for name, one in value.items():
            if name not in ("template", "dependsOn"):
                yield from expressions(one)
    elif isinstance(value, list):
        for one in value:
            yield from expressions(one)
    elif isinstance(value, str) and value.startswith("["):
        yield value


def templates(outer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield outer
    for one in outer["resources"]:
        if one["type"] == "Microsoft.Resources/deployments":
            yield from templates(one["properties"]["template"])


def test_a_reference_is_found_where_no_if_holds_it_back() -> None:
    assert unguarded("[if(equals(reference(a, 'x').b, 1), reference(c, 'x').d, '')]") == ["a"]
    assert unguarded("[concat('(', reference(resourceId('t', 'n'), 'x').a, if(b, reference(c), ''))]") == [
        "resourceId('t', 'n')"
    ]


def test_nothing_refers_to_what_may_not_be_there() -> None:
    whole = json.loads(bicep("build", str(INFRA / "main.bicep"), "--stdout").stdout)
    checked = 0

    for template in templates(whole):
        for maybe in (one for one in template["resources"] if "condition" in one):
            name = maybe["name"]
            ends = f", {name[1:-1].removeprefix(FORMAT_OF_CHILD)})" if name[0] == "[" else f", '{name}')"
            asked = [one for text in expressions(template) for one in unguarded(text)]
            assert [one for one in asked if one.endswith(ends)] == [], name
            checked += 1
    assert checked > 3


FORMAT_OF_CHILD = "format('{0}/{1}', "
OF_MAIL = {
    "Microsoft.Communication/emailServices",
    "Microsoft.Communication/emailServices/domains",
    "Microsoft.Communication/communicationServices",
    "Microsoft.EventGrid/systemTopics",
    "Microsoft.EventGrid/systemTopics/eventSubscriptions",
}


@pytest.mark.parametrize(("service", "expected"), [("none", set()), ("communication-services", OF_MAIL)])
def test_with_no_mail_service_nothing_of_mail_is_made_and_the_app_is_made_all_the_same(
    service: str, expected: set[str], tmp_path: Path
) -> None:
    resources = made(tmp_path, mailService=service)

    kinds = {one["type"] for one in resources}
    assert {kind for kind in kinds if kind.startswith(("Microsoft.Communication", "Microsoft.EventGrid"))} == expected
    assert {"Microsoft.Web/sites", "Microsoft.Storage/storageAccounts", "Microsoft.Insights/components"} <= kinds
    identities = [one for one in resources if one["type"] == "Microsoft.ManagedIdentity/userAssignedIdentities"]
    assert len(identities) == (2 if expected else 1)


def test_an_empty_client_id_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    done = snapshot(tmp_path, clientId="", signInClientId=guid("sign-in"))

    assert done.returncode != 0
    assert "'clientId' is not valid" in done.stdout + done.stderr


def test_a_budget_without_an_address_to_mail_to_is_refused(tmp_path: Path) -> None:
    done = snapshot(tmp_path, clientId=guid("client"), signInClientId=guid("sign-in"), budgetAmount="50")

    assert done.returncode != 0
    assert "'email' is not valid" in done.stdout + done.stderr


def test_a_budget_is_as_large_as_asked_for_and_mails_at_four_fifths(tmp_path: Path) -> None:
    [budget] = [
        one["properties"]
        for one in made(tmp_path, budgetAmount="50", alertEmail="it@partner.example", budgetStart="2026-09-01")
        if one["type"] == "Microsoft.Consumption/budgets"
    ]

    [notification] = budget["notifications"].values()
    assert (budget["amount"], budget["timePeriod"]) == (50, {"startDate": "2026-09-01"})
    assert (notification["threshold"], notification["contactEmails"]) == (80, ["it@partner.example"])
