#!/usr/bin/env python3
"""Set up everything once, then run. Needs only some Python >= 3.9 and the standard library.

    python3 dev/bootstrap.py demo --once      the local stack (python -m dev demo --once)
    python3 dev/bootstrap.py test             every test
    python3 dev/bootstrap.py check            lint, types, import contracts, the infrastructure, the API's description
    python3 dev/bootstrap.py bench --quick    benchmarks
    python3 dev/bootstrap.py package          the zip that Azure runs

Finds Python 3.13, makes .venv from the locked requirements (uv from PyPI when it can be had, else pip) and installs
Azurite, axe-core, htmx and tools for the API's description with npm, each only when its lock has changed since; for the
tests also finds Chromium or Chrome, or installs it, for tests and package fetches what goes to Azure, and for the
checks makes an environment of its own for checkov and the generator of Python clients, which bring a hundred packages.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # as a script, only its own folder is on the path

from dev import chromium  # noqa: E402
from dev.surroundings import CALLED_FROM, STARTED_BY  # noqa: E402

VENV, SETUP = ROOT / ".venv", ROOT / ".setup"
CHECK_VENV = ROOT / ".venv-check"  # separate: its hundred packages would decide the app's versions
PACKAGES = SETUP / "site-packages"  # for Azure: Linux on x86-64
BROWSER = SETUP / "chromium"  # holds its path, for the tests
# Operators run these; they need no Azurite.
WITHOUT_NODE = ("package", "requeue", "backup", "restore", "forget", "forget-customer")
BIN = "Scripts" if os.name == "nt" else "bin"
EXE = ".exe" if os.name == "nt" else ""
NEEDED = (3, 13)
# Only the lock counts: pyproject.toml's constraints are for writing it, and with hashes uv refuses entries without one.
UV_INSTALL = ("pip", "install", "-q", "--no-config")
ASK = "import sys; print(sys.version_info[0], sys.version_info[1], getattr(sys, '_base_executable', sys.executable))"

NO_PYTHON = (
    "Python 3.13 is needed and was not found: install it from https://www.python.org/downloads/ "
    "(Debian 13: apt install python3.13 python3.13-venv; Ubuntu: the same, from ppa:deadsnakes/ppa; "
    "Debian 12: pyenv install 3.13; macOS: brew install python@3.13)."
)
NO_NODE = (
    "Node.js 22 is needed for Azurite, the storage emulator, and was not found (20 still works): install it from "
    "https://nodejs.org/ (Debian 13: apt install nodejs npm; Debian 12 and Ubuntu, whose own may be older: from "
    "https://deb.nodesource.com/; macOS: brew install node)."
)


OLD_NODE = (
    "Node.js {version}: Azurite's makers try it with 22 and newer only. 20 has worked so far; if storage does not "
    "start, install Node.js 22 from https://nodejs.org/."
)


class Missing(Exception):
    """Something that only the user can install."""


def candidates(environment: dict[str, str]) -> list[list[str]]:
    """Commands that may be Python 3.13, likeliest first. A shim on PATH may be broken, so each is run to check."""
    found = [[sys.executable], ["python3.13"]]
    home = Path(environment.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found += [[str(path)] for path in sorted(home.glob("versions/3.13*/bin/python3.13"), reverse=True)]
    found += [["python3"], ["python"]]
    if os.name == "nt":
        found.append(["py", "-3.13"])
    return found


def ask(command: list[str]) -> tuple[int, int, str] | None:
    """An interpreter's version and path, for a virtual environment those of its base; None when it does not run."""
    try:
        answer = subprocess.run([*command, "-c", ASK], capture_output=True, text=True, timeout=30, check=False)
        major, minor, path = answer.stdout.strip().split(" ", 2)
        return int(major), int(minor), path
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def find_python(environment: dict[str, str]) -> str:
    """The path of a working Python 3.13. Raises Missing."""
    for command in candidates(environment):
        answer = ask(command)
        if answer and answer[:2] == NEEDED and VENV not in Path(answer[2]).parents:  # .venv is about to be deleted
            return answer[2]
    raise Missing(NO_PYTHON)


def check_node() -> str:
    """A warning where node is older than 22, else "". Raises Missing unless node >= 20 and npm run."""
    try:
        text = subprocess.run(["node", "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        raise Missing(NO_NODE) from None
    version = text.strip().lstrip("v").split(".")[0]
    if not version.isdigit() or int(version) < 20 or not shutil.which("npm"):
        raise Missing(NO_NODE)
    return OLD_NODE.format(version=text.strip()) if int(version) < 22 else ""


def stamp(*files: Path) -> str:
    """The content of the locks and the checkout's path: a virtual environment cannot be moved."""
    digest = hashlib.sha256(str(ROOT).encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def is_done(name: str, wanted: str) -> bool:
    file = SETUP / name
    return file.is_file() and file.read_text(encoding="utf-8") == wanted


def mark_begun(name: str) -> None:
    """Marks the step as not done, so that an interrupted run repeats it."""
    (SETUP / name).unlink(missing_ok=True)


def mark_done(name: str, wanted: str) -> None:
    (SETUP / name).write_text(wanted, encoding="utf-8")


class Steps:
    """Prints the current step, its progress and its duration."""

    def __init__(self, total: int) -> None:
        self.total, self.number = total, 0
        self.begun = time.monotonic()

    def run(self, what: str, command: list[str], *, optional: bool = False) -> bool:
        self.say(what)
        environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        environment.pop("VIRTUAL_ENV", None)
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if done.returncode and not optional:
            sys.stderr.write(done.stdout)
            raise SystemExit(f"Set-up stopped at: {what} (exit code {done.returncode})")
        if done.returncode:
            last = done.stdout.strip().rpartition("\n")[2]
            self.note(f"did not work (exit code {done.returncode}): {last}")
        return done.returncode == 0

    def note(self, what: str) -> None:
        sys.stderr.write(f"        {what}\n")

    def say(self, what: str) -> None:
        self.number += 1
        elapsed = time.monotonic() - self.begun
        sys.stderr.write(f"  [{self.number}/{self.total}] {elapsed:5.1f} s  {what}\n")
        sys.stderr.flush()


def set_up(task: str) -> None:
    """Installs what the task needs, as locked. Does nothing when it is already there."""
    python_lock = stamp(ROOT / "requirements-dev.txt")
    node_lock = stamp(ROOT / "package-lock.json")
    need_python = not (is_done("python", python_lock) and (VENV / BIN / f"python{EXE}").exists())
    uses_node = task not in WITHOUT_NODE
    need_node = uses_node and not (is_done("node", node_lock) and (ROOT / "node_modules" / "azurite").is_dir())
    need_browser = task == "test" and not chromium.known(BROWSER, os.environ)
    check_lock = stamp(ROOT / "requirements-check.txt") if task == "check" else ""
    need_check = task == "check" and not (is_done("check", check_lock) and (CHECK_VENV / BIN / f"python{EXE}").exists())
    package_lock = stamp(ROOT / "requirements.txt") if task in ("test", "package") else ""
    need_packages = task in ("test", "package") and not (is_done("packages", package_lock) and PACKAGES.is_dir())
    if not (need_python or need_node or need_browser or need_check or need_packages):
        if uses_node and not shutil.which("node"):  # node was removed in the meantime
            raise Missing(NO_NODE)
        return
    python = find_python(dict(os.environ)) if need_python or need_check else ""
    warning = check_node() if uses_node else ""
    sys.stderr.write("Setting up (the first time, and when the locked requirements change):\n")
    steps = Steps(4 * need_python + 4 * need_check + need_node + need_browser + need_packages + 1)
    if warning:
        steps.note(warning)
    if need_python:
        mark_begun("python")
        install_python(steps, python, VENV, "requirements-dev.txt", "the Python requirements")
        mark_done("python", python_lock)
    if need_check:
        mark_begun("check")
        install_python(steps, python, CHECK_VENV, "requirements-check.txt", "checkov and a client generator")
        mark_done("check", check_lock)
    if need_packages:
        mark_begun("packages")
        fetch_packages(steps)
        mark_done("packages", package_lock)
    if need_node:
        mark_begun("node")
        npm = shutil.which("npm") or "npm"
        steps.run(
            "installing Azurite and what package.json names beside it with npm",
            [npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"],
        )
        mark_done("node", node_lock)
    if need_browser:
        path = chromium.obtain(steps, str(VENV / BIN / f"python{EXE}"), os.environ)
        if not path:
            raise Missing(chromium.NO_CHROMIUM)
        chromium.remember(BROWSER, path, os.environ)
    steps.say("ready")


def install_python(steps: Steps, python: str, venv: Path, lock: str, what: str) -> None:
    """An environment with the locked packages, checked against their hashes."""
    tools = SETUP / "uv"
    uv = tools / BIN / f"uv{EXE}"
    steps.total -= uv.exists()
    shutil.rmtree(venv, ignore_errors=True)
    steps.run("preparing the installer", [python, "-m", "venv", str(tools)])
    install = [str(tools / BIN / f"python{EXE}"), "-m", "pip", "install", "-q", "uv"]
    locked = ["--require-hashes", "-r", str(ROOT / lock)]
    if uv.exists() or steps.run("getting uv from PyPI", install, optional=True):
        steps.run(f"making {venv.name}", [str(uv), "venv", "-q", "--python", python, str(venv)])
        command = [str(uv), *UV_INSTALL, *locked]
        steps.run(f"installing {what} with uv", [*command, "--python", str(venv / BIN / f"python{EXE}")])
        return
    steps.run(f"making {venv.name} (uv could not be had)", [python, "-m", "venv", str(venv)])
    pip = [str(venv / BIN / f"python{EXE}"), "-m", "pip", "install", "-q", *locked]
    steps.run(f"installing {what} with pip", pip)


def fetch_packages(steps: Steps) -> None:
    """Downloads the locked packages for Azure's platform, whatever this machine is."""
    shutil.rmtree(PACKAGES, ignore_errors=True)
    uv = SETUP / "uv" / BIN / f"uv{EXE}"
    locked = ["--target", str(PACKAGES), "--no-deps", "--require-hashes", "-r", str(ROOT / "requirements.txt")]
    if uv.exists():
        command = [str(uv), *UV_INSTALL, "--only-binary", ":all:", *locked]
        command += ["--python", str(VENV / BIN / f"python{EXE}")]
        steps.run("fetching what goes to Azure, with uv", [*command, "--python-platform", "x86_64-manylinux_2_28"])
        return
    command = [str(VENV / BIN / f"python{EXE}"), "-m", "pip", "install", "-q", "--only-binary", ":all:", "--no-compile"]
    for platform in ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"):
        command += ["--platform", platform]
    steps.run("fetching what goes to Azure, with pip", [*command, *locked])


@contextlib.contextmanager
def one_at_a_time():  # type: ignore[no-untyped-def]
    """A lock for two simultaneous starts: the second prints that it waits until the first set-up is finished."""
    SETUP.mkdir(exist_ok=True)
    with (SETUP / "lock").open("a") as lock:
        if not is_ours(lock.fileno()):
            sys.stderr.write("Waiting for another start to finish the set-up.\n")
            while not is_ours(lock.fileno()):
                time.sleep(0.2)
        yield


def is_ours(lock: int) -> bool:
    """Whether the file could be locked. The system releases the lock when the process ends, even when it is killed."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(lock, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def commands(task: str, rest: list[str]) -> list[list[str]]:
    """What to run for a task."""
    python = str(VENV / BIN / f"python{EXE}")
    if task == "test":
        # One more than there are processors: the long tests mostly wait.
        workers = [] if any(one.startswith("-n") for one in rest) else ["-n", str((os.cpu_count() or 2) + 1)]
        return [[python, "-m", "pytest", *workers, *rest]]
    if task == "check":
        ruff, tools = [python, "-m", "ruff"], VENV / BIN
        return [
            [*ruff, "check", "."],
            [*ruff, "format", "--check", "."],
            [python, "-m", "mypy"],
            [str(tools / f"lint-imports{EXE}")],
            [python, "-m", "dev.infra_check"],
            [python, "-m", "dev.api_check"],
        ]
    if task == "bench":
        return [[python, "-m", "bench", *rest]]
    return [[python, "-m", "dev", task, *rest]]


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    task, rest = arguments[0], arguments[1:]
    if task not in ("setup", "test", "check"):  # the others end with their caller, and write files in its folder
        os.environ.update({STARTED_BY: str(os.getppid()), CALLED_FROM: str(Path.cwd())})
    try:
        with one_at_a_time():
            set_up(task)
    except Missing as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    if task == "setup":
        return 0
    os.chdir(ROOT)
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        # For users who want no bytecode beside the sources. Hosts start dozens of times and would compile every time.
        os.environ["PYTHONPYCACHEPREFIX"] = str(SETUP / "bytecode")
    several = commands(task, rest)
    if len(several) == 1 and os.name != "nt":
        os.execv(several[0][0], several[0])
    worst = 0
    for command in several:
        worst = max(worst, subprocess.run(command, check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
