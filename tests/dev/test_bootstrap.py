"""The set-up, in a small copy of the project."""

import ast
import os
import shutil
import sys
from pathlib import Path

import pytest

from dev import bootstrap
from dev.azurite import ROOT
from tests.dev.places import BROKEN_SHIM, BROWSER, NOTE, NPM, OLD_PYTHON, PYTHON, Place
from tests.dev.sample import eventually

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-ins are shell scripts")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    place.has_pyenv()
    return place


def test_it_runs_on_python_3_9():
    for name in ("bootstrap.py", "chromium.py", "surroundings.py"):
        ast.parse((ROOT / "dev" / name).read_text(), feature_version=(3, 9))


def test_a_broken_shim_on_the_path_does_not_fool_it(place):
    place.has("python3.13", BROKEN_SHIM)
    place.has("python3", OLD_PYTHON)

    assert place.run("setup")[0] == 0
    assert (place.root / ".venv" / "bin" / "python").read_text().startswith("#!/bin/sh")


def test_the_first_start_says_what_it_does_and_how_far_it_is(place):
    _, said = place.run("setup")

    steps = [line for line in said.splitlines() if line.startswith("  [")]
    assert [line[3:6] for line in steps] == [f"{number}/6" for number in range(1, 7)]
    assert place.done()[-1] == "npm ci --no-audit --no-fund --loglevel=error"


def test_the_second_start_does_nothing_and_says_nothing(place):
    place.run("setup")
    place.done()

    assert place.run("setup") == (0, "")
    assert place.done() == []


@pytest.mark.parametrize(
    ("lock", "steps", "asks_npm"), [("requirements-dev.txt", 4, False), ("package-lock.json", 2, True)]
)
def test_a_changed_lock_sets_up_again_what_it_locks_and_nothing_else(place, lock, steps, asks_npm):
    place.run("setup")
    place.done()
    (place.root / lock).write_text("another\n")

    code, said = place.run("setup")

    assert (code, f"[{steps}/{steps}]" in said) == (0, True)
    assert any(line.startswith("npm ci") for line in place.done()) is asks_npm
    assert place.run("setup") == (0, "")


def test_without_uv_pip_does_it(place):
    code, said = place.run("setup", NO_UV="1")

    assert (code, "with pip" in said) == (0, True)
    assert any("pip install -q --require-hashes" in line for line in place.done())


def test_uv_installs_by_the_lock_alone_and_not_by_the_projects_constraints(place):
    place.run("package")

    installs = [line for line in place.done() if line.startswith("uv pip install")]
    assert len(installs) == 2
    assert all("--no-config" in line and "--require-hashes" in line for line in installs)


def test_a_step_that_fails_says_which_shows_its_words_and_is_repeated_the_next_time(place):
    place.has("npm", "echo no such registry\nexit 7\n")

    code, said = place.run("setup")

    assert (code, "no such registry" in said, "with npm (exit code 7)" in said) == (1, True, True)
    place.has("npm", NPM)
    assert "[2/2]" in place.run("setup")[1]


def test_a_set_up_that_was_broken_off_is_not_taken_for_done(place):
    place.run("setup")
    shutil.rmtree(place.root / "node_modules")
    place.has("npm", f"{NPM}exit 1\n")  # leaves a half-made folder
    place.run("setup")
    place.has("npm", NPM)

    assert "installing Azurite" in place.run("setup")[1]


def test_without_python_3_13_one_sentence_says_how_to_get_it(tmp_path):
    place = Place(tmp_path)
    place.has("python3.13", BROKEN_SHIM)
    place.has("python3", OLD_PYTHON)

    assert place.run("test") == (2, f"{bootstrap.NO_PYTHON}\n")


@pytest.mark.parametrize("version", [None, "v18.19.0", "nonsense"])
def test_without_node_20_one_sentence_says_how_to_get_it(place, version):
    if version:
        place.has("node", f"echo {version}\n")
    else:
        (place.path / "node").unlink()

    assert place.run("demo") == (2, f"{bootstrap.NO_NODE}\n")


def test_node_20_is_warned_of_and_used(place):
    place.has("node", "echo v20.20.2\n")

    code, said = place.run("setup")

    assert (code, bootstrap.OLD_NODE.format(version="v20.20.2") in said) == (0, True)
    assert "npm ci" in " ".join(place.done())


def test_node_22_is_not_warned_of(place):
    assert "Azurite's makers" not in place.run("setup")[1]


@pytest.mark.parametrize("task", bootstrap.WITHOUT_NODE)
def test_what_operators_run_needs_no_node(place, task):
    (place.path / "node").unlink()

    assert place.run(task)[0] == 0
    done = place.done()
    assert done[-1].startswith(f"python -m dev {task}")
    assert not any(line.startswith("npm") for line in done)


def test_node_that_has_gone_since_the_set_up_is_missed_in_the_same_sentence(place):
    place.run("setup")
    (place.path / "node").unlink()

    assert place.run("demo") == (2, f"{bootstrap.NO_NODE}\n")


def test_a_set_up_anew_does_not_build_on_the_environment_that_it_takes_away(place):
    place.run("setup")
    place.has("python3.13", PYTHON, place.root / ".venv" / "bin")
    place.done()
    (place.root / "requirements-dev.txt").write_text("rich==2\n")

    code, said = place.run("setup", PATH=f"{place.root / '.venv' / 'bin'}:{place.path}")

    assert (code, "making .venv" in said) == (0, True)
    assert str(place.home / ".pyenv") in "".join(place.done())


def test_of_an_active_environment_the_interpreter_beneath_is_taken():
    found = bootstrap.ask([sys.executable])

    assert found
    assert sys.prefix not in found[2]


def test_a_task_knows_where_it_was_called_and_by_whom_and_tests_do_not(place):
    note = 'echo "$1 $2 $3 from $SSPR_DEV_CALLED_FROM by $SSPR_DEV_STARTED_BY" >> "$NOTES"\n'
    place.run("setup")
    place.has("python", note, place.root / ".venv" / "bin")
    place.has("chromium", BROWSER)
    place.done()

    place.run("demo")
    place.run("test")

    done = place.done()
    assert (done[0], done[-1]) == (f"-m dev demo from {Path.cwd()} by {os.getpid()}", "-m pytest -n from  by ")


def test_whoever_wants_no_bytecode_beside_the_sources_has_it_in_the_set_ups_folder(place):
    place.run("setup")
    place.has(
        "python", 'echo "$PYTHONDONTWRITEBYTECODE,$PYTHONPYCACHEPREFIX" >> "$NOTES"\n', place.root / ".venv" / "bin"
    )
    place.done()

    place.run("demo", PYTHONDONTWRITEBYTECODE="1")
    place.run("demo")

    assert place.done() == [f",{place.root / '.setup' / 'bytecode'}", ","]


def test_what_goes_to_azure_is_fetched_when_it_is_first_wanted_and_when_its_lock_changes(place):
    place.run("setup")
    assert not any("manylinux" in line for line in place.done())

    for _ in range(2):
        place.run("package")
        (place.root / ".setup" / "site-packages").mkdir(exist_ok=True)  # which the fake npm does not make
    once = [line for line in place.done() if "manylinux" in line]
    (place.root / "requirements.txt").write_text("rich==2\n")
    place.run("package")

    assert len(once) == 1
    assert [line.split(" --target")[0] for line in place.done() if "manylinux" in line] == [
        "uv pip install -q --no-config --only-binary :all:"
    ]


def test_without_uv_pip_fetches_it(place):
    place.run("package", NO_UV="1")

    assert any("-m pip install -q --only-binary :all: --no-compile" in line for line in place.done())


def test_a_lock_that_a_dead_start_left_is_no_hindrance(place):
    (place.root / ".setup").mkdir()
    (place.root / ".setup" / "lock").write_text("")

    assert place.run("setup")[0] == 0


def test_a_second_start_waits_for_the_first_says_so_and_goes_on_when_it_is_killed(place):
    place.has("npm", f'{NOTE}while [ ! -e "$NOTES.go" ]; do sleep 0.05; done\n{NPM}')
    first = place.start("setup")
    eventually(lambda: any(line.startswith("npm") for line in place.asked()))
    second = place.start("setup")
    assert second.stderr
    assert second.stderr.readline().startswith("Waiting for another start")

    (place.home / "notes.go").touch()
    first.kill()
    first.communicate()

    assert (second.communicate(timeout=30)[0], second.returncode) == ("", 0)


@pytest.mark.parametrize(
    ("task", "rest", "ends"),
    [
        ("demo", ["--once"], [["-m", "dev", "demo", "--once"]]),
        ("up", [], [["-m", "dev", "up"]]),
        ("bench", ["--quick"], [["-m", "bench", "--quick"]]),
        ("test", ["-n0", "-k", "x"], [["-m", "pytest", "-n0", "-k", "x"]]),
    ],
)
def test_each_task_is_a_module_run_by_the_projects_own_python(task, rest, ends):
    found = bootstrap.commands(task, rest)

    assert [one[1:] for one in found] == ends
    assert {one[0] for one in found} == {str(bootstrap.VENV / bootstrap.BIN / f"python{bootstrap.EXE}")}


def test_tests_run_in_parallel_unless_said_otherwise():
    assert bootstrap.commands("test", [])[0][3:] == ["-n", str((os.cpu_count() or 2) + 1)]


def test_check_runs_lint_format_types_import_contracts_the_infrastructure_and_the_apis_description():
    names = [" ".join(one[1:] or [Path(one[0]).name]) for one in bootstrap.commands("check", [])]

    assert names == [
        "-m ruff check .",
        "-m ruff format --check .",
        "-m mypy",
        f"lint-imports{bootstrap.EXE}",
        "-m dev.infra_check",
        "-m dev.api_check",
    ]


def test_tools_of_the_checks_have_an_environment_of_their_own_made_when_checks_are_first_run(place):
    place.run("setup")
    assert not (place.root / ".venv-check").exists()

    _, first = place.run("check")
    _, second = place.run("check")

    assert "installing checkov and a client generator with uv" in first
    assert (place.root / ".venv-check" / "bin" / "python").exists()
    assert "Setting up" not in second


def test_a_changed_lock_of_these_tools_makes_their_environment_again_and_no_other(place):
    place.run("check")
    place.done()
    (place.root / "requirements-check.txt").write_text("checkov==2\n")

    _, said = place.run("check")

    assert "making .venv-check" in said
    assert "making .venv\n" not in said


def test_without_a_task_it_says_what_there_is(capsys):
    assert bootstrap.main([]) == 0
    assert "every test" in capsys.readouterr().out
