"""A Chromium or Chrome for the browser tests: found, else installed. Standard library only, Python >= 3.9."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dev.bootstrap import Steps

WISHES = ("CHROMIUM", "CHROME_PATH")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
MAC = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
WINDOWS = ("Google/Chrome", "Chromium", "Microsoft/Edge")
PACKAGES = ("chromium", "fonts-noto-core", "fonts-noto-color-emoji")  # many scripts, and a substitute for Segoe UI
WHERE_PLAYWRIGHT_PUT_IT = (
    "from playwright.sync_api import sync_playwright\nwith sync_playwright() as p: print(p.chromium.executable_path)"
)
NO_CHROMIUM = (
    "Chromium or Chrome is needed for the browser tests, was not found and could not be installed: install it "
    "(Debian: apt install chromium; elsewhere: https://www.google.com/chrome/), or say where it is in CHROMIUM."
)


def candidates(environment: Mapping[str, str]) -> list[str]:
    """Paths that may be a browser, the configured one first."""
    found = list(wishes(environment).values())
    found += [path for name in NAMES if (path := shutil.which(name, path=environment.get("PATH", "")))]
    for folder in ("/Applications", str(Path(environment.get("HOME", "/")) / "Applications")):
        found += [f"{folder}/{app}" for app in MAC]
    for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        if folder := environment.get(name, ""):
            found += [f"{folder}/{app}/Application/{_exe(app)}" for app in WINDOWS]
    return [path for path in found if Path(path).is_file()]


def _exe(app: str) -> str:
    return "msedge.exe" if app.endswith("Edge") else "chrome.exe"


def is_browser(path: str) -> bool:
    """Whether the program reports itself as a browser: a name on PATH may be a stub that needs a snap, or a wrapper of
    nothing.

    A snap does not count either: its sandbox hides our folders and the pipe that controls it.
    """
    if os.name == "nt":  # on Windows it prints nothing and opens a window; its version lies beside it
        return any(re.match(r"\d+\.\d+\.\d+\.\d+", one.name) for one in Path(path).parent.iterdir())
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, ValueError, subprocess.SubprocessError):
        return False
    named = re.match(r"(Chromium|Google Chrome|Microsoft Edge)\b.* \d+\.\d+\.\d+", answer.stdout.strip())
    return answer.returncode == 0 and bool(named) and "snap" not in answer.stdout.split()


def find(environment: Mapping[str, str]) -> str | None:
    """The first candidate that is a browser."""
    return next((path for path in candidates(environment) if is_browser(path)), None)


def wishes(environment: Mapping[str, str]) -> dict[str, str]:
    """The browser that the user chose by an environment variable."""
    return {name: environment[name] for name in WISHES if environment.get(name)}


def known(file: Path, environment: Mapping[str, str]) -> str | None:
    """The browser found before (`file`), if it still exists and the user has not chosen another that works."""
    path, *in_vain = file.read_text(encoding="utf-8").splitlines() if file.is_file() else [""]
    wished = set(wishes(environment).values()) - set(in_vain)
    return path if os.access(path, os.X_OK) and (not wished or path in wished) else None


def remember(file: Path, path: str, environment: Mapping[str, str]) -> None:
    """Stores the browser found, and the user's choices that did not work."""
    in_vain = [one for one in wishes(environment).values() if one != path]
    file.write_text("\n".join([path, *in_vain]), encoding="utf-8")


def apt_get(environment: Mapping[str, str]) -> list[str] | None:
    """The command for apt-get; None when it is missing or needs a password."""
    apt, sudo = (shutil.which(name, path=environment.get("PATH", "")) for name in ("apt-get", "sudo"))
    if not apt:
        return None
    words = ["env", "DEBIAN_FRONTEND=noninteractive", apt, "-q", "-o", "DPkg::Lock::Timeout=300"]
    if os.geteuid() == 0:
        return words
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n", *words]
    return None


def obtain(steps: Steps, python: str, environment: Mapping[str, str]) -> str | None:
    """The path of a browser: the system's, else apt's, else Playwright's. None: none can be installed."""
    steps.say("looking for Chromium or Chrome, for the browser tests")
    for name, path in wishes(environment).items():
        if not (Path(path).is_file() and is_browser(path)):
            steps.note(f"{name} is {path}, which is no Chromium or Chrome that runs: looking further")
    if found := find(environment):
        return found
    apt = apt_get(environment)
    if apt:
        steps.total += 2
        steps.run("updating apt's lists of packages", [*apt, "update"], optional=True)
        install = [*apt, "install", "-y", "--no-install-recommends", *PACKAGES]
        if steps.run("installing Chromium with apt", install, optional=True) and (found := find(environment)):
            return found
    steps.total += 1
    install = [python, "-m", "playwright", "install", *(["--with-deps"] if apt else []), "chromium"]
    if not steps.run("installing Chromium with Playwright", install, optional=True):
        return None
    asked = subprocess.run([python, "-c", WHERE_PLAYWRIGHT_PUT_IT], capture_output=True, text=True, check=False)
    path = asked.stdout.strip()
    return path if is_browser(path) else None
