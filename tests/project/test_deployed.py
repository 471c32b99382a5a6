"""What `azd up` sends to Azure, and what it runs for that."""

import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
NEEDED = {"function_app.py", "host.json", "requirements.txt", "sspr_core"}


def ignored() -> list[str]:
    lines = (ROOT / ".funcignore").read_text().splitlines()
    return [line.lstrip("/") for line in lines if line and not line.startswith("#")]


def test_only_what_the_app_needs_goes_up() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    top = {line.split("/")[0] for line in listed.splitlines()}

    assert {name for name in top if not any(fnmatch(name, one) for one in ignored())} == NEEDED


def test_nothing_that_git_leaves_out_goes_up_either() -> None:
    kept_here = [line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines() if line[0] not in "!#"]
    top = [name for name in kept_here if "/" not in name]

    assert not [name for name in top if not any(fnmatch(name, one) for one in ignored())]


def test_no_backup_goes_up_with_the_app() -> None:
    written = re.findall(r"bootstrap\.py backup (\S+)", (ROOT / "docs" / "operate.md").read_text())

    assert written
    for file in (*written, Path(written[0]).name, f"{Path(written[0]).name}.begun"):
        assert file.startswith("../") or any(fnmatch(file, one) for one in ignored()), file


def test_the_hooks_of_azd_run_programs_that_are_there_with_a_python_of_each_system() -> None:
    found = re.findall(r"run: (python3|py -3) (\S+)", (ROOT / "azure.yaml").read_text())

    assert {python for python, _ in found} == {"python3", "py -3"}
    assert all((ROOT / file).is_file() for _, file in found)


def test_the_app_is_known_to_azd_by_the_name_on_the_site() -> None:
    [name] = re.findall(r"^services:\n  (\w+):", (ROOT / "azure.yaml").read_text(), re.MULTILINE)

    assert f"'azd-service-name': '{name}'" in (ROOT / "infra" / "app.bicep").read_text()
