"""Which files go into the package, and which stay out."""

import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path, PurePosixPath

from dev.azurite import ROOT

SITE = PurePosixPath(".python_packages/lib/site-packages")  # where the platform's worker looks
_GENERATED = PurePosixPath("msgraph/generated")
_ERRORS = _GENERATED / "models" / "o_data_errors"  # imported only when an answer is an error


def app_files(root: Path = ROOT) -> Iterator[PurePosixPath]:
    """The project's files for Azure: all that .funcignore does not exclude."""
    lines = (root / ".funcignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    for file in sorted(root.rglob("*") if root != ROOT else _below(root, rules)):
        path = PurePosixPath(file.relative_to(root).as_posix())
        if file.is_file() and not stays_here(path, rules):
            yield path


def _below(root: Path, rules: list[str]) -> Iterator[Path]:
    """Skips folders that are excluded as a whole."""
    for one in root.iterdir():
        if not stays_here(PurePosixPath(one.name), rules):
            yield from one.rglob("*") if one.is_dir() else [one]


def stays_here(path: PurePosixPath, rules: list[str]) -> bool:
    """Whether a rule excludes the path. Rules with a leading slash match the topmost folder, the others any name on the
    path.
    """
    return any(
        fnmatch(path.parts[0], rule[1:]) if rule.startswith("/") else any(fnmatch(part, rule) for part in path.parts)
        for rule in rules
    )


def package_files(site: Path) -> Iterator[PurePosixPath]:
    """The installed packages' files for Azure: without commands, install records and most of msgraph."""
    for file in sorted(site.rglob("*")):
        path = PurePosixPath(file.relative_to(site).as_posix())
        other = path.parts[0] in ("bin", ".lock") or path.name == "RECORD" or path.suffix == ".pyc"
        if file.is_file() and not other and is_used(path):
            yield path


def is_used(path: PurePosixPath) -> bool:
    """False for the nine tenths of the SDK that describe parts of Graph which the app never uses."""
    if not path.is_relative_to(_GENERATED) or path.is_relative_to(_ERRORS):
        return True
    return path in loaded_of_graph()


@cache
def loaded_of_graph() -> frozenset[PurePosixPath]:
    """The msgraph files that the app's imports load, measured with the same version here."""
    code = (
        "import sys, sspr_core.wiring, msgraph, pathlib;"
        "home = pathlib.Path(msgraph.__file__).parent.parent;"
        "files = [m.__file__ for n, m in sys.modules.items() if n.split('.')[0] == 'msgraph' and m.__file__];"
        "print('\\n'.join(pathlib.Path(f).relative_to(home).as_posix() for f in files))"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return frozenset(PurePosixPath(line) for line in said.split())
