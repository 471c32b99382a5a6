"""The browser that the set-up finds or installs for the tests, with fake browsers."""

import os
import shutil
from pathlib import Path

import pytest

from dev import chromium
from tests.dev.places import BROWSER, NOTE, SNAP_STUB, Place

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-ins are shell scripts")

APT = f'{NOTE}case "$*" in *install*) cp "$HOME/browser" "$(dirname "$0")/chromium";; esac\n'
APT_WITHOUT_CHROMIUM = f"{NOTE}echo E: Unable to locate package chromium\nexit 100\n"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Everything is set up except a browser, and root may use apt."""
    place = Place(tmp_path)
    place.has_pyenv()
    place.has("browser", BROWSER, place.home)
    place.run("setup")
    place.run("package")
    (place.root / ".setup" / "site-packages").mkdir(exist_ok=True)  # which the fake does not make
    place.done()
    return place


def found(place: Place) -> str | None:
    """The name of the fake browser that the tests would use."""
    file = place.root / ".setup" / "chromium"
    return Path(file.read_text().splitlines()[0]).name if file.exists() else None


def steps(said: str) -> list[str]:
    return [line[3:6] for line in said.splitlines() if line.startswith("  [")]


def playwright_brings_one(place: Place) -> None:
    python = place.root / ".venv" / "bin" / "python"
    asked = f'[ "$1" = -c ] && echo "{place.home}/browser" && exit\n{NOTE}exit 0\n'
    place.has("python", asked, python.parent)


@pytest.mark.parametrize("name", chromium.NAMES)
def test_a_browser_that_is_there_is_used_and_nothing_is_installed(place, name):
    place.has(name, BROWSER)
    place.has("apt-get", APT)

    code, said = place.run("test")

    assert (code, found(place), steps(said)) == (0, name, ["1/2", "2/2"])
    assert [line for line in place.done() if "pytest" not in line] == []


@pytest.mark.parametrize("variable", chromium.WISHES)
def test_the_one_that_is_wished_for_comes_first(place, variable):
    place.has("chromium", BROWSER)
    mine = place.has("mine", BROWSER, place.home)

    place.run("test", **{variable: str(mine)})

    assert found(place) == "mine"


@pytest.mark.parametrize("variable", chromium.WISHES)
@pytest.mark.parametrize("script", [None, SNAP_STUB])
def test_a_wish_that_is_no_browser_is_said_once_and_another_is_taken_for_good(place, variable, script):
    mine = place.has("mine", script, place.home) if script else place.home / "nowhere"
    place.has("chromium", BROWSER)

    _, said = place.run("test", **{variable: str(mine)})

    assert f"{variable} is {mine}, which is no Chromium" in said
    assert found(place) == "chromium"
    assert place.run("test", **{variable: str(mine)}) == (0, "")


@pytest.mark.parametrize(
    "version",
    [
        "Chromium 156.0.8078.79 built on Debian",
        "Google Chrome 131.0.6778.85",
        "Google Chrome for Testing 145.0.7632.6",
        "Microsoft Edge 150.0.3900.1",
    ],
)
def test_a_browser_is_what_says_so_with_its_version(place, version):
    assert chromium.is_browser(str(place.has("one", f'echo "{version} "\n')))


@pytest.mark.parametrize(
    "script",
    [SNAP_STUB, 'echo "Chromium 150.0.1.1 snap"\n', "exit 0\n", f"{BROWSER}exit 1\n", "echo Firefox 140.0.1\n",
     'echo "Chromium is not installed"\n', "exec /nowhere/chromium\n"],
)  # fmt: skip
def test_stubs_broken_wrappers_snaps_and_other_programs_are_none(place, script):
    place.has("chromium-browser", script)
    place.has("google-chrome", BROWSER)

    place.run("test")

    assert found(place) == "google-chrome"


def test_what_is_no_program_is_none(place):
    (place.path / "text").write_text("Chromium 150.0.1.1")

    assert not chromium.is_browser(str(place.path / "text"))
    assert not chromium.is_browser(str(place.path / "nowhere"))
    assert not chromium.is_browser("")


@pytest.mark.skipif(os.geteuid() != 0, reason="apt is used by root alone here")
def test_without_one_apt_installs_it_with_fonts_and_every_step_is_announced(place):
    place.has("apt-get", APT)

    code, said = place.run("test")

    assert (code, found(place), steps(said)) == (0, "chromium", ["1/2", "2/4", "3/4", "4/4"])
    update, install, *_ = place.done()
    assert update.endswith(" update")
    assert install.endswith("install -y --no-install-recommends chromium fonts-noto-core fonts-noto-color-emoji")


def test_where_apt_has_none_playwright_installs_its_own(place):
    place.has("apt-get", APT_WITHOUT_CHROMIUM)
    playwright_brings_one(place)

    code, said = place.run("test")

    assert (code, found(place)) == (0, "browser")
    assert ("Unable to locate package" in said) is (os.geteuid() == 0)
    assert any("-m playwright install" in line for line in place.done())


def test_when_nothing_helps_one_sentence_says_what_to_do_and_no_test_runs(place):
    place.has("python", f"{NOTE}exit 1\n", place.root / ".venv" / "bin")

    code, said = place.run("test")

    assert (code, said.splitlines()[-1], found(place)) == (2, chromium.NO_CHROMIUM, None)
    assert not any("pytest" in line for line in place.done())


def test_what_playwright_installed_is_asked_too_as_libraries_may_be_missing(place):
    playwright_brings_one(place)
    place.has("browser", "exit 127\n", place.home)

    assert place.run("test")[0] == 2


@pytest.mark.parametrize("task", ["setup", "demo", "up", "check", "bench"])
def test_only_tests_need_a_browser(place, task):
    place.run(task)

    assert found(place) is None


def test_the_second_start_asks_nobody_and_says_nothing(place):
    place.has("chromium", f"{NOTE}{BROWSER}")
    place.run("test")
    place.done()

    code, said = place.run("test")

    assert (code, said) == (0, "")
    assert not any(line.startswith("chromium") for line in place.done())


def test_a_browser_that_has_gone_is_looked_for_again(place):
    gone = place.has("chromium", BROWSER)
    place.run("test")
    gone.unlink()
    place.has("google-chrome", BROWSER)

    place.run("test")

    assert found(place) == "google-chrome"


@pytest.mark.parametrize(
    ("user", "sudo", "may"), [(0, None, True), (1000, None, False), (1000, 1, False), (1000, 0, True)]
)
def test_apt_is_for_root_and_for_who_needs_no_password(place, monkeypatch, user, sudo, may):
    monkeypatch.setattr(os, "geteuid", lambda: user)
    place.has("apt-get", APT)
    if sudo is not None:
        place.has("sudo", f"exit {sudo}\n")

    command = chromium.apt_get({"PATH": str(place.path)})

    assert bool(command) is may
    assert not command or (Path(command[0]).name == "sudo") is (user != 0)


def test_without_apt_there_is_no_apt_even_for_root(place, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    assert chromium.apt_get({"PATH": str(place.path)}) is None


@pytest.mark.parametrize(
    ("variable", "path"),
    [
        ("HOME", "Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
        ("PROGRAMFILES", "Google/Chrome/Application/chrome.exe"),
        ("PROGRAMFILES(X86)", "Microsoft/Edge/Application/msedge.exe"),
        ("LOCALAPPDATA", "Chromium/Application/chrome.exe"),
    ],
)
def test_the_usual_places_of_macos_and_windows_are_looked_at(tmp_path, variable, path):
    there = tmp_path / path
    there.parent.mkdir(parents=True)
    shutil.copy("/bin/true", there)

    assert chromium.candidates({variable: str(tmp_path)}) == [str(there)]
