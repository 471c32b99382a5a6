"""The project's statements about itself are true: settings, locks, commands."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from sspr_core.settings.environment import DEFAULTS, read
from tests.graph_rows import guid

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text()
SAMPLE = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]


def settings_in_code() -> set[str]:
    """Every app setting that environment.py reads."""
    tree = ast.parse((ROOT / "sspr_core" / "settings" / "environment.py").read_text())
    words = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return {word for word in words if re.fullmatch(r"SSPR_[A-Z_]+[A-Z](?:__\w+)?", word)}


def test_every_setting_is_in_the_readme_and_the_readme_has_no_other() -> None:
    section = README.split("## Settings")[1].split("## More")[0]
    named = set(re.findall(r"`(SSPR_\w+)`", section))

    assert settings_in_code() <= named
    assert named - settings_in_code() == {"SSPR_STORAGE__credential"}  # read by the platform's triggers


def test_every_setting_with_one_value_is_in_the_sample_with_its_default() -> None:
    assert {name for name in settings_in_code() if "__" not in name} == {n for n in SAMPLE if n.startswith("SSPR_")}
    assert {name: SAMPLE[name] for name in DEFAULTS} == DEFAULTS


def test_the_sample_is_valid_once_ids_and_a_secret_are_filled_in() -> None:
    filled = {**SAMPLE, "SSPR_CLIENT_SECRET": "x", "SSPR_CLIENT_ID": guid("c"), "SSPR_PARTNER_TENANT_ID": guid("p")}

    assert read(filled).discover_gdap is True


def pinned(text: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", text, re.MULTILINE))


def test_the_locks_agree_and_have_a_hash_for_every_file() -> None:
    app, everything = ((ROOT / name).read_text() for name in ("requirements.txt", "requirements-dev.txt"))

    assert pinned(app).items() <= pinned(everything).items()
    for text in (app, everything):
        assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-z0-9])", text) if "==" in block)


def test_the_lock_has_every_dependency_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    locked = pinned((ROOT / "requirements.txt").read_text())

    for requirement in project["project"]["dependencies"]:
        assert bare_name(requirement) in locked


def bare_name(requirement: str) -> str:
    """The package of a line such as `httpx>=0.28,<1`."""
    return re.split(r"[=<>~\[; ]", requirement)[0]


def imported() -> set[str]:
    """The distributions whose packages the deployed code imports."""
    files = [ROOT / "function_app.py", *(ROOT / "sspr_core").rglob("*.py")]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text()))]
    modules = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    modules |= {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    outside = {name for name in modules if name.split(".")[0] not in {*sys.stdlib_module_names, "sspr_core", "azure"}}
    homes = packages_distributions()
    return {homes[name.split(".")[0]][0].lower().replace("_", "-") for name in outside}


# Dependencies of what is declared (msgraph-sdk, FastAPI, Jinja2, aiohttp, the OpenTelemetry SDK), always in their
# version.
BROUGHT_ALONG = {
    "microsoft-kiota-abstractions", "microsoft-kiota-authentication-azure", "microsoft-kiota-serialization-json",
    "pydantic", "markupsafe", "yarl", "opentelemetry-semantic-conventions",
}  # fmt: skip


def test_what_the_deployed_code_imports_is_declared_not_only_brought_along_by_something_else() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {bare_name(requirement) for requirement in project["dependencies"]}

    assert imported() - declared == BROUGHT_ALONG


def test_loading_the_doors_loads_neither_graph_nor_the_web() -> None:
    """Timer and queue workers start without FastAPI; nothing loads Graph at start."""
    code = (
        "import sys, function_app;"
        "print([n for n in ('fastapi', 'msgraph', 'aiohttp', 'azure.data.tables', 'httpx') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_whether_the_app_is_healthy_is_told_without_opening_the_world() -> None:
    """After a cold start, the first health request waits only for what its answer needs."""
    code = (
        "import asyncio, sys, azure.functions as func, function_app;"
        "[door] = [one for one in function_app.app.get_functions() if one.get_function_name() == 'healthz'];"
        "asked = func.HttpRequest(method='GET', url='https://h/healthz', body=b'');"
        "print(asyncio.run(door.get_user_function()(asked)).status_code,"
        " [n for n in ('sspr_core.wiring', 'fastapi', 'msgraph', 'aiohttp', 'azure.data.tables') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "200 []"


@pytest.mark.parametrize("target", ["demo", "up", "test", "check", "bench", "package"])
def test_every_target_of_make_sets_up_first(target: str) -> None:
    recipe = re.search(rf"^{target}:.*\n\t(.+)", (ROOT / "Makefile").read_text(), re.MULTILINE)

    assert recipe
    assert recipe[1].startswith(f"@$(BOOTSTRAP) {target}")


def test_ci_runs_what_a_user_runs_and_nothing_else() -> None:
    lines = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line and not line.startswith("#")]

    assert lines == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "make test"]


def test_workflows_run_what_a_user_runs_and_files_that_are_there() -> None:
    said = "".join(file.read_text() for file in sorted((ROOT / ".github" / "workflows").glob("*.yml")))

    assert set(re.findall(r"python dev/bootstrap\.py (\w+)", said)) == {"test", "check", "package"}
    for file in re.findall(r"(?:infra/[\w./]+|requirements[\w-]*\.txt)", said):
        assert (ROOT / file).is_file(), file


def test_links_of_the_readme_lead_to_files_that_are_there() -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / link).exists(), link


def test_the_page_of_dependencies_says_why_each_package_is_there() -> None:
    of_app, of_tests = (ROOT / "docs" / "dependencies.md").read_text().split("## Packages of the local stack")
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    workflows = "".join(file.read_text() for file in (ROOT / ".github" / "workflows").glob("*.yml"))
    more = re.findall(r"pip install ([\w-]+)", workflows)

    assert "pip-audit" in more
    assert [name for name in map(bare_name, pyproject["project"]["dependencies"]) if f"`{name}`" not in of_app] == []
    for_tests = [*map(bare_name, pyproject["dependency-groups"]["dev"]), *more]
    assert [name for name in for_tests if f"`{name}`" not in of_tests] == []


KINDS = {  # resource types in infra/, and their names on the page
    "Microsoft.Web": "Azure Functions",
    "Microsoft.Storage": "Table and Queue Storage",
    "Microsoft.Communication": "Communication Services Email",
    "Microsoft.EventGrid": "Event Grid",
    "Microsoft.Insights": "Application Insights",
    "Microsoft.OperationalInsights": "Application Insights, workspace-based",
    "Microsoft.ManagedIdentity": "managed identity",
    "Microsoft.Consumption": "budgets",
    "Microsoft.Authorization": "managed identity",
    "Microsoft.Resources": "Bicep",
}


def test_the_page_of_dependencies_has_each_service_that_is_deployed_or_rented() -> None:
    services = (ROOT / "docs" / "dependencies.md").read_text().split("## Services")[1].split("\n## ")[0]
    deployed = {
        kind
        for file in (ROOT / "infra").glob("*.bicep")
        for kind in re.findall(r"'(Microsoft\.\w+)/", file.read_text())
    }

    assert deployed <= set(KINDS)
    for word in (*KINDS.values(), "Key Vault", "GitHub Actions"):
        assert word in services


def test_actions_of_the_workflows_are_pinned_to_a_commit_and_say_which_version_it_is() -> None:
    used = [
        line.split("uses: ")[1]
        for file in (ROOT / ".github" / "workflows").glob("*.yml")
        for line in file.read_text().splitlines()
        if "uses: " in line
    ]

    assert len(used) >= 10
    assert [one for one in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)] == []
