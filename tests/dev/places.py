"""A small copy of the project to set up, with a fake Python, Node and uv that only record their calls."""

import shutil
import subprocess
import sys
from pathlib import Path

from dev.azurite import ROOT

NOTE = 'echo "$(basename "$0") $*" >> "$NOTES"\n'
NODE = '[ "$1" = --version ] && echo v22.1.0\n'
NPM = f"{NOTE}mkdir -p node_modules/azurite\n"
BROWSER = 'echo "Chromium 150.0.7871.100 built on Debian"\n'
SNAP_STUB = 'echo "Command requires the chromium snap to be installed." >&2\nexit 1\n'
BROKEN_SHIM = 'echo "pyenv: python3.13: command not found" >&2\nexit 127\n'
OLD_PYTHON = 'echo "3 11 $0"\n'
PYTHON = f"""case "$1 $2" in
  "-c "*) echo "3 13 $0"; exit;;
  "-m venv") mkdir -p "$3/bin"; cp "$0" "$3/bin/python";;
  "-m pip") [ -n "$NO_UV" ] && [ "$5" = uv ] && exit 1
    [ "$5" = uv ] && printf '#!/bin/sh\\n%s' '{NOTE}[ "$1" = venv ] && mkdir -p "$5/bin" && cp "$4" "$5/bin/python"
exit 0' > "$(dirname "$0")/uv" && chmod +x "$(dirname "$0")/uv";;
esac
{NOTE}exit 0
"""


class Place:
    """A project root with the bootstrap and its locks, and a PATH with fake programs."""

    def __init__(self, folder: Path) -> None:
        self.root, self.path, self.home = folder / "root", folder / "path", folder / "home"
        for one in (self.root / "dev", self.path, self.home):
            one.mkdir(parents=True)
        for one in ("__init__.py", "bootstrap.py", "chromium.py", "surroundings.py"):
            shutil.copy(ROOT / "dev" / one, self.root / "dev")
        (self.root / "requirements-dev.txt").write_text("rich==1\n")
        (self.root / "requirements.txt").write_text("rich==1\n")
        (self.root / "requirements-check.txt").write_text("checkov==1\n")
        (self.root / "package-lock.json").write_text("{}")
        for name in ("sh", "basename", "dirname", "mkdir", "cp", "chmod", "sleep", "env", "cat"):
            (self.path / name).symlink_to(shutil.which(name) or f"/bin/{name}")
        self.has("node", NODE)
        self.has("npm", NPM)

    def has(self, name: str, script: str, folder: Path | None = None) -> Path:
        file = (folder or self.path) / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\n{script}")
        file.chmod(0o755)
        return file

    def has_pyenv(self) -> None:
        self.has("python3.13", PYTHON, self.home / ".pyenv" / "versions" / "3.13.0" / "bin")

    def start(self, *words: str, **environment: str) -> "subprocess.Popen[str]":
        """Starts the bootstrap; `sys.executable` names no interpreter that it could use."""
        script = str(self.root / "dev" / "bootstrap.py")
        code = f"import runpy, sys; sys.executable = '/nowhere'; sys.argv = {[script, *words]!r}; "
        given = {"PATH": str(self.path), "HOME": str(self.home), "NOTES": str(self.home / "notes"), **environment}
        return subprocess.Popen(
            [sys.executable, "-c", f"{code} runpy.run_path({script!r}, run_name='__main__')"],
            env=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, *words: str, **environment: str) -> tuple[int, str]:
        """Exit code and output."""
        process = self.start(*words, **environment)
        _, said = process.communicate(timeout=30)
        return process.returncode, said

    def asked(self) -> list[str]:
        """The calls of the fake programs, without their folders; also while they run."""
        file = self.home / "notes"
        return file.read_text().splitlines() if file.exists() else []

    def done(self) -> list[str]:
        """The calls since the last time this was called. Only after the bootstrap has ended: a record might be
        written in between.
        """
        lines = self.asked()
        (self.home / "notes").unlink(missing_ok=True)
        return lines
