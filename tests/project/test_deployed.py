"""What `azd up` sends to Azure, and what it runs on the way."""

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
